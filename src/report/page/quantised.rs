//! Maps as compact text: multiples of a power of ten, so that what a page shows is the value itself, correctly
//! rounded, and not an approximation of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::tensor::Tensor;

/// Stands for a value that is not finite.
const NOT_FINITE: i16 = i16::MIN;
/// The longest side of an embedded map; larger ones are averaged down in blocks.
const LONGEST_SIDE: usize = 64;

/// A map [h, w] as 16-bit integers, each the value divided by 10^`exponent` and rounded.
///
/// The exponent is the smallest for which the map fits, so the largest value keeps four to five digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantised {
    /// Height and width.
    pub shape: [usize; 2],
    pub exponent: i32,
    /// Little-endian, in base64.
    pub data: String,
}

impl Quantised {
    /// The values of a map in rows of `width`.
    pub fn of(values: &[f32], width: usize) -> Quantised {
        let height = values.len() / width.max(1);
        let (values, [height, width]) = shrunk(values, [height, width]);
        let finite = values.iter().filter(|v| v.is_finite());
        let largest = finite.fold(0.0f64, |m, v| m.max(f64::from(v.abs())));
        let exponent = exponent(largest);
        let unit = 10f64.powi(exponent);
        let whole = |v: &f32| match f64::from(*v) / unit {
            q if q.is_finite() => q.round() as i16,
            _ => NOT_FINITE,
        };
        let bytes: Vec<u8> = values.iter().flat_map(|v| whole(v).to_le_bytes()).collect();
        Quantised {
            shape: [height, width],
            exponent,
            data: STANDARD.encode(bytes),
        }
    }

    /// The values of a tensor [h, w].
    pub fn of_map(map: &Tensor<f32>) -> Quantised {
        Quantised::of(map.data(), map.shape().last().copied().unwrap_or(1))
    }
}

/// The smallest power of ten by which `largest` fits into 16 bits.
fn exponent(largest: f64) -> i32 {
    const MOST: f64 = 32767.0;
    if largest <= 0.0 {
        return 0;
    }
    // Below this the power itself would leave the range of f64.
    let start = (largest / MOST).log10().floor().max(-300.0) as i32;
    let fits = |e: &i32| (largest / 10f64.powi(*e)).round() <= MOST;
    (start..).find(fits).unwrap_or(start)
}

/// The map averaged over square blocks until no side is longer than [`LONGEST_SIDE`].
fn shrunk(values: &[f32], [height, width]: [usize; 2]) -> (Vec<f32>, [usize; 2]) {
    let block = height.max(width).div_ceil(LONGEST_SIDE).max(1);
    if block == 1 {
        return (values.to_vec(), [height, width]);
    }
    let (rows, columns) = (height.div_ceil(block), width.div_ceil(block));
    let mean = |i: usize| {
        let (top, left) = (i / columns * block, i % columns * block);
        let (bottom, right) = ((top + block).min(height), (left + block).min(width));
        let cells = (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x)));
        let total: f64 = cells.map(|(y, x)| f64::from(values[y * width + x])).sum();
        (total / ((bottom - top) * (right - left)) as f64) as f32
    };
    ((0..rows * columns).map(mean).collect(), [rows, columns])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(map: &Quantised) -> Vec<i16> {
        let bytes = STANDARD.decode(&map.data).expect("base64");
        let pairs = bytes.as_chunks::<2>().0.iter();
        pairs.map(|pair| i16::from_le_bytes(*pair)).collect()
    }

    #[test]
    fn values_are_rounded_to_a_power_of_ten() {
        let map = Quantised::of(&[0.123_456, -3.0, 0.0, f32::NAN], 2);
        assert_eq!((map.shape, map.exponent), ([2, 2], -4));
        assert_eq!(read(&map), [1235, -30000, 0, NOT_FINITE]);
        assert_eq!(Quantised::of(&[32767.0], 1).exponent, 0);
        assert_eq!(Quantised::of(&[32768.0], 1).exponent, 1);
        assert_eq!(Quantised::of(&[0.0], 1).exponent, 0);
        assert_eq!(read(&Quantised::of(&[1e-30], 1)), [10000]);
    }

    #[test]
    fn large_maps_are_averaged_in_blocks() {
        let values: Vec<f32> = (0..128 * 2).map(|i| (i / 2 % 2) as f32).collect();
        let map = Quantised::of(&values, 2);
        assert_eq!(map.shape, [64, 1]);
        assert!(read(&map).iter().all(|&v| v == 5000), "means of 0 and 1");
    }
}
