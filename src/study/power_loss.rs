//! A study that loses its power: on a disk that keeps nothing but what was flushed, it goes on and ends the same.
//!
//! The disk is a recorded write order, replayed up to any change; there are three kinds, which lose the names that
//! were not flushed, the content that was not, or both. `PADGRAD_KILLS` says how many states are tried.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::config::RunConfig;
use super::experiment::{RunOptions, Study};
use crate::files::read_unpacked;
use crate::files::recorded::{Lost, Recording};

/// States that are tried unless more are asked for.
const STATES: usize = 40;

fn study() -> Study {
    let options = RunOptions {
        jobs: Some(1),
        ..RunOptions::default()
    };
    Study::prepare(RunConfig::tiny(), options).expect("a study")
}

/// Goes on with the study in `out`, whatever is there.
fn go_on(study: &Study, out: &Path) {
    let folder = study.resume(out, &|_| {}).expect("a folder to go on in");
    let folder = folder.made_by("padgrad study");
    study.run(&folder, &|_| {}).expect("a whole study");
}

/// Every file of a run, without when and how long anything was.
fn content(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![run.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(run)
                .expect("inside")
                .display()
                .to_string();
            let mut bytes = read_unpacked(&path, 1 << 30).expect("a file");
            if name.ends_with(".json") || name.ends_with(".json.gz") {
                let mut value: Value = serde_json::from_slice(&bytes).expect("JSON");
                forget_time(&mut value);
                bytes = value.to_string().into_bytes();
            } else if ["epochs.csv", "checksums.sha256"].contains(&name.as_str()) {
                bytes.clear();
            }
            found.insert(name, bytes);
        }
    }
    found
}

/// Takes out what another run has otherwise: when it was, how long it took, and the seal over both.
fn forget_time(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for field in ["seconds", "date", "sha256"] {
                fields.remove(field);
            }
            fields.values_mut().for_each(forget_time);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_time),
        _ => {}
    }
}

#[test]
fn a_study_goes_on_from_what_a_loss_of_power_has_left() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let place = place.path().canonicalize().expect("a real path");
    let root = place.join("root");
    fs::create_dir(&root).expect("a folder");
    let study = study();
    let recording = Recording::of(&root, || go_on(&study, &root.join("run")));
    let wanted = content(&root.join("run"));
    let asked = std::env::var("PADGRAD_KILLS").ok();
    let states = asked.map_or(STATES, |text| text.parse().expect("a number"));
    // Every change of the run once, in an order that meets all parts of it early.
    let stride = (0..).map(|i| i * 97 % recording.len());
    let kinds = [Lost::All, Lost::Content, Lost::Names];
    for (count, lost) in stride.zip(kinds.into_iter().cycle()).take(states) {
        let broken = place.join("broken");
        fs::create_dir(&broken).expect("a folder");
        recording.restore(count, lost, &broken);
        go_on(&study, &broken.join("run"));
        let found = content(&broken.join("run"));
        let names = found.keys().chain(wanted.keys());
        let different: Vec<&String> = names.filter(|n| found.get(*n) != wanted.get(*n)).collect();
        let all = recording.len();
        assert!(
            different.is_empty(),
            "after {count} of {all} changes, {lost:?}: {different:?}"
        );
        fs::remove_dir_all(&broken).expect("a folder to remove");
    }
}
