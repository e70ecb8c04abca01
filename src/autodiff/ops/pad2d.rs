#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::border::{ImageBorder, pad_sides};
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::im2col::{Windows, gather};
use crate::padding::{Padding, Window};
use crate::tensor::Tensor;
use rayon::prelude::*;

/// The padded images themselves; `partial`, which has no values, pads with zeros.
///
/// # Shapes
/// x [N, C, H, W]; the output is [N, C, top + H + bottom, left + W + right].
///
/// # Backward
/// The adjoint of reading through the padding's tables: every padded pixel's gradient goes to the pixel
/// that it read.
///
/// # Panics
/// If x does not have four axes, has no pixels to pad from, or the extent is `Same` or `Full`, which only
/// a window defines.
#[track_caller]
pub fn pad2d<T: Scalar>(x: &Var<T>, padding: &Padding) -> Var<T> {
    let [n, c, h, w] = x.value().nchw("pad2d");
    let sides = pad_sides(padding);
    let border = ImageBorder::new("pad2d", x.value(), *padding, sides);
    let output = sides.padded([h, w]);
    let windows = Windows {
        window: Window::square(1),
        output,
    };
    let mut data = vec![T::zero(); n * c * windows.pixels()];
    let (pixels, view) = (x.value().data(), border.forward());
    data.par_chunks_mut(windows.pixels().max(1))
        .enumerate()
        .for_each(|(map, padded)| {
            gather(
                &pixels[map * h * w..][..h * w],
                &view.map(map),
                &windows,
                padded,
            );
        });
    let value = Tensor::from_vec(data, &[n, c, output[0], output[1]]);
    Var::record(value, &[x], || Pad2d {
        windows,
        border,
        x: x.value().clone(),
    })
}

struct Pad2d<T> {
    windows: Windows,
    border: ImageBorder<T>,
    x: Tensor<T>,
}

impl<T: Scalar> Backward<T> for Pad2d<T> {
    fn name(&self) -> &'static str {
        "pad2d"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let pixels = self.windows.pixels();
        let padded = |map: usize| grad.data()[map * pixels..][..pixels].into();
        vec![Some(self.border.scatter(&self.x, &self.windows, padded))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    use crate::padding::{Extent, samples};
    let extents = [
        ([3, 4], Extent::Uniform(1)),
        (
            [4, 3],
            Extent::Explicit {
                top: 0,
                left: 2,
                bottom: 1,
                right: 0,
            },
        ),
        ([2, 3], Extent::Uniform(5)),
        ([1, 1], Extent::Uniform(2)),
    ];
    let mut cases = Vec::new();
    for padding in samples() {
        for ([h, w], extent) in extents {
            let padding = padding.extent(extent);
            let x = spread("x", &[2, 2, h, w]);
            let frozen = frozen_border(&x, padding);
            let case = case!(format!("{h}×{w} {padding}"), [x], |v| pad2d(
                &v[0], &padding
            ));
            cases.push(if padding.stops_gradient() {
                case.frozen(move |v| frozen(&v[0]))
            } else {
                case.linear_in(linear_in(padding, &[0]))
            });
        }
    }
    cases
}
