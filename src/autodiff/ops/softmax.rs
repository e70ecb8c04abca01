#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::lanes::{map_lanes, max_and_sum_exp};
use crate::tensor::{Tensor, shape};

/// exp(x) / Σ exp(x), the sum over `axis`; it does not overflow.
///
/// # Shapes
/// Any with that axis; the output has the same.
///
/// # Backward
/// y · (grad - Σ grad·y), the sum over `axis`.
///
/// # Panics
/// If the axis does not exist.
#[track_caller]
pub fn softmax<T: Scalar>(x: &Var<T>, axis: usize) -> Var<T> {
    let sizes = lanes_along("softmax", x.shape(), axis);
    let finish = |[v]: [T; 1], &(max, sum): &(T, T)| (v - max).exp() / sum;
    let data = map_lanes([x.value().data()], sizes, max_and_sum_exp, finish);
    let value = Tensor::from_vec(data, x.shape());
    let output = value.clone();
    Var::record(value, &[x], || Softmax { output, sizes })
}

/// A shape as [before the axis, along it, behind it].
#[track_caller]
pub(super) fn lanes_along(operation: &str, shape: &[usize], axis: usize) -> [usize; 3] {
    assert!(
        axis < shape.len(),
        "{operation}: the shape {shape:?} has {} axes; there is no axis {axis}",
        shape.len()
    );
    shape::split_at_axes(shape, axis..axis + 1).into()
}

struct Softmax<T> {
    output: Tensor<T>,
    sizes: [usize; 3],
}

impl<T: Scalar> Backward<T> for Softmax<T> {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let dx = map_lanes(
            [grad.data(), self.output.data()],
            self.sizes,
            |lane| T::from_f64(lane.iter().map(|[g, y]| (g * y).as_f64()).sum()),
            |[g, y], &total| y * (g - total),
        );
        vec![Some(Tensor::from_vec(dx, grad.shape()))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0, 1, 2]
        .map(|axis| {
            let name = format!("axis {axis}");
            case!(name, [spread("x", &[2, 4, 1])], |v| softmax(&v[0], axis))
        })
        .into()
}
