//! What a normalisation makes of a channel's elements.

use crate::tensor::Element;

/// What a channel's elements become: (x - mean) · scale + bias.
#[derive(Clone, Copy, Debug)]
pub struct Affine<T> {
    /// What is taken off.
    pub mean: T,
    /// What the difference is multiplied by.
    pub scale: T,
    /// What is added.
    pub bias: T,
}

impl<T: Element> Affine<T> {
    /// The mean goes first: where it is large, x·scale + shift would cancel.
    #[inline(always)]
    pub fn of(self, x: T) -> T {
        (x - self.mean) * self.scale + self.bias
    }

    /// max(`of(x)`, 0), or `of(x)` alone.
    #[inline(always)]
    pub fn value<const RELU: bool>(self, x: T) -> T {
        let y = self.of(x);
        if RELU && y < T::zero() { T::zero() } else { y }
    }

    /// What arrives before the ReLU of the gradient behind it.
    #[inline(always)]
    pub fn gate<const RELU: bool>(self, grad: T, x: T) -> T {
        if RELU && self.of(x) <= T::zero() {
            T::zero()
        } else {
            grad
        }
    }
}
