//! The works of padgrad's benches in candle or in burn.
//!
//! `padgrad-rust-peers PEER` answers lines `repetitions<TAB>kind<TAB>sizes` on standard input with the
//! milliseconds of each run, or with `cannot: ` and why.

mod in_burn;
mod in_candle;
mod work;

use std::io::BufRead;
use std::process::ExitCode;
use std::time::Instant;

use work::{Failure, Run, Work};

const WARM_UP: usize = 2;

type Prepare = fn(&Work) -> Result<Run, Failure>;

fn main() -> ExitCode {
    let peer = std::env::args().nth(1);
    let prepare: Prepare = match peer.as_deref() {
        Some("candle") => in_candle::prepare,
        Some("burn") => in_burn::prepare,
        _ => {
            eprintln!("error: name a peer: candle or burn");
            return ExitCode::from(2);
        }
    };
    let mut last = None;
    for line in std::io::stdin().lock().lines() {
        let answer = line.map_err(Failure::from);
        match answer.and_then(|line| answer_to(&line, &mut last, prepare)) {
            Ok(times) => println!("{}", times.join(" ")),
            Err(reason) => {
                // The lines after the first are candle's backtrace.
                let reason = reason.to_string();
                println!("cannot: {}", reason.lines().next().unwrap_or_default());
            }
        }
    }
    ExitCode::SUCCESS
}

/// The milliseconds of each run; `last` keeps the data of the work before, in case it is the same.
fn answer_to(
    line: &str,
    last: &mut Option<(String, Run)>,
    prepare: Prepare,
) -> Result<Vec<String>, Failure> {
    let (reps, name) = line.split_once('\t').ok_or("not repetitions<TAB>work")?;
    let reps: usize = reps.parse()?;
    let mut run = match last.take() {
        Some((kept, run)) if kept == name => run,
        _ => {
            let mut run = prepare(&name.parse()?)?;
            (0..WARM_UP).try_for_each(|_| run())?;
            run
        }
    };
    let mut one = || -> Result<String, Failure> {
        let start = Instant::now();
        run()?;
        Ok((1e3 * start.elapsed().as_secs_f64()).to_string())
    };
    let times = (0..reps).map(|_| one()).collect();
    *last = Some((name.to_owned(), run));
    times
}
