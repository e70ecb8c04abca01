//! Independent cells of a grid, worked on by all threads at once.

use std::sync::{Mutex, PoisonError};

use crate::cli::run::workers::in_parallel;
use crate::error::{Error, Result};

/// The results of `work` on every cell, in the order of the cells; `finished` hears of each when it ends,
/// with the number of those that have ended.
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
    use std::sync::atomic::{AtomicUsize, Ordering};

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
