//! Independent cells of a grid, worked on by all threads at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// The results of `work` on every cell, in the order of the cells; `finished` hears of each when it ends,
/// with the number of those that have ended.
///
/// One thread works on one cell: networks this small gain nothing from more. The thread is a pool of its
/// own, so that a cell which waits for a batch keeps no worker from preparing it.
///
/// # Errors
/// The first that `work` or `finished` gives; cells that have not begun are left out then.
pub fn each<C: Sync, R: Send>(
    cells: &[C],
    work: impl Fn(&C) -> Result<R> + Sync,
    finished: impl FnMut(usize, &C, &R) -> Result<()> + Send,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let ended = Mutex::new((0, finished));
    let one = |cell: &C| {
        let result = work(cell)?;
        let Ok(mut ended) = ended.lock() else {
            let remedy = "this is a bug; report it";
            return Err(Error::invalid("a cell", "another one panicked", remedy));
        };
        ended.0 += 1;
        let number = ended.0;
        (ended.1)(number, cell, &result)?;
        Ok(result)
    };
    let many = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = cells.get(index) else {
                return Ok(results);
            };
            match one(cell) {
                Ok(result) => results.push((index, result)),
                Err(error) => {
                    next.store(cells.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let threads = rayon::current_num_threads().min(cells.len());
    let pools: Vec<ThreadPool> = (0..threads).map(|_| single()).collect::<Result<_>>()?;
    let mut results = thread::scope(|scope| {
        let workers: Vec<_> = pools
            .iter()
            .map(|pool| scope.spawn(|| pool.install(many)))
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(results) => all.extend(results?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, Error>(all)
    })?;
    results.sort_unstable_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// A pool of one thread.
fn single() -> Result<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(1).build();
    pool.map_err(|e| Error::invalid("a thread", e.to_string(), "use fewer --threads"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
                crate::data::ahead(1..20, prepare, |sum| {
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
