//! 12. A study in code: what `padgrad study` does, without the command.
//!
//! **Question**: two paddings, two seeds each, and a control: for which of them may one say that PPP grew in
//! training?
//!
//! Two paddings and the control, two seeds each, are trained and measured before, during and after training. The
//! folder is that of the command: `padgrad report` makes a page of it, `padgrad swap` takes its networks. Growth is
//! claimed from the differences of the networks with their own initial points.
//!
//! Run with `cargo run --release --example 12_study_in_code`. It prints (values within 5%):
//!
//! ```text
//! [1/6] zeros, seed 0: epoch 1 of 2
//! [1/6] zeros, seed 0: epoch 2 of 2
//! [2/6] zeros, seed 1: epoch 1 of 2
//! [2/6] zeros, seed 1: epoch 2 of 2
//! [3/6] circular, seed 0: epoch 1 of 2
//! [3/6] circular, seed 0: epoch 2 of 2
//! [4/6] circular, seed 1: epoch 1 of 2
//! [4/6] circular, seed 1: epoch 2 of 2
//! [5/6] valid, seed 0: epoch 1 of 2
//! [5/6] valid, seed 0: epoch 2 of 2
//! [6/6] valid, seed 1: epoch 1 of 2
//! [6/6] valid, seed 1: epoch 2 of 2
//! zeros    RMS-PPP 0.31
//! circular RMS-PPP 0.08
//! valid    RMS-PPP 0.00
//! zeros    ×1.2 [0.5, 3.2]: no claim
//! circular ×2.4 [1.7, 3.3]: grew
//! ```
//!
//! **Exercise**: give the same study four seeds. What becomes of the intervals, and of the claims? Then see the
//! end of the file, and add `-- --answer` to the command.

use padgrad::data::DataConfig;
use padgrad::error::Result;
use padgrad::study::claims::{Course, FEATURE_UNITS, Verdict, shown_growth};
use padgrad::study::config::RunConfig;
use padgrad::study::experiment::{RunOptions, Study};
use padgrad::study::finished::Run;
use padgrad::study::progress::Event;
use padgrad::study::summary::{FINAL, Summary};

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    eprintln!("Guess first: of which paddings will it say that PPP grew?");
    study(["zeros", "circular", "valid"].map(String::from).into(), 2)
}

/// Trains and measures, then prints what may be claimed.
fn study(padding: Vec<String>, seeds: usize) -> Result<()> {
    let mut config = RunConfig {
        padding,
        seeds,
        images: 80,
        data: DataConfig {
            size: Some(24),
            train_images: Some(640),
            test_images: Some(200),
            ..DataConfig::named("canvas-grey")
        },
        ..RunConfig::default()
    };
    config.train.epochs = 2;
    // One cell at a time, so that their lines come in order.
    let options = RunOptions {
        jobs: Some(1),
        ..RunOptions::default()
    };
    let study = Study::prepare(config, options)?;
    let out = std::env::temp_dir().join(format!("padgrad-12-{}", std::process::id()));
    let folder = study.create(Some(&out), "study")?;
    study.run(&folder, &|event| {
        if let Event::Epoch {
            cell,
            epochs,
            record,
        } = event
        {
            println!("{cell}: epoch {} of {epochs}", record.epoch);
        }
    })?;
    // What is written can be read by any program, at any time.
    let results = Run::read(folder.path())?.results;
    let summary = Summary::new(&results);
    let last = summary.last_layer().expect("five convolutions");
    for scheme in summary.schemes() {
        let ppp = summary.estimate(scheme, FINAL, last, FEATURE_UNITS);
        println!("{scheme:<8} RMS-PPP {:.2}", ppp.expect("two seeds").value);
    }
    for change in shown_growth(&results, last, FEATURE_UNITS) {
        let claim = match change.verdict {
            Verdict::Grew => "grew",
            _ => "no claim",
        };
        let by = match change.course {
            Course::Factor(factor) => {
                let [lo, hi] = [factor.lo, factor.hi].map(Option::unwrap_or_default);
                format!("×{:.1} [{lo:.1}, {hi:.1}]", factor.value)
            }
            // Where chance could give one of the ends, there is no factor.
            other => format!("{other:?}"),
        };
        println!("{:<8} {by}: {claim}", change.scheme);
    }
    std::fs::remove_dir_all(&out).expect("a folder of this program");
    Ok(())
}

/// **Answer**: they shrink, since the spread of the seeds is known better and counts less. Circular's growth stands.
/// Zeros' interval still holds 1, so that nothing is claimed of it: this is not the same as no growth
/// (values within 5%).
///
/// ```text
/// [1/8] zeros, seed 0: epoch 1 of 2
/// [1/8] zeros, seed 0: epoch 2 of 2
/// [2/8] zeros, seed 1: epoch 1 of 2
/// [2/8] zeros, seed 1: epoch 2 of 2
/// [3/8] zeros, seed 2: epoch 1 of 2
/// [3/8] zeros, seed 2: epoch 2 of 2
/// [4/8] zeros, seed 3: epoch 1 of 2
/// [4/8] zeros, seed 3: epoch 2 of 2
/// [5/8] circular, seed 0: epoch 1 of 2
/// [5/8] circular, seed 0: epoch 2 of 2
/// [6/8] circular, seed 1: epoch 1 of 2
/// [6/8] circular, seed 1: epoch 2 of 2
/// [7/8] circular, seed 2: epoch 1 of 2
/// [7/8] circular, seed 2: epoch 2 of 2
/// [8/8] circular, seed 3: epoch 1 of 2
/// [8/8] circular, seed 3: epoch 2 of 2
/// zeros    RMS-PPP 0.32
/// circular RMS-PPP 0.09
/// zeros    ×1.2 [0.9, 1.7]: no claim
/// circular ×2.7 [2.0, 3.6]: grew
/// ```
fn answer() -> Result<()> {
    study(["zeros", "circular"].map(String::from).into(), 4)
}
