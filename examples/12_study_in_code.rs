//! 12. A study in code: what `padgrad study` does, without the command.
//!
//! Two paddings and the control, two seeds each, trained and measured before, during and after training. The
//! folder is that of the command: `padgrad report` makes a page of it, and `padgrad swap` takes its networks.
//!
//! Run with `cargo run --release --example 12_study_in_code`. It prints:
//!
//! ```text
//! ```

use padgrad::data::DataConfig;
use padgrad::error::Result;
use padgrad::study::config::RunConfig;
use padgrad::study::experiment::{RunOptions, Study};
use padgrad::study::progress::Event;
use padgrad::study::summary::{FINAL, Summary};
use padgrad::train::TrainConfig;

fn main() -> Result<()> {
    let config = RunConfig {
        padding: ["zeros", "circular", "valid"].map(String::from).into(),
        seeds: 2,
        images: 80,
        data: DataConfig {
            size: Some(24),
            train_images: Some(640),
            test_images: Some(200),
            ..DataConfig::named("canvas-grey")
        },
        train: TrainConfig {
            epochs: 2,
            ..TrainConfig::default()
        },
        ..RunConfig::default()
    };
    let study = Study::prepare(config, RunOptions::default())?;
    let out = std::env::temp_dir().join(format!("padgrad-12-{}", std::process::id()));
    let folder = study.create(Some(&out), "study")?;
    let all = study.run(&folder, &|event| {
        if let Event::Line(text) = event {
            eprintln!("{text}");
        }
    })?;
    let results = &all[0];
    let summary = Summary::new(results);
    let last = summary.last_layer().expect("five convolutions");
    for scheme in summary.schemes() {
        let ppp = summary.estimate(scheme, FINAL, last, "mae_ppp");
        println!("{scheme:<9} {} at {last}", ppp.expect("two seeds").value);
    }
    for row in results.growth.iter().filter(|row| row.layer == last) {
        println!("{row:?}");
    }
    std::fs::remove_dir_all(&out).expect("a folder of this program");
    Ok(())
}
