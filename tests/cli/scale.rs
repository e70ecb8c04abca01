//! Runs that are interrupted, shared out and joined: the numbers are those of one run.

use std::path::Path;
use std::process::Stdio;

use crate::support::{command, files, padgrad, results, succeed, tiny};
use padgrad::study::results::Results;

const GRID: &str = "--padding zeros,valid --seeds 2 --measure ends --quiet";

/// Results without the time of day in them.
fn timeless(run: &Path) -> Results {
    let mut results = results(run);
    for epoch in &mut results.epochs {
        epoch.seconds = 0.0;
    }
    results
}

/// Files that tell how long something took.
fn is_timed(name: &Path) -> bool {
    let timed = ["results.json", "epochs.csv", "report.html"];
    name.starts_with("cells") || timed.iter().any(|t| name == Path::new(t))
}

#[track_caller]
fn assert_same_run(a: &Path, b: &Path) {
    assert_eq!(timeless(a), timeless(b));
    let (a, b) = (files(a), files(b));
    assert!(a.keys().eq(b.keys()), "{:?} and {:?}", a.keys(), b.keys());
    for (name, bytes) in a.iter().filter(|(name, _)| !is_timed(name)) {
        assert!(b[name] == *bytes, "{} differs", name.display());
    }
}

fn study(folder: &Path, more: &str) -> std::process::Output {
    padgrad(folder, tiny("study", &format!("{GRID} {more}")))
}

#[test]
fn a_killed_run_goes_on_where_it_was_and_ends_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    // On a busy machine a run may end before it is killed.
    let killed = (0..5).map(|attempt| format!("killed{attempt}"));
    let mut killed = killed.filter(|out| is_killed_after_a_cell(place, out));
    let killed = killed.next().expect("a run that is killed in time");
    let first = place.join(&killed).join(FIRST);
    let kept = std::fs::read(&first).expect("the finished cell");
    // It may have been killed while it wrote.
    let half = place.join(&killed).join("cells/.valid-seed1.json.1-7.tmp");
    std::fs::write(half, b"{").expect("half a cell");
    let flags = format!("{GRID} --jobs 1 --out {killed} --resume");
    succeed(place, tiny("study", &flags));
    assert_eq!(
        std::fs::read(&first).expect("the cell"),
        kept,
        "it was run again"
    );
    assert!(study(place, "--jobs 2 --out whole").status.success());
    assert_same_run(&place.join(killed), &place.join("whole"));
}

#[test]
fn two_processes_do_not_work_in_one_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    assert!(study(place, "--out run").status.success());
    let at_work = std::fs::File::create(place.join("run/.lock")).expect("the lock");
    at_work.lock().expect("nobody else holds it");
    let second = study(place, "--out run --resume");
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{told}");
    assert!(told.contains("another process is at work"), "{told}");
    drop(at_work);
    assert!(study(place, "--out run --resume").status.success());
}

const FIRST: &str = "cells/zeros-seed0.json";
const LAST: &str = "cells/valid-seed1.json";

/// Kills a run when its first cell is there; `false` where it was too late.
fn is_killed_after_a_cell(place: &Path, out: &str) -> bool {
    let mut child = command(place)
        .args(tiny("study", &format!("{GRID} --jobs 1 --out {out}")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("padgrad can be started");
    while !place.join(out).join(FIRST).is_file() {
        if child.try_wait().expect("a state").is_some() {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child
        .kill()
        .expect("it runs, or nobody has asked how it ended");
    child.wait().expect("it ends");
    !place.join(out).join(LAST).exists()
}

#[test]
fn shards_joined_are_the_whole_and_what_does_not_fit_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    for (shard, out) in [("1/2", "a"), ("2/2", "b")] {
        let done = study(place, &format!("--shard {shard} --out {out}"));
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    succeed(place, ["merge", "a", "b", "--out", "joined"]);
    assert!(study(place, "--out whole").status.success());
    assert_same_run(&place.join("joined"), &place.join("whole"));
    assert!(
        study(place, "--epochs 2 --shard 2/2 --out other")
            .status
            .success()
    );
    for (runs, expected) in [
        (&["a"][..], "no run has finished zeros-seed1, valid-seed1"),
        (&["a", "b", "whole"], "both have the cell zeros-seed0"),
        (&["a", "other"], "train.epochs is 1 and 2"),
        (&["a", "nowhere"], "nowhere"),
    ] {
        let args = ["merge"].iter().chain(runs).chain(&["--out", "bad"]);
        let output = padgrad(place, args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains(expected),
            "{runs:?}: {told}"
        );
        assert!(told.lines().count() == 1 && !place.join("bad").exists());
    }
    let differing = study(place, "--resume --images 50 --out a");
    let told = String::from_utf8_lossy(&differing.stderr);
    assert_eq!(differing.status.code(), Some(2), "{told}");
    assert!(told.contains("images is 40 and 50"), "{told}");
}

#[test]
fn several_networks_and_data_sets_have_a_folder_each() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let flags = "--padding zeros --data canvas,canvas-grey --measure ends --quiet";
    for (shard, out) in [("1/2", "a"), ("2/2", "b"), ("1/1", "whole")] {
        succeed(
            place,
            tiny("study", &format!("{flags} --shard {shard} --out {out}")),
        );
    }
    succeed(place, ["merge", "a", "b", "--out", "joined"]);
    for name in ["small-canvas", "small-canvas-grey"] {
        let [joined, whole] = ["joined", "whole"].map(|run| place.join(run).join(name));
        assert_same_run(&joined, &whole);
        assert!(!results(&whole).rows.is_empty());
    }
}
