//! Half precision, IEEE's binary16: one bit of sign, five of exponent, ten of fraction.

/// The value of these bits.
pub fn from_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// The bits of the nearest value, of two the one whose last bit is 0; `None` beyond the largest, 65504.
pub fn to_half(value: f32) -> Option<u16> {
    let magnitude = f64::from(value.abs());
    if magnitude.is_nan() || magnitude >= 65520.0 {
        return None;
    }
    // Values of one exponent lie evenly, and bits count them up through all exponents.
    let exponent = ((magnitude.to_bits() >> 52) as i32 - 1023).max(-14);
    let fraction = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u16;
    let bits = (((exponent + 14) as u16) << 10) + fraction;
    Some(bits | (u16::from(value.is_sign_negative()) << 15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back_and_what_lies_between_goes_to_the_nearest() {
        for bits in (0..=u16::MAX).filter(|bits| bits >> 10 & 31 != 31) {
            assert_eq!(to_half(from_half(bits) as f32), Some(bits), "{bits:#x}");
        }
        for bits in 0..0x7bffu16 {
            let [low, high] = [bits, bits + 1].map(from_half);
            let even = if bits & 1 == 0 { bits } else { bits + 1 };
            assert_eq!(to_half(((low + high) / 2.0) as f32), Some(even));
            assert_eq!(to_half((low + 0.49 * (high - low)) as f32), Some(bits));
        }
        for beyond in [65520.0, f32::INFINITY, f32::NAN] {
            assert_eq!(to_half(beyond), None);
        }
        assert_eq!(to_half(65519.0), Some(0x7bff));
    }
}
