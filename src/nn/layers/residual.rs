use super::Add;
use crate::kernels::Scalar;
use crate::nn::{Network, Part};

/// A way to write down the sum of a body and a shortcut.
///
/// The sum has the name of the whole; the shortcut's layers are named `downsample`, as in torchvision.
///
/// # Shapes
/// [N, C, H, W] to the body's output, whose shape is also the shortcut's.
///
/// # Errors
/// Building a network fails where body and shortcut give different shapes.
///
/// # Source
/// He et al., CVPR 2016, arXiv 1512.03385.
pub struct Residual<T: Scalar> {
    network: Network<T>,
}

impl<T: Scalar> Residual<T> {
    /// body(x) + x.
    pub fn new(body: impl Into<Network<T>>) -> Residual<T> {
        Residual::with_shortcut(body, Network::new())
    }

    /// body(x) + shortcut(x).
    pub fn with_shortcut<W>(body: impl Into<Network<T>>, shortcut: impl Part<T, W>) -> Residual<T> {
        let mut network = Network::new();
        let x = network.input();
        let body = network.nest("", body.into(), x);
        let shortcut = network.nest("downsample", shortcut, x);
        network.add("", Add, &[body, shortcut]);
        Residual { network }
    }
}

impl<T: Scalar> From<Residual<T>> for Network<T> {
    fn from(residual: Residual<T>) -> Network<T> {
        residual.network
    }
}
