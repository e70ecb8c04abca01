use crate::autodiff::{
    Var,
    ops::{self, PoolOptions},
};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::layer::takes;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Windowed};
use crate::padding::{Padding, Window};
use crate::tensor::Tensor;

/// Every s-th pixel, with as many channels of zeros before and behind: the shortcut without parameters.
///
/// # Shapes
/// [N, C, H, W] to [N, C + 2·k, ⌈H/s⌉, ⌈W/s⌉].
///
/// # Errors
/// Building a network fails where other than C channels arrive.
///
/// # Source
/// Option A of He et al., CVPR 2016, arXiv 1512.03385.
#[derive(Clone, Copy, Debug)]
pub struct Subsample {
    /// Channels C of the input.
    pub channels: usize,
    /// s.
    pub stride: usize,
    /// k, the channels of zeros on either side.
    pub zeros: usize,
}

impl Subsample {
    fn windowed(&self) -> Windowed {
        Windowed {
            window: Window {
                kernel: [1; 2],
                stride: [self.stride; 2],
                dilation: [1; 2],
            },
            padding: Padding::valid(),
        }
    }
}

impl<T: Scalar> Layer<T> for Subsample {
    fn geometry(&self) -> Geometry {
        Geometry::Window(self.windowed())
    }

    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        takes(path, inputs, self.channels)?;
        Ok(self.channels + 2 * self.zeros)
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        self.windowed().apply(&inputs[0], cx, |x, padding| {
            // The mean of a window of one pixel is that pixel.
            let single = PoolOptions::new(1).stride(self.stride).padding(padding);
            let kept = ops::avg_pool2d(x, &single);
            if self.zeros == 0 {
                return kept;
            }
            let [n, _, h, w] = kept.value().nchw("Subsample");
            let zeros = Var::constant(Tensor::zeros(&[n, self.zeros, h, w]));
            ops::concat(&[&zeros, &kept, &zeros], 1)
        })
    }
}
