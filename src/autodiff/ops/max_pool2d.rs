use super::PoolOptions;
#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::border::{ImageBorder, windows};
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::im2col::Windows;
use crate::kernels::pool::{self, Padded, Winner};
use crate::padding::Rule;
use crate::tensor::Tensor;

/// The maximum over every window; NaN wins over everything, the first of equals wins.
///
/// Under `zeros` and `partial` the padded pixels never win, which is PyTorch's max-pool padding; the other
/// schemes take part with their values (`constant:0` gives literal zeros).
///
/// # Shapes
/// x [N, C, H, W]; the output is [N, C, Ho, Wo], sizes as in [`conv2d`](super::conv2d()).
///
/// # Backward
/// The gradient goes to the pixel that won; if that is a padded one, back through the padding.
///
/// # Panics
/// If the window does not fit the padded input, or a window would hold padded pixels only while those
/// never win.
#[track_caller]
pub fn max_pool2d<T: Scalar>(x: &Var<T>, options: &PoolOptions) -> Var<T> {
    let [n, c, h, w] = x.value().nchw("max_pool2d");
    let (sides, windows) = windows(
        "max_pool2d",
        options.window(),
        &options.padding.padding,
        [h, w],
    );
    let border = ImageBorder::new("max_pool2d", x.value(), options.padding, sides);
    let padding = options.padding.padding;
    let skips = padding.is_zeros() || matches!(padding.rule(), Rule::Excluded);
    let padded = if skips {
        Padded::Skipped
    } else {
        Padded::Counted
    };
    let axes = border.forward().axes;
    assert!(
        !skips
            || [0, 1]
                .into_iter()
                .all(|axis| pool::reaches_image(&axes[axis], &windows, axis)),
        "max_pool2d: with {sides:?} around {h}×{w} some windows of {:?} hold padding only, which never \
         wins under {}; pad less, or use another scheme",
        options.kernel,
        padding
    );
    let output = [n, c, windows.output[0], windows.output[1]];
    if !x.requires_grad() {
        let (values, _) = maxima::<T, ()>(x, &border, &windows, padded);
        return Var::constant(Tensor::from_vec(values, &output));
    }
    let (values, winners) = if windows.taps() <= 1 << u8::BITS {
        let (values, winners) = maxima(x, &border, &windows, padded);
        (values, Winners::Narrow(winners))
    } else {
        let (values, winners) = maxima(x, &border, &windows, padded);
        (values, Winners::Wide(winners))
    };
    Var::record(Tensor::from_vec(values, &output), &[x], || MaxPool2d {
        winners,
        windows,
        // The image is needed only where the padded values were computed from it.
        image: border.ring_wanted().map(|_| x.value().clone()),
        border,
        shape: [n, c, h, w],
    })
}

fn maxima<T: Scalar, I: Winner>(
    x: &Var<T>,
    border: &ImageBorder<T>,
    windows: &Windows,
    padded: Padded,
) -> (Vec<T>, Vec<I>) {
    pool::max(x.value().data(), &border.forward(), windows, padded)
}

/// The tap that won each window, in a byte where it fits.
enum Winners {
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

struct MaxPool2d<T> {
    winners: Winners,
    windows: Windows,
    image: Option<Tensor<T>>,
    border: ImageBorder<T>,
    shape: [usize; 4],
}

impl<T: Scalar> Backward<T> for MaxPool2d<T> {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let (back, frame) = (self.border.backward_axes(), self.border.ring_wanted());
        let (grad, windows) = (grad.data(), &self.windows);
        let (mut x_grad, rings) = match &self.winners {
            Winners::Narrow(won) => pool::max_backward(grad, won, &back, frame, windows),
            Winners::Wide(won) => pool::max_backward(grad, won, &back, frame, windows),
        };
        if let Some(image) = &self.image {
            self.border.ring_backward(image, &rings, &mut x_grad);
        }
        vec![Some(Tensor::from_vec(x_grad, &self.shape))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let options = [
        ("2×2", PoolOptions::new(2)),
        (
            "3×3 stride 2 zeros",
            PoolOptions::new(3).stride(2).padding(padding("zeros@1")),
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
            "3×3 randn",
            PoolOptions::new(3).stride(2).padding(padding("randn@1")),
        ),
        (
            "17×17 of a wide border",
            PoolOptions::new(17)
                .stride(1)
                .padding(padding("circular@6")),
        ),
        (
            "3×3 constant 2 wins at the border",
            PoolOptions::new(3).padding(padding("constant:2@1")),
        ),
    ];
    options
        .map(|(name, o)| {
            case!(name, [spread("x", &[2, 2, 5, 6])], |v| max_pool2d(
                &v[0], &o
            ))
        })
        .into()
}
