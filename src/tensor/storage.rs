//! Memory of tensors that is used again.
//!
//! A training step makes and drops the same large arrays every time. Fresh memory for each would cost a
//! page fault for every 4 KiB, so the memory of a dropped tensor waits in a pool for the next one of
//! about its size. What waits is bounded, and [`release_idle`] gives it back to the system.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::panic::panic_any;
use std::sync::OnceLock;

use super::Element;
use super::pool::SMALLEST;

/// `len` values to be overwritten: they hold anything, in memory that was used before where some waits.
///
/// ```
/// let mut squares = padgrad::tensor::recycled::<f32>(3);
/// (0..3).for_each(|i| squares[i] = (i * i) as f32);
/// assert_eq!(squares, [0.0, 1.0, 4.0]);
/// ```
pub fn recycled<T: Element>(len: usize) -> Vec<T> {
    let large = len * size_of::<T>() >= SMALLEST;
    let mut array = match large.then(|| T::pool().take(len)).flatten() {
        Some(mut used) => {
            used.resize(len, T::zero());
            used
        }
        None => filled(T::zero(), len),
    };
    // A read before a write shows.
    if cfg!(debug_assertions) {
        array.fill(T::nan());
    }
    array
}

/// What a panic carries that says that the system has no memory for the values of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct OutOfMemory {
    /// As many as were wanted.
    pub values: usize,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let values = self.values;
        write!(
            f,
            "memory: the system has none for {values} values; use smaller batches, images or networks, or fewer at a time"
        )
    }
}

/// The same value `len` times in memory that was not used before. The allocator would end the process where there is
/// none; this panic can be told from a mistake.
pub(super) fn filled<T: Element>(value: T, len: usize) -> Vec<T> {
    if len >= SMALLEST && Vec::<T>::new().try_reserve_exact(len).is_err() {
        panic_any(OutOfMemory { values: len });
    }
    vec![value; len]
}

/// Gives the memory of dropped tensors that waits to be used again, at most 256 MiB per element type,
/// back to the system.
pub fn release_idle() {
    f32::pool().clear();
    f64::pool().clear();
}

/// The values of a tensor, whose memory goes back to the pool.
pub(super) struct Storage<T> {
    values: Vec<T>,
    /// What was computed from the values as they are.
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
    // Known where `T` is known to be an `Element`, so that `Drop` needs no bound.
    give_back: fn(Vec<T>),
}

impl<T: Element> Storage<T> {
    pub fn new(values: Vec<T>) -> Storage<T> {
        Storage {
            values,
            derived: OnceLock::new(),
            give_back: |values| T::pool().give(values),
        }
    }

    pub fn values_mut(&mut self) -> &mut [T] {
        self.derived.take();
        &mut self.values
    }

    /// See [`Tensor::derived`](super::Tensor::derived).
    pub fn derived<D: Any + Send + Sync>(&self, make: impl FnOnce(&[T]) -> D) -> Option<&D> {
        let derived = self.derived.get_or_init(|| Box::new(make(&self.values)));
        derived.downcast_ref()
    }

    pub fn into_vec(mut self) -> Vec<T> {
        std::mem::take(&mut self.values)
    }
}

impl<T> Deref for Storage<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T: Element> Clone for Storage<T> {
    fn clone(&self) -> Storage<T> {
        let mut values = recycled(self.values.len());
        values.copy_from_slice(&self.values);
        Storage::new(values)
    }
}

impl<T> Drop for Storage<T> {
    fn drop(&mut self) {
        (self.give_back)(std::mem::take(&mut self.values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_cannot_be_had_is_told_from_a_mistake() {
        let wanted = isize::MAX as usize / 16;
        let panic = std::panic::catch_unwind(|| recycled::<f32>(wanted)).expect_err("no memory");
        let told = panic.downcast_ref::<OutOfMemory>().expect("what it was");
        assert_eq!(told.values, wanted);
    }

    #[test]
    fn recycled_values_are_as_many_as_asked_for() {
        for len in [0, 1, SMALLEST, SMALLEST - 7, SMALLEST / 2] {
            drop(Storage::new(vec![f64::NAN; SMALLEST]));
            assert_eq!(recycled::<f64>(len).len(), len);
        }
    }
}
