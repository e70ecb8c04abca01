//! 95% intervals over images, by the delete-one-block jackknife.

/// The number of blocks of images; each is left out once.
pub const BLOCKS: usize = 20;

/// Student's t for a two-sided 95% interval with `BLOCKS` - 1 degrees of freedom.
const T_QUANTILE: f64 = 2.093_024_054_408_263;

/// A value with its 95% interval; `None` where the value does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end of its interval.
    pub hi: Option<f64>,
}

impl Measured {
    /// The value from all images and from all but each block.
    pub fn new(value: f64, without: &[f64]) -> Measured {
        let half = jackknife(without);
        Measured {
            value: finite(value),
            lo: finite(value - half),
            hi: finite(value + half),
        }
    }

    /// A value that is counted, not estimated.
    pub fn exact(value: f64) -> Measured {
        Measured {
            value: finite(value),
            lo: None,
            hi: None,
        }
    }

    /// The same where values below `least` are impossible.
    pub fn at_least(self, least: f64) -> Measured {
        Measured {
            lo: self.lo.map(|lo| lo.max(least)),
            ..self
        }
    }

    /// The root of a power, 0 where the power is estimated below 0.
    pub fn root(&self) -> Measured {
        let [value, lo, hi] = [self.value, self.lo, self.hi].map(|v| Some(v?.max(0.0).sqrt()));
        Measured { value, lo, hi }
    }

    /// The same ratio in decibels, 10·log₁₀; `None` wherever the ratio is not positive.
    pub fn decibels(&self) -> Measured {
        let db = |v: Option<f64>| v.and_then(|v| finite(10.0 * v.log10()));
        Measured {
            value: db(self.value),
            lo: db(self.lo),
            hi: db(self.hi),
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Half the width of the 95% interval: Student's t over the blocks times [`jackknife_error`].
pub fn jackknife(without: &[f64]) -> f64 {
    T_QUANTILE * jackknife_error(without)
}

/// The standard error √((g-1)/g · Σ(θ₋ᵦ - θ̄)²) of a statistic from its g leave-one-out values.
///
/// Source: Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 11.
pub fn jackknife_error(without: &[f64]) -> f64 {
    let g = without.len() as f64;
    let mean = without.iter().sum::<f64>() / g;
    let squares: f64 = without.iter().map(|v| (v - mean) * (v - mean)).sum();
    ((g - 1.0) / g * squares).sqrt()
}

/// The mean of one value per image, with the jackknife's interval over blocks of images.
///
/// There is no interval where one block holds every image.
pub fn mean_over_images(values: &[f64]) -> Measured {
    let n = values.len();
    let total: f64 = values.iter().sum();
    let without: Vec<f64> = (0..BLOCKS)
        .map(|block| {
            let of_block = (0..n).filter(|i| i * BLOCKS / n == block);
            let (count, sum) = of_block.fold((0.0, 0.0), |(c, s), i| (c + 1.0, s + values[i]));
            (total - sum) / (n as f64 - count)
        })
        .collect();
    Measured::new(total / n as f64, &without)
}

/// The share of `n` independent images, with Wilson's score interval.
///
/// Source: Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, JASA 1927.
pub fn share(value: f64, n: usize) -> Measured {
    const Z: f64 = 1.959_963_984_540_054;
    let n = n.max(1) as f64;
    let weight = 1.0 + Z * Z / n;
    let centre = (value + Z * Z / (2.0 * n)) / weight;
    let half = Z / weight * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    Measured {
        value: finite(value),
        // Rounding must not put the share itself outside.
        lo: finite((centre - half).min(value).max(0.0)),
        hi: finite((centre + half).max(value).min(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_a_mean_the_jackknife_is_the_standard_error() {
        let blocks: Vec<f64> = (0..BLOCKS).map(|i| (i as f64 * 1.7).sin()).collect();
        let g = BLOCKS as f64;
        let mean = blocks.iter().sum::<f64>() / g;
        let without: Vec<f64> = blocks.iter().map(|b| (mean * g - b) / (g - 1.0)).collect();
        let variance = blocks.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (g - 1.0);
        assert!((jackknife(&without) - T_QUANTILE * (variance / g).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_share_has_wilsons_interval() {
        let half = share(0.5, 100);
        let [lo, hi] = [half.lo, half.hi].map(|v| v.unwrap_or(f64::NAN));
        assert!(
            (lo - 0.403_83).abs() < 1e-4 && (hi - 0.596_17).abs() < 1e-4,
            "{lo} {hi}"
        );
        assert!(share(1.0, 10).hi > Some(1.0 - 1e-12));
    }

    #[test]
    fn decibels_of_nothing_do_not_exist() {
        let zero = Measured::new(0.0, &[0.0; BLOCKS]);
        assert_eq!(zero.decibels().value, None);
        let ten = Measured::new(10.0, &[10.0; BLOCKS]);
        assert_eq!(ten.decibels().value, Some(10.0));
    }
}
