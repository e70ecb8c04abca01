use super::PoolOptions;
#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::border::{ImageBorder, windows};
use crate::autodiff::{Backward, Var};
use crate::kernels::im2col::Windows;
use crate::kernels::{Scalar, pool};
use crate::padding::Rule;
use crate::tensor::Tensor;

/// The mean over every window, padded pixels with their values.
///
/// `zeros` is PyTorch's `count_include_pad=True`; `partial` divides by the taps inside the image, PyTorch's
/// `count_include_pad=False` (a window with none gives 0).
///
/// # Shapes
/// x [N, C, H, W]; the output is [N, C, Ho, Wo], sizes as in [`conv2d`](super::conv2d()).
///
/// # Backward
/// Every tap gets its share of the gradient; a padded one passes it back through the padding.
///
/// # Panics
/// If the window does not fit the padded input.
#[track_caller]
pub fn avg_pool2d<T: Scalar>(x: &Var<T>, options: &PoolOptions) -> Var<T> {
    let [n, c, h, w] = x.value().nchw("avg_pool2d");
    let (sides, windows) = windows(
        "avg_pool2d",
        options.window(),
        &options.padding.padding,
        [h, w],
    );
    let border = ImageBorder::new("avg_pool2d", x.value(), options.padding, sides);
    let share: Vec<T> = share(&windows, &border);
    let mut data = pool::sum(x.value().data(), &border.forward(), &windows);
    weigh(&mut data, &share);
    let value = Tensor::from_vec(data, &[n, c, windows.output[0], windows.output[1]]);
    Var::record(value, &[x], || AvgPool2d {
        windows,
        share,
        border,
        x: x.value().clone(),
    })
}

/// One over the number of taps that count, per output pixel.
fn share<T: Scalar>(windows: &Windows, border: &ImageBorder<T>) -> Vec<T> {
    let border_axes = border.forward();
    let excluded = matches!(border.rule(), Rule::Excluded);
    let count = |output: usize| match excluded {
        false => windows.taps(),
        true => {
            let inside = |&(row, column): &(usize, usize)| {
                border_axes.axes[0].inside().contains(&row)
                    && border_axes.axes[1].inside().contains(&column)
            };
            windows.taps_of(output).filter(inside).count()
        }
    };
    (0..windows.pixels())
        .map(|o| T::from_f64(1.0 / count(o).max(1) as f64))
        .collect()
}

/// Every map times the share of each of its pixels.
fn weigh<T: Scalar>(maps: &mut [T], share: &[T]) {
    for map in maps.chunks_mut(share.len().max(1)) {
        map.iter_mut().zip(share).for_each(|(v, &s)| *v *= s);
    }
}

struct AvgPool2d<T> {
    windows: Windows,
    share: Vec<T>,
    border: ImageBorder<T>,
    x: Tensor<T>,
}

impl<T: Scalar> Backward<T> for AvgPool2d<T> {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn backward(self: Box<Self>, mut grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        weigh(grad.data_mut(), &self.share);
        let (outputs, taps) = (self.windows.pixels(), self.windows.taps());
        // Every tap of a window gets the same gradient.
        let of_taps = |map: usize| grad.data()[map * outputs..][..outputs].repeat(taps).into();
        vec![Some(self.border.scatter(&self.x, &self.windows, of_taps))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("2×2", PoolOptions::new(2)),
        (
            "3×3 stride 2 zeros",
            PoolOptions::new(3).stride(2).padding(padding("zeros@1")),
        ),
        (
            "3×3 stride 2 partial",
            PoolOptions::new(3).stride(2).padding(padding("partial@1")),
        ),
        (
            "3×3 stride 1 reflect",
            PoolOptions::new(3).stride(1).padding(padding("reflect@1")),
        ),
        (
            "2×2 circular, one side",
            PoolOptions::new(2).padding(padding("circular@0,1,1,0")),
        ),
        (
            "4×4 same",
            PoolOptions::new(4)
                .stride(1)
                .padding(padding("symmetric@same")),
        ),
    ]
    .map(|(name, o)| {
        case!(name, [spread("x", &[2, 2, 5, 6])], |v| avg_pool2d(
            &v[0], &o
        ))
        .linear_in(&[0])
    })
    .into()
}
