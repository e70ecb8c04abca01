#[cfg(feature = "gradcheck")]
use super::case::*;
use super::softmax::lanes_along;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::lanes::{self, map_lanes};
use crate::tensor::Tensor;

/// x - ln Σ exp(x), the sum over `axis`; it neither overflows nor takes the logarithm of 0.
///
/// # Shapes
/// Any with that axis; the output has the same.
///
/// # Backward
/// grad - eʸ · Σ grad, the sum over `axis`.
///
/// # Panics
/// If the axis does not exist.
#[track_caller]
pub fn log_softmax<T: Scalar>(x: &Var<T>, axis: usize) -> Var<T> {
    let sizes = lanes_along("log_softmax", x.shape(), axis);
    let data = lanes::log_softmax(x.value().data(), sizes);
    let value = Tensor::from_vec(data, x.shape());
    let output = value.clone();
    Var::record(value, &[x], || LogSoftmax { output, sizes })
}

struct LogSoftmax<T> {
    output: Tensor<T>,
    sizes: [usize; 3],
}

impl<T: Scalar> Backward<T> for LogSoftmax<T> {
    fn name(&self) -> &'static str {
        "log_softmax"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let dx = map_lanes(
            [grad.data(), self.output.data()],
            self.sizes,
            |lane| T::from_f64(lane.iter().map(|[g, _]| g.as_f64()).sum()),
            |[g, y], &total| g - y.exp() * total,
        );
        vec![Some(Tensor::from_vec(dx, grad.shape()))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0, 1, 2]
        .map(|axis| {
            let name = format!("axis {axis}");
            case!(name, [spread("x", &[2, 1, 4])], |v| log_softmax(
                &v[0], axis
            ))
        })
        .into()
}
