#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, reduce};
use crate::tensor::Tensor;

/// The mean of every map: y = (1/HW) Σ x.
///
/// # Shapes
/// [N, C, H, W] to [N, C].
///
/// # Backward
/// grad / HW for every pixel of the map.
///
/// # Panics
/// If the input does not have four axes or a map has no pixel.
#[track_caller]
pub fn global_avg_pool2d<T: Scalar>(x: &Var<T>) -> Var<T> {
    let input = x.value().nchw("global_avg_pool2d");
    let [samples, channels, height, width] = input;
    let pixels = height * width;
    assert!(
        pixels > 0,
        "global_avg_pool2d: the maps of {input:?} have no pixel to average"
    );
    let means = reduce::means(x.value().data(), pixels);
    let value = Tensor::from_vec(means, &[samples, channels]);
    Var::record(value, &[x], || GlobalAvgPool2d { input })
}

struct GlobalAvgPool2d {
    input: [usize; 4],
}

impl<T: Scalar> Backward<T> for GlobalAvgPool2d {
    fn name(&self) -> &'static str {
        "global_avg_pool2d"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [.., height, width] = self.input;
        let pixels = T::from_usize(height * width);
        let share = grad.map(|g| g / pixels);
        let dx = reduce::repeated(share.data(), height * width);
        vec![Some(Tensor::from_vec(dx, &self.input))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [[2, 3, 4, 5], [1, 2, 1, 1], [3, 1, 3, 1]]
        .map(|shape| {
            let name = format!("{shape:?}");
            case!(name, [spread("x", &shape)], |v| global_avg_pool2d(&v[0])).linear_in(&[0])
        })
        .into()
}
