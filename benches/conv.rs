//! Times convolutions: `cargo bench --bench conv [-- TEXT]` for the works whose name holds TEXT.
//!
//! With `--serve` it answers lines `repetitions<TAB>work` on standard input with milliseconds, for a
//! script that alternates it with a peer.

mod common;

use std::io::BufRead;
use std::time::Duration;

use common::{Ready, Work, quartiles, time, works};
use padgrad::kernels::Isa;
use padgrad::kernels::simd::peak::fma_peak;

/// Time per work, roughly.
const BUDGET: Duration = Duration::from_millis(600);

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let works = works();
    match args.first().map(String::as_str) {
        Some("--serve") => serve(&works),
        text => table(&works, text.unwrap_or("")),
    }
}

fn table(works: &[Work], text: &str) {
    let threads = rayon::current_num_threads();
    let peak = fma_peak() * threads as f64;
    println!(
        "{} on {threads} threads, {peak:.0} GFLOP/s at best\n",
        Isa::active()
    );
    println!(
        "{:58} {:>9} {:>15} {:>8} {:>6}",
        "work", "ms", "quartiles", "GFLOP/s", "peak"
    );
    for work in works.iter().filter(|w| w.name.contains(text)) {
        let Ready { run, gflop } = work.prepare();
        let first = time(&run, 3)[2];
        let reps = (BUDGET.as_secs_f64() * 1e3 / first) as usize;
        let [low, median, high] = quartiles(time(&run, reps.clamp(5, 200)));
        let speed = 1e3 * gflop / median;
        println!(
            "{:58} {median:9.3} {low:7.3}-{high:7.3} {speed:8.1} {:5.0}%",
            work.name,
            1e2 * speed / peak
        );
    }
}

/// Keeps the data of the last few works, so that turns of two can alternate.
fn serve(works: &[Work]) {
    const KEPT: usize = 2;
    let mut ready: Vec<(&str, Ready)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let (reps, name) = line.split_once('\t').expect("repetitions<TAB>work");
        let work = works.iter().find(|w| w.name == name);
        let work = work.unwrap_or_else(|| panic!("no work {name}"));
        if !ready.iter().any(|(n, _)| *n == name) {
            ready.truncate(KEPT - 1);
            ready.insert(0, (work.name, work.prepare()));
            time(&ready[0].1.run, 2);
        }
        let run = &ready
            .iter()
            .find(|(n, _)| *n == name)
            .expect("just made")
            .1
            .run;
        let times = time(run, reps.parse().expect("a number of repetitions"));
        let times: Vec<String> = times.iter().map(f64::to_string).collect();
        println!("{}", times.join(" "));
    }
}
