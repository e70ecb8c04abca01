//! Cells side by side.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// Does `work` on 0..`count`, `jobs` at a time, which share the threads of the whole process.
///
/// After an error nothing new is begun, what has begun is finished, and the first error is given, in the
/// order of the numbers.
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
        pools.push(pool.map_err(|e| Error::usage("--jobs", format!("{jobs}: {e}"), "use fewer"))?);
    }
    std::thread::scope(|scope| {
        for pool in &pools {
            scope.spawn(|| pool.install(run_some));
        }
    });
    let mut failures = failures.into_inner().unwrap_or_default();
    failures.sort_by_key(|(number, _)| *number);
    match failures.into_iter().next() {
        None => Ok(()),
        Some((_, error)) => Err(error),
    }
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
    fn the_first_error_is_told_and_nothing_is_begun_after_it() {
        let begun = AtomicUsize::new(0);
        let work = |i: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            match i {
                1.. => Err(Error::usage(format!("cell {i}"), "", "")),
                0 => Ok(()),
            }
        };
        let told = in_parallel(1000, 2, &work).map_err(|e| e.to_string());
        assert!(matches!(told, Err(message) if message.starts_with("cell 1")));
        assert!(begun.load(Ordering::Relaxed) <= 4);
    }
}
