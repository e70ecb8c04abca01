//! Times the works of `peers/works.csv`: `cargo bench --bench conv [-- TEXT]` for those whose name holds
//! TEXT.
//!
//! With `--serve` it answers lines `repetitions<TAB>work` on standard input with milliseconds, for a
//! script that alternates it with a peer; with `--peak WORK` it runs a work a few times and prints the
//! most memory that the process ever held, in MB.

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
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let works = works();
    match args[..] {
        [] => table(&works, ""),
        ["--serve"] => serve(&works),
        ["--peak", name] => peak(find(&works, name)),
        [text] => table(&works, text),
        _ => panic!("one argument: TEXT in a work's name, --serve, or --peak WORK"),
    }
}

fn find<'a>(works: &'a [Work], name: &str) -> &'a Work {
    let work = works.iter().find(|w| w.name == name);
    work.unwrap_or_else(|| panic!("no work {name}"))
}

fn table(works: &[Work], text: &str) {
    let threads = rayon::current_num_threads();
    let isa = Isa::active();
    let peak = fma_peak() * threads as f64;
    println!("{threads} threads, {peak:.0} GFLOP/s at best\n");
    println!(
        "{:62} {:>7} {:>9} {:>17} {:>8} {:>5} {:>7}",
        "work", "isa", "ms", "quartiles", "GFLOP/s", "peak", "speed"
    );
    let mut medians: Vec<(&str, f64)> = Vec::new();
    let timed = works.iter().filter(|w| w.timed && w.name.contains(text));
    for work in timed {
        let Ready { run, gflop } = work.prepare();
        let first = time(&run, 3)[2];
        let reps = (BUDGET.as_secs_f64() * 1e3 / first) as usize;
        let [low, median, high] = quartiles(time(&run, reps.clamp(5, 200)));
        print!(
            "{:62} {isa:>7} {median:9.3} {low:8.3}-{high:8.3}",
            work.name
        );
        match gflop.map(|gflop| 1e3 * gflop / median) {
            Some(speed) => print!(" {speed:8.1} {:4.0}%", 1e2 * speed / peak),
            None => print!(" {:8} {:5}", "", ""),
        }
        // How much of the speed of another work it keeps, such as that of zeros.
        match medians.iter().find(|(name, _)| *name == work.against) {
            Some((_, other)) => println!(" {:7.2}", other / median),
            None => println!(),
        }
        medians.push((work.name, median));
    }
}

/// Keeps the data of the last few works, so that turns of two can alternate.
fn serve(works: &[Work]) {
    const KEPT: usize = 2;
    let mut ready: Vec<(&str, Ready)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let (reps, name) = line.split_once('\t').expect("repetitions<TAB>work");
        if !ready.iter().any(|(n, _)| *n == name) {
            let work = find(works, name);
            ready.truncate(KEPT - 1);
            ready.insert(0, (work.name, work.prepare()));
            time(&ready[0].1.run, 2);
        }
        let found = ready.iter().find(|(n, _)| *n == name);
        let run = &found.expect("just made").1.run;
        let times = time(run, reps.parse().expect("a number of repetitions"));
        let times: Vec<String> = times.iter().map(f64::to_string).collect();
        println!("{}", times.join(" "));
    }
}

/// Prints the most memory that this process held while it ran a work.
fn peak(work: &Work) {
    const RUNS: usize = 5;
    time(&work.prepare().run, RUNS);
    let status = std::fs::read_to_string("/proc/self/status").expect("a system with /proc");
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().nth(1));
    let kib: f64 = kib.and_then(|n| n.parse().ok()).expect("VmHWM in kB");
    println!("{}", kib / 1024.0);
}
