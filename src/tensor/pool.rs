//! Where the memory of dropped tensors waits for the next ones.

use std::sync::{Mutex, MutexGuard};

/// Smaller arrays come from the allocator, which is good at them.
pub(super) const SMALLEST: usize = 1 << 16;
/// The most bytes that wait in the pool of one element type.
const MOST_IDLE: usize = 256 << 20;
/// An array that was not needed is given up after this many others: several training steps.
const LONGEST_WAIT: u64 = 512;

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
    pub(super) fn take(&self, len: usize) -> Option<Vec<T>> {
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
    pub(super) fn give(&self, values: Vec<T>) {
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

    pub(super) fn clear(&self) {
        self.idle().arrays.clear();
    }

    fn idle(&self) -> MutexGuard<'_, Idle<T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
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
}
