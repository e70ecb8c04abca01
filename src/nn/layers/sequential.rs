use crate::kernels::Scalar;
use crate::nn::{Network, Part, Value};

/// A way to write down a network: named parts, one after the other.
///
/// # Shapes
/// The first part's input to the last part's output; each part takes what the one before it gives.
///
/// # Errors
/// Building a network fails where a part does not fit the one before it, or two layers have one name.
///
/// # Source
/// PyTorch's definition of `torch.nn.Sequential`.
pub struct Sequential<T: Scalar> {
    network: Network<T>,
    last: Value,
    parts: usize,
}

impl<T: Scalar> Default for Sequential<T> {
    fn default() -> Sequential<T> {
        Sequential::new()
    }
}

impl<T: Scalar> Sequential<T> {
    /// Nothing yet: the identity.
    pub fn new() -> Sequential<T> {
        let network = Network::new();
        Sequential {
            last: network.input(),
            network,
            parts: 0,
        }
    }

    /// Adds a layer, or a network of its own, under this name.
    pub fn named<W>(mut self, name: &str, part: impl Part<T, W>) -> Sequential<T> {
        self.put(name, part);
        self
    }

    /// Adds a layer, or a network of its own, named by its number as in PyTorch's `Sequential`.
    pub fn push<W>(&mut self, part: impl Part<T, W>) {
        self.put(&self.parts.to_string(), part);
    }

    fn put<W>(&mut self, name: &str, part: impl Part<T, W>) {
        self.last = self.network.nest(name, part, self.last);
        self.parts += 1;
    }
}

impl<T: Scalar> From<Sequential<T>> for Network<T> {
    fn from(mut sequential: Sequential<T>) -> Network<T> {
        sequential.network.set_outputs(&[sequential.last]);
        sequential.network
    }
}
