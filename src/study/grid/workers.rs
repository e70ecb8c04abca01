//! Cells side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, Result};

/// Does `work` on 0..`count`, `jobs` at a time, which share the threads of the whole process.
///
/// After an error nothing new is begun, what has begun is finished, and the first error is given, in the
/// order of the numbers, before any that work was interrupted.
///
/// # Errors
/// That of `work`, or where threads cannot be had.
pub fn in_parallel(
    count: usize,
    jobs: usize,
    work: &(dyn Fn(usize) -> Result<()> + Sync),
) -> Result<()> {
    if jobs <= 1 {
        return (0..count).try_for_each(work);
    }
    let next = AtomicUsize::new(0);
    let failures: Mutex<Vec<(usize, Error)>> = Mutex::default();
    let threads = rayon::current_num_threads();
    let run_some = || {
        while failures.lock().is_ok_and(|failures| failures.is_empty()) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            if let Err(error) = work(number)
                && let Ok(mut failures) = failures.lock()
            {
                failures.push((number, error));
            }
        }
    };
    let mut pools = Vec::new();
    for job in 0..jobs {
        let own = (threads / jobs + usize::from(job < threads % jobs)).max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(own).build();
        pools.push(pool.map_err(|e| Error::usage("jobs", format!("{jobs}: {e}"), "use fewer"))?);
    }
    thread::scope(|scope| {
        for pool in &pools {
            let spawned = thread::Builder::new().spawn_scoped(scope, || pool.install(run_some));
            if let Err(e) = spawned
                && let Ok(mut failures) = failures.lock()
            {
                let error = Error::usage("jobs", format!("{jobs}: {e}"), "use fewer");
                failures.push((count, error));
                break;
            }
        }
    });
    let mut failures = failures.into_inner().unwrap_or_default();
    // What was interrupted says nothing of what has failed.
    failures.sort_by_key(|(number, error)| (matches!(error, Error::Interrupted { .. }), *number));
    match failures.into_iter().next() {
        None => Ok(()),
        Some((_, error)) => Err(error),
    }
}

/// The results of `work` on every cell, in the order of the cells; `finished` is called with each
/// when it ends, and with the number of those that have ended.
///
/// One thread works on one cell, as long as there are enough: networks this small gain nothing from more.
///
/// # Errors
/// The first that `work` or `finished` gives; cells that have not begun are left out then.
pub fn each<C: Sync, R: Send>(
    cells: &[C],
    work: impl Fn(&C) -> Result<R> + Sync,
    finished: impl FnMut(usize, &C, &R) -> Result<()> + Send,
) -> Result<Vec<R>> {
    let ended = Mutex::new((Vec::with_capacity(cells.len()), finished));
    let jobs = rayon::current_num_threads().min(cells.len());
    in_parallel(cells.len(), jobs, &|index| {
        let result = work(&cells[index])?;
        let Ok(mut ended) = ended.lock() else {
            let remedy = "this is a bug; report it";
            return Err(Error::invalid("a cell", "another one panicked", remedy));
        };
        let (results, finished) = &mut *ended;
        finished(results.len() + 1, &cells[index], &result)?;
        results.push((index, result));
        Ok(())
    })?;
    let (mut results, _) = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_for_any_number_of_jobs() {
        for jobs in [1, 2, 3, 9] {
            let done: Mutex<Vec<usize>> = Mutex::default();
            let note = |i| {
                done.lock().expect("no panic").push(i);
                Ok(())
            };
            in_parallel(7, jobs, &note).expect("no failure");
            let mut done = done.into_inner().expect("no panic");
            done.sort_unstable();
            assert_eq!(done, (0..7).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn the_first_error_is_reported_and_nothing_is_begun_after_it() {
        let begun = AtomicUsize::new(0);
        let work = |i: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            match i {
                1.. => Err(Error::usage(format!("cell {i}"), "", "")),
                0 => Ok(()),
            }
        };
        let outcome = in_parallel(1000, 2, &work).map_err(|e| e.to_string());
        assert!(matches!(outcome, Err(message) if message.starts_with("cell 1")));
        assert!(begun.load(Ordering::Relaxed) <= 4);
    }

    #[test]
    fn results_come_in_the_order_of_their_cells() {
        let cells: Vec<usize> = (0..50).collect();
        let mut numbers = Vec::new();
        let square = |n: &usize| Ok(n * n);
        let squares = each(&cells, square, |number, cell, square| {
            assert_eq!(*square, cell * cell);
            numbers.push(number);
            Ok(())
        });
        let expected: Vec<usize> = cells.iter().map(|n| n * n).collect();
        assert_eq!(squares.expect("no error"), expected);
        assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        let cells: Vec<usize> = (0..100_000).collect();
        let begun = AtomicUsize::new(0);
        let fail = |n: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            match n {
                5 => Err(Error::usage("cell", "5", "none")),
                _ => Ok(()),
            }
        };
        assert!(each(&cells, fail, |_, _, ()| Ok(())).is_err());
        assert!(begun.load(Ordering::Relaxed) < cells.len());
    }

    #[test]
    fn cells_may_wait_for_batches_that_are_prepared_in_parallel() {
        use rayon::prelude::*;
        let sums = each(
            &[0usize; 16],
            |_| {
                let mut total = 0;
                let prepare = |n: usize| (0..n).into_par_iter().sum::<usize>();
                crate::data::prefetch(1..20, prepare, |sum| {
                    total += sum;
                    Ok::<(), Error>(())
                })?;
                Ok(total)
            },
            |_, _, _| Ok(()),
        );
        assert_eq!(sums.expect("no error"), [1140; 16]);
    }
}
