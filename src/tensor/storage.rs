//! Memory of tensors that is used again.
//!
//! A training step makes and drops the same large arrays every time. Fresh memory for each would cost a
//! page fault for every 4 KiB, so the memory of a dropped tensor waits in a pool for the next one of
//! about its size. What waits is bounded, and [`release_idle`] gives it back to the system.

use std::any::Any;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::Element;

/// Smaller arrays come from the allocator, which is good at them.
const SMALLEST: usize = 1 << 16;
/// The most bytes that wait in the pool of one element type.
const MOST_IDLE: usize = 256 << 20;
/// An array is given up when so many others came after it and it was not needed: several training steps.
const LONGEST_WAIT: u64 = 512;

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
        None => vec![T::zero(); len],
    };
    // A read before a write shows.
    if cfg!(debug_assertions) {
        array.fill(T::nan());
    }
    array
}

/// Gives the memory of dropped tensors that waits to be used again, at most 256 MiB per element type,
/// back to the system.
pub fn release_idle() {
    f32::pool().clear();
    f64::pool().clear();
}

/// Arrays without an owner.
pub struct Pool<T>(Mutex<Idle<T>>);

struct Idle<T> {
    /// How many arrays ever came.
    count: u64,
    /// Each with the count at which it was given; the longest unused first.
    arrays: Vec<(u64, Vec<T>)>,
}

impl<T> Pool<T> {
    pub(super) const fn new() -> Pool<T> {
        Pool(Mutex::new(Idle {
            count: 0,
            arrays: Vec::new(),
        }))
    }

    /// The smallest array with room for `len` values and little more.
    fn take(&self, len: usize) -> Option<Vec<T>> {
        let mut idle = self.idle();
        let of_size = idle
            .arrays
            .iter()
            .map(|(_, array)| array.capacity())
            .enumerate()
            .filter(|(_, capacity)| (len..=len + len / 4).contains(capacity));
        let (best, _) = of_size.min_by_key(|(_, capacity)| *capacity)?;
        Some(idle.arrays.remove(best).1)
    }

    /// Keeps an array, at the expense of those that have waited longest.
    fn give(&self, values: Vec<T>) {
        let bytes = |array: &Vec<T>| array.capacity() * size_of::<T>();
        if !(SMALLEST..=MOST_IDLE).contains(&bytes(&values)) {
            return;
        }
        let mut idle = self.idle();
        idle.count += 1;
        let count = idle.count;
        idle.arrays.push((count, values));
        let mut total: usize = idle.arrays.iter().map(|(_, array)| bytes(array)).sum();
        let forgotten = |(given, array): &&(u64, Vec<T>)| {
            let goes = total > MOST_IDLE || given + LONGEST_WAIT < count;
            total -= bytes(array);
            goes
        };
        let dropped = idle.arrays.iter().take_while(forgotten).count();
        idle.arrays.drain(..dropped);
    }

    fn clear(&self) {
        self.idle().arrays.clear();
    }

    fn idle(&self) -> MutexGuard<'_, Idle<T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
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
    fn memory_comes_back_to_arrays_of_about_its_size() {
        let pool = Pool::new();
        let len = SMALLEST;
        pool.give(vec![1.0f32; len]);
        assert!(pool.take(len + 1).is_none() && pool.take(len / 2).is_none());
        assert_eq!(pool.take(len - 1).map(|v| v.capacity()), Some(len));
        assert!(pool.take(len).is_none());
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_goes_first() {
        let pool: Pool<f32> = Pool::new();
        let of_bytes = |bytes: usize| Vec::with_capacity(bytes / size_of::<f32>());
        pool.give(of_bytes(SMALLEST / 2));
        pool.give(of_bytes(MOST_IDLE * 2));
        assert!(pool.idle().arrays.is_empty());
        for part in [2, 4, 8, 2] {
            pool.give(of_bytes(MOST_IDLE / part));
        }
        let parts: Vec<usize> = pool
            .idle()
            .arrays
            .iter()
            .map(|(_, v)| MOST_IDLE / (v.capacity() * size_of::<f32>()))
            .collect();
        assert_eq!(parts, [4, 8, 2]);
        pool.clear();
        assert!(pool.idle().arrays.is_empty());
    }

    #[test]
    fn what_nobody_needs_does_not_wait_for_ever() {
        let pool: Pool<f32> = Pool::new();
        pool.give(vec![0.0; 2 * SMALLEST]);
        for _ in 0..=LONGEST_WAIT {
            assert!(pool.idle().arrays.iter().any(|(given, _)| *given == 1));
            pool.give(pool.take(SMALLEST).unwrap_or(vec![0.0; SMALLEST]));
        }
        assert!(pool.take(2 * SMALLEST).is_none());
    }

    #[test]
    fn recycled_values_are_as_many_as_asked_for() {
        for len in [0, 1, SMALLEST, SMALLEST - 7, SMALLEST / 2] {
            drop(Storage::new(vec![f64::NAN; SMALLEST]));
            assert_eq!(recycled::<f64>(len).len(), len);
        }
    }
}
