//! The two element types of tensors.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use num_traits::Float;

use super::pool::Pool;

/// An element type of tensors: `f32`, which is what is fast, or `f64`, which checks gradients.
pub trait Element:
    Float
    + Sum
    + Default
    + Debug
    + Display
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Send
    + Sync
    + 'static
{
    /// The name of the type as PyTorch and safetensors users know it: `"f32"` or `"f64"`.
    const DTYPE: &'static str;

    /// Rounds to the nearest value of this type.
    fn from_f64(value: f64) -> Self;

    /// The same value as an `f64`, exactly.
    fn as_f64(self) -> f64;

    /// Where memory of this type waits to be used again.
    #[doc(hidden)]
    fn pool() -> &'static Pool<Self>;

    /// A count or a size as an element.
    #[inline]
    fn from_usize(value: usize) -> Self {
        Self::from_f64(value as f64)
    }
}

impl Element for f32 {
    const DTYPE: &'static str = "f32";

    fn pool() -> &'static Pool<f32> {
        static POOL: Pool<f32> = Pool::new();
        &POOL
    }

    #[inline]
    fn from_f64(value: f64) -> f32 {
        value as f32
    }

    #[inline]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Element for f64 {
    const DTYPE: &'static str = "f64";

    fn pool() -> &'static Pool<f64> {
        static POOL: Pool<f64> = Pool::new();
        &POOL
    }

    #[inline]
    fn from_f64(value: f64) -> f64 {
        value
    }

    #[inline]
    fn as_f64(self) -> f64 {
        self
    }
}
