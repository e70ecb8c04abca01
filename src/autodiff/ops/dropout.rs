#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, elementwise};
use crate::rng::{Seed, mix};
use crate::tensor::Tensor;

/// Each element is 0 with probability p, else x / (1 - p); which ones depends on the seed alone.
///
/// # Shapes
/// Any.
///
/// # Backward
/// The same elements of the gradient, scaled in the same way; the mask is drawn again, not kept.
///
/// # Panics
/// If p does not lie in [0, 1].
///
/// Srivastava et al., JMLR 2014.
#[track_caller]
pub fn dropout<T: Scalar>(x: &Var<T>, p: f64, seed: Seed) -> Var<T> {
    assert!(
        (0.0..=1.0).contains(&p),
        "dropout: the probability {p} does not lie in [0, 1]"
    );
    let mask = Dropout { p, seed };
    Var::record(mask.apply(x.value()), &[x], || mask)
}

#[derive(Clone, Copy)]
struct Dropout {
    p: f64,
    seed: Seed,
}

impl Dropout {
    fn apply<T: Scalar>(self, x: &Tensor<T>) -> Tensor<T> {
        let scale = T::from_f64((1.0 - self.p).recip());
        let x_at = x.data();
        let kept = |i: usize| {
            if self.keeps(i) {
                x_at[i] * scale
            } else {
                T::zero()
            }
        };
        Tensor::from_vec(elementwise::generate(x.len(), kept), x.shape())
    }

    /// Element i of the uniform stream that SplitMix64 makes of the seed, against p.
    fn keeps(self, i: usize) -> bool {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let word = mix(self.seed.0.wrapping_add(GOLDEN.wrapping_mul(i as u64)));
        let uniform = (word >> 11) as f64 / (1u64 << 53) as f64;
        uniform >= self.p
    }
}

impl<T: Scalar> Backward<T> for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        vec![Some(self.apply(&grad))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0.0, 0.3, 1.0]
        .map(|p| {
            let inputs = [spread("x", &[4, 5])];
            case!(format!("p = {p}"), inputs, |v| dropout(&v[0], p, Seed(3))).linear_in(&[0])
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_dropped_is_p_and_the_mean_stays() {
        let x = Var::constant(Tensor::<f64>::ones(&[100_000]));
        let y = dropout(&x, 0.3, Seed(1)).into_value();
        let dropped = y.data().iter().filter(|&&v| v == 0.0).count() as f64 / 1e5;
        // Five standard deviations of a binomial share.
        assert!(
            (dropped - 0.3).abs() < 5.0 * (0.3f64 * 0.7 / 1e5).sqrt(),
            "{dropped}"
        );
        assert!(y.data().iter().all(|&v| v == 0.0 || v == 1.0 / 0.7));
        assert_ne!(dropout(&x, 0.3, Seed(2)).into_value(), y);
    }
}
