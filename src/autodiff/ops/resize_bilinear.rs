#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::resize::{Taps, resize, resize_adjoint};
use crate::tensor::Tensor;

/// Every map resized to `size` (rows, columns) by bilinear interpolation, without smoothing.
///
/// With `align_corners` output i of m reads at i·(n-1)/(m-1), so that corners fall on corners;
/// without, at (i + ½)·n/m - ½, cut off at the edge. Both as in PyTorch's `interpolate`.
///
/// # Shapes
/// [N, C, H, W] to [N, C, size₀, size₁].
///
/// # Backward
/// Each gradient goes to the four pixels that were read, with their weights.
///
/// # Panics
/// If the input does not have four axes, or a map has no pixel before or after.
#[track_caller]
pub fn resize_bilinear<T: Scalar>(x: &Var<T>, size: [usize; 2], align_corners: bool) -> Var<T> {
    let input = x.value().nchw("resize_bilinear");
    let [samples, channels, height, width] = input;
    assert!(
        height * width > 0 && size[0] * size[1] > 0,
        "resize_bilinear: maps of {height}×{width} cannot become {}×{}; both need a pixel",
        size[0],
        size[1]
    );
    let taps = [
        Taps::new(height, size[0], align_corners),
        Taps::new(width, size[1], align_corners),
    ];
    let data = resize(x.value().data(), &taps[0], &taps[1]);
    let value = Tensor::from_vec(data, &[samples, channels, size[0], size[1]]);
    Var::record(value, &[x], || ResizeBilinear { input, taps })
}

struct ResizeBilinear<T> {
    input: [usize; 4],
    taps: [Taps<T>; 2],
}

impl<T: Scalar> Backward<T> for ResizeBilinear<T> {
    fn name(&self) -> &'static str {
        "resize_bilinear"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [rows, columns] = &self.taps;
        let dx = resize_adjoint(grad.data(), rows, columns);
        vec![Some(Tensor::from_vec(dx, &self.input))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let sizes = [
        ("up", [3, 4], [7, 5]),
        ("down", [6, 5], [2, 3]),
        ("from one pixel", [1, 1], [3, 2]),
        ("to one pixel", [4, 3], [1, 1]),
        ("same size", [3, 2], [3, 2]),
    ];
    let case = |align_corners: bool, (name, from, to): (&str, [usize; 2], [usize; 2])| {
        let aligned = if align_corners {
            ", corners aligned"
        } else {
            ""
        };
        let inputs = [spread("x", &[2, 1, from[0], from[1]])];
        case!(format!("{name}{aligned}"), inputs, |v| resize_bilinear(
            &v[0],
            to,
            align_corners
        ))
        .linear_in(&[0])
    };
    let both = [false, true].into_iter();
    both.flat_map(|align| sizes.map(|size| case(align, size)))
        .collect()
}
