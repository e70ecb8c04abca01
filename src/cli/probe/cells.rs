//! Independent cells of a grid, worked on by all threads at once.

use std::sync::Mutex;

use rayon::prelude::*;

use crate::error::{Error, Result};

/// The results of `work` on every cell, in the order of the cells; `finished` hears of each when it ends,
/// with the number of those that have ended.
///
/// One thread works on one cell: networks this small gain nothing from more.
///
/// # Errors
/// The first that `work` or `finished` gives; cells that have not begun are left out then.
pub fn each<C: Sync, R: Send>(
    cells: &[C],
    work: impl Fn(&C) -> Result<R> + Sync,
    finished: impl FnMut(usize, &C, &R) -> Result<()> + Send,
) -> Result<Vec<R>> {
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
    cells.par_iter().with_max_len(1).map(one).collect()
}
