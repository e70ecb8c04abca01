use crate::autodiff::ops::{self, PoolOptions};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Windowed};
use crate::padding::Padding;

/// The mean of every window: y\[n,c,i,j\] = mean over k, l of x̃\[n,c, i·s + k·d, j·s + l·d\], x̃ the padded input.
///
/// # Shapes
/// [N, C, H, W] to [N, C, Ho, Wo]; see [`ops::avg_pool2d`], whose layer it is.
///
/// # Errors
/// Building a network fails where it has other than one input, or the window does not fit.
///
/// # Source
/// PyTorch's definition of `torch.nn.AvgPool2d`, here with a dilation and with any padding.
#[derive(Clone, Debug)]
pub struct AvgPool2d {
    /// Window and padding.
    pub options: PoolOptions,
}

impl AvgPool2d {
    /// The layer with these options, or with square windows of this side, side by side and without padding.
    pub fn new(options: impl Into<PoolOptions>) -> AvgPool2d {
        let options = options.into();
        AvgPool2d { options }
    }
}

impl<T: Scalar> Layer<T> for AvgPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Window(Windowed::pool(&self.options))
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let pool = |x: &_, padding| ops::avg_pool2d(x, &self.options.padding(padding));
        Windowed::pool(&self.options).apply(&inputs[0], cx, pool)
    }

    fn set_padding(&mut self, padding: Padding) -> bool {
        let own = self.options.padding.padding.reach();
        self.options.padding = padding.or_extent(own).into();
        true
    }
}
