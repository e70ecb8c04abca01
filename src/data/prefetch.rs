//! Work on one batch while the next is being prepared.

use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::threads::in_pool;

/// Calls `work` with what `prepare` makes of every item, in order; a thread of its own prepares the next.
///
/// `work` runs [in the pool](crate::in_pool) of threads, wherever this is called from. Training, scoring and
/// measuring all go through here, so that a program need not enter the pool for them.
///
/// What comes out does not depend on how the two run side by side. Inside `prepare` rayon has that thread
/// only: its pool is at work on the batch before, and may have no other thread than the one that waits here.
///
/// # Errors
/// The first of `work`, after which nothing more is prepared.
///
/// ```
/// let mut squares = Vec::new();
/// padgrad::data::prefetch(1..4, |i| i * i, |square| {
///     squares.push(square);
///     Ok::<(), String>(())
/// })?;
/// assert_eq!(squares, [1, 4, 9]);
/// # Ok::<(), String>(())
/// ```
pub fn prefetch<I: Send, B: Send, E: Send>(
    items: impl Iterator<Item = I> + Send,
    prepare: impl FnMut(I) -> B + Send,
    mut work: impl FnMut(B) -> Result<(), E> + Send,
) -> Result<(), E> {
    let source = Mutex::new(Some((items, prepare)));
    let take = || source.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        let (send, prepared) = sync_channel(0);
        let side = || {
            let all = move || {
                let Some((items, mut prepare)) = take() else {
                    return;
                };
                for item in items {
                    // Nobody receives any more: the work has failed.
                    if send.send(prepare(item)).is_err() {
                        return;
                    }
                }
            };
            match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                Ok(own) => own.install(all),
                Err(_) => all(),
            }
        };
        match thread::Builder::new().spawn_scoped(scope, side) {
            Ok(_) => in_pool(move || prepared.into_iter().try_for_each(&mut work)),
            // The system has no thread left, and this one does both.
            Err(_) => in_pool(|| {
                let Some((mut items, mut prepare)) = take() else {
                    return Ok(());
                };
                items.try_for_each(|item| work(prepare(item)))
            }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_ends_both_sides() {
        let mut prepared = 0;
        let fail_at_3 = |i: usize| if i == 3 { Err(i) } else { Ok(()) };
        let count = |i| {
            prepared += 1;
            i
        };
        assert_eq!(prefetch(0..1000, count, fail_at_3), Err(3));
        assert!((4..=6).contains(&prepared), "{prepared}");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_while_preparing_is_not_lost() {
        let prepare = |i: usize| assert!(i < 2, "no such item");
        let _ = prefetch(0..5, prepare, Ok::<(), ()>);
    }
}
