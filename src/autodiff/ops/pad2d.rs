#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::border::{ImageBorder, pad_sides};
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::im2col::{Windows, gather};
use crate::padding::{Drawn, Window};
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
pub fn pad2d<T: Scalar>(x: &Var<T>, padding: impl Into<Drawn>) -> Var<T> {
    let padding = padding.into();
    let [n, c, h, w] = x.value().nchw("pad2d");
    let sides = pad_sides(&padding.padding);
    let border = ImageBorder::new("pad2d", x.value(), padding, sides);
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
        ([4, 3], Extent::from([0, 2, 1, 0])),
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
                &v[0], padding
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;
    use crate::padding::{Extent, Padding};
    use crate::rng::Seed;

    #[test]
    fn a_scheme_per_axis_is_the_columns_and_then_the_rows() {
        let parts = [
            "circular",
            "reflect",
            "replicate",
            "symmetric",
            "zeros",
            "constant:0.5",
        ];
        let pairs = parts
            .iter()
            .flat_map(|rows| parts.map(|columns| (rows, columns)));
        let mut compared = 0;
        for (rows, columns) in pairs {
            let Ok(both) = Padding::parse(&format!("{rows}/{columns}@4,1,2,5")) else {
                continue;
            };
            let one = |text: &str, extent| {
                let padding = Padding::parse(text).map(|p| p.extent(Extent::from(extent)));
                padding.unwrap_or_else(|error| panic!("{error}"))
            };
            let [rows, columns] = [one(rows, [4, 0, 2, 0]), one(columns, [0, 1, 0, 5])];
            let draw =
                |seed: u64, shape: &[usize]| Tensor::<f64>::randn(shape, &mut Seed(seed).rng());
            let run = |pad: &dyn Fn(&Var<f64>) -> Var<f64>| {
                let tape = Tape::new();
                let x = tape.leaf(draw(1, &[2, 1, 3, 4]));
                let y = pad(&x);
                let gradient = y.backward_with(draw(2, y.shape())).take(&x);
                (
                    y.into_value(),
                    gradient.map(|g| g.map(|v| (v * 1e12).round())),
                )
            };
            let apart = run(&|x| pad2d(&pad2d(x, columns), rows));
            assert!(run(&|x| pad2d(x, both)) == apart, "{both}");
            compared += 1;
        }
        // All but the two constants over each other.
        assert_eq!(compared, 34);
    }
}
