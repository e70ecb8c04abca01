//! How much memory pictures may take while they are decoded, over all threads together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::files::memory_limit;

/// The share of the memory that pictures may take.
const SHARE: u64 = 4;
/// What they may take where the system does not say how much there is.
const ASSUMED: u64 = 1 << 30;

static USED: Budget = Budget {
    used: Mutex::new(0),
    freed: Condvar::new(),
};

struct Budget {
    used: Mutex<u64>,
    freed: Condvar,
}

/// Bytes that are taken until this goes out of scope.
pub(super) struct Taken {
    from: &'static Budget,
    bytes: u64,
}

/// Waits until this many bytes are free, or nobody else has taken any.
///
/// Whoever holds some must neither take more nor wait for another thread.
pub(super) fn take(bytes: u64) -> Taken {
    let most = memory_limit().map_or(ASSUMED, |memory| memory / SHARE);
    USED.take(bytes, most)
}

impl Budget {
    fn take(&'static self, bytes: u64, most: u64) -> Taken {
        let full = |used: &mut u64| *used > 0 && used.saturating_add(bytes) > most;
        let waited = self.freed.wait_while(self.lock(), full);
        *waited.unwrap_or_else(PoisonError::into_inner) += bytes;
        Taken { from: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        *self.from.lock() -= self.bytes;
        self.from.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn threads_together_take_no_more_than_there_is_but_for_one_alone() {
        static OWN: Budget = Budget {
            used: Mutex::new(0),
            freed: Condvar::new(),
        };
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let (now, most) = (&now, &most);
                scope.spawn(move || {
                    for round in 0..50 {
                        let bytes = 1 + (7 * thread + round) % 40;
                        let taken = OWN.take(bytes, 100);
                        let together = now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(together, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        drop(taken);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 100);
        let large = OWN.take(1000, 100);
        assert_eq!(*OWN.lock(), 1000);
        drop(large);
        assert_eq!(*OWN.lock(), 0);
    }
}
