//! `padgrad train --resume` and `study --resume`: what was interrupted goes on as if nothing had happened.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use padgrad::data::DataConfig;
use padgrad::study::config::RunConfig;
use padgrad::study::experiment::{RunOptions, Study};
use padgrad::study::folder::RunFolder;
use padgrad::study::progress::Event;

fn config() -> RunConfig {
    let mut config = RunConfig {
        padding: vec!["randn".into()],
        seeds: 1,
        images: 40,
        data: DataConfig {
            size: Some(12),
            train_images: Some(60),
            test_images: Some(20),
            ..DataConfig::default()
        },
        ..RunConfig::default()
    };
    config.train.epochs = 3;
    config.train.batch_size = 20;
    config
}

/// Every file below a folder; of those that say how many seconds an epoch took, the names alone.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in ["checkpoints", "logs", "cells", "patterns", "."] {
        let Ok(entries) = std::fs::read_dir(folder.join(part)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if !path.is_file() {
                continue;
            }
            let name = path
                .strip_prefix(folder)
                .expect("inside")
                .display()
                .to_string();
            let bytes = std::fs::read(&path).expect("a file");
            let timed = ["epochs.csv", ".json", ".json.gz", ".sha256"];
            let timed = timed.iter().any(|end| name.ends_with(end));
            found.insert(name, if timed { Vec::new() } else { bytes });
        }
    }
    found
}

#[test]
fn a_training_that_was_interrupted_ends_with_the_same_files() {
    goes_on(&Study::prepare_training(config()).expect("a training"));
}

#[test]
fn a_study_that_was_interrupted_ends_with_the_same_files() {
    let one_by_one = RunOptions {
        jobs: Some(1),
        ..RunOptions::default()
    };
    goes_on(&Study::prepare(config(), one_by_one).expect("a study"));
}

/// Interrupts `study` in the midst of its second epoch and goes on from the end of the first.
fn goes_on(study: &Study) {
    let place = tempfile::tempdir().expect("a folder");
    let [whole, broken] = ["whole", "broken"].map(|name| place.path().join(name));
    let folder = study.create(Some(&whole), "train").expect("a new folder");
    let wanted = study.run(&folder, &|_| {}).expect("a training");
    drop(folder);

    let folder = study.create(Some(&broken), "train").expect("a new folder");
    // In the midst of the second epoch, when two of its steps are in the log.
    let second = AtomicBool::new(false);
    let stop = |event: Event| match event {
        Event::Phase { name, .. } => second.store(name.contains("epoch 2/3"), Relaxed),
        Event::At(2) if second.load(Relaxed) => panic!("the power fails"),
        _ => {}
    };
    catch_unwind(AssertUnwindSafe(|| study.run(&folder, &stop))).expect_err("it is interrupted");
    drop(folder);
    let names: Vec<String> = files(&broken).into_keys().collect();
    assert!(
        names.contains(&"cells/randn-seed0.begun".to_string()),
        "{names:?}"
    );

    let folder = RunFolder::resume(&broken).expect("the folder of before");
    let (first, again) = (AtomicBool::new(false), AtomicBool::new(false));
    let watch = |event: Event| {
        if let Event::Phase { name, .. } = event {
            first.fetch_or(name.contains("epoch 1/3"), Relaxed);
            again.fetch_or(name.contains("epoch 2/3"), Relaxed);
        }
    };
    let found = study.run(&folder, &watch).expect("the rest of it");
    assert!(!first.into_inner() && again.into_inner());
    drop(folder);
    assert_eq!(files(&broken), files(&whole));
    let losses = |results: &[padgrad::study::results::Results]| -> Vec<(usize, f64, f64)> {
        let epochs = results.iter().flat_map(|r| &r.epochs);
        epochs
            .map(|e| (e.epoch, e.train_loss, e.test_loss))
            .collect()
    };
    assert_eq!(losses(&found), losses(&wanted));
    assert_eq!(losses(&found).len(), 3);
}
