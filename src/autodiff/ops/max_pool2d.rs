use super::{Case, PoolOptions, case, padding, spread};
use crate::autodiff::border::{ImageBorder, windows};
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::pool::{self, Found, NOWHERE, PADDED, Padded};
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
    let (sides, windows) = windows("max_pool2d", options.window(), &options.padding, [h, w]);
    let border = ImageBorder::new("max_pool2d", x.value(), options.padding, sides);
    let skips = options.padding.is_zeros() || matches!(options.padding.rule(), Rule::Excluded);
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
        options.padding
    );
    let back = border.backward_axes();
    let (values, found) = pool::max(x.value().data(), &border.forward(), &back, &windows, padded);
    let value = Tensor::from_vec(values, &[n, c, windows.output[0], windows.output[1]]);
    Var::record(value, &[x], || MaxPool2d {
        found,
        border,
        x: x.value().clone(),
    })
}

struct MaxPool2d<T> {
    found: Vec<Found>,
    border: ImageBorder<T>,
    x: Tensor<T>,
}

impl<T: Scalar> Backward<T> for MaxPool2d<T> {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [n, c, h, w] = self.x.nchw("max_pool2d");
        let outputs = grad.len() / (n * c).max(1);
        let ring_len = self.border.ring_wanted().map_or(0, |frame| frame.len());
        let mut x_grad = vec![T::zero(); self.x.len()];
        let mut rings = vec![T::zero(); n * c * ring_len];
        for map in 0..n * c {
            let range = map * outputs..(map + 1) * outputs;
            let x_grad = &mut x_grad[map * h * w..][..h * w];
            let ring = &mut rings[map * ring_len..][..ring_len];
            for (&found, &g) in self.found[range.clone()].iter().zip(&grad.data()[range]) {
                match found {
                    NOWHERE => {}
                    source if source >= 0 => x_grad[source as usize] += g,
                    slot if ring_len > 0 => ring[(PADDED - slot) as usize] += g,
                    _ => {}
                }
            }
        }
        self.border.ring_backward(&self.x, &rings, &mut x_grad);
        vec![Some(Tensor::from_vec(x_grad, self.x.shape()))]
    }
}

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
