//! What a maximum over a window notes, and when one value wins over another.

use crate::tensor::Element;

/// What a maximum notes of the tap that won: its index, row by row within the window.
pub trait Winner: Copy + Default + Send + Sync {
    /// Notes the tap.
    fn of(tap: usize) -> Self;
}

impl Winner for u8 {
    #[inline(always)]
    fn of(tap: usize) -> u8 {
        tap as u8
    }
}

impl Winner for u32 {
    #[inline(always)]
    fn of(tap: usize) -> u32 {
        tap as u32
    }
}

/// Where no gradient will be asked for.
impl Winner for () {
    #[inline(always)]
    fn of(_: usize) {}
}

/// Without shortcuts, whose branches would keep the compiler from making vectors.
#[inline(always)]
pub fn wins<T: Element>(value: T, best: T) -> bool {
    !best.is_nan() & ((value > best) | value.is_nan())
}
