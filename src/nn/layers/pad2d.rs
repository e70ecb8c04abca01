use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Windowed};
use crate::padding::{Padding, Window};

/// Pixels around every map, as a layer of its own.
///
/// # Shapes
/// [N, C, H, W] to [N, C, top + H + bottom, left + W + right]; see [`ops::pad2d`].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// PyTorch's definition of `torch.nn.functional.pad`, here with any padding.
#[derive(Clone, Copy, Debug)]
pub struct Pad2d {
    /// How many pixels, and with which values.
    pub padding: Padding,
}

impl Pad2d {
    fn windowed(&self) -> Windowed {
        Windowed {
            window: Window::square(1),
            padding: self.padding,
        }
    }
}

impl<T: Scalar> Layer<T> for Pad2d {
    fn kind(&self) -> Kind {
        Kind::Other
    }

    fn geometry(&self) -> Geometry {
        Geometry::Window(self.windowed())
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let windowed = self.windowed();
        windowed.apply(&inputs[0], cx, |x, padding| ops::pad2d(x, padding))
    }

    fn set_padding(&mut self, padding: Padding) -> bool {
        self.padding = padding.or_extent(self.padding.reach());
        true
    }
}
