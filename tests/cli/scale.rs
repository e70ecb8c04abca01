//! Runs that are interrupted, shared out and joined: the numbers are those of one run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::support::{command, files, padgrad, results, succeed, timeless, tiny};
use padgrad::study::folder::RunFolder;

const GRID: &str = "--padding zeros,valid --seeds 2 --measure ends --quiet";

/// Files that tell how long something took.
fn is_timed(name: &Path) -> bool {
    let timed = [
        "results.json",
        "epochs.csv",
        "report.html",
        "checksums.sha256",
    ];
    name.starts_with("cells") || timed.iter().any(|t| name == Path::new(t))
}

#[track_caller]
fn assert_same_run(a: &Path, b: &Path) {
    assert_eq!(timeless(results(a)), timeless(results(b)));
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
    let half = place
        .join(&killed)
        .join("cells/.valid-seed1.json.gz.1-7.tmp");
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
    let refused = RunFolder::resume(&place.join("run")).expect_err("it is held");
    assert!(
        refused.to_string().contains("another process is at work"),
        "{refused}"
    );
    // A process that goes on waits for the one before it, which may still save.
    let mut second = command(place)
        .args(tiny("study", &format!("{GRID} --out run --resume")))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("padgrad can be started");
    let mut told = String::new();
    let lines = second.stderr.as_mut().expect("its errors");
    let read = BufReader::new(lines).read_line(&mut told);
    read.expect("a line");
    assert!(told.contains("at work in it; waiting up to"), "{told}");
    drop(at_work);
    assert!(second.wait().expect("it ends").success());
}

const FIRST: &str = "cells/zeros-seed0.json.gz";
const LAST: &str = "cells/valid-seed1.json.gz";

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

/// The message of a command that must be refused.
#[track_caller]
fn refused(output: std::process::Output) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn cells_of_other_settings_are_not_joined_whatever_config_toml_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let run = "--padding zeros,valid --measure ends --quiet";
    let out = |more: &str| tiny("study", &format!("{run} {more}"));
    succeed(place, out("--shard 1/2 --out a"));
    succeed(place, out("--shard 2/2 --out b --epochs 3"));
    let config = |name: &str| place.join(name).join("config.toml");
    let [one, three] = ["a", "b"].map(|name| std::fs::read_to_string(config(name)).expect("TOML"));
    // Settings that are edited.
    std::fs::write(config("a"), &three).expect("a write");
    let resumed = padgrad(place, ["study", "--resume", "--quiet", "--out", "a"]);
    let told = refused(resumed);
    assert!(
        told.contains("zeros-seed0.json.gz") && told.contains("train.epochs is 1 and 3"),
        "{told}"
    );
    let told = refused(padgrad(place, ["report", "a"]));
    assert!(told.contains("train.epochs is 3 and 1"), "{told}");
    // Shards of different settings under one config.toml.
    let told = refused(padgrad(place, ["merge", "a", "b", "--out", "bad"]));
    assert!(
        told.contains("zeros-seed0.json.gz") && told.contains("train.epochs is 1 and 3"),
        "{told}"
    );
    assert!(!place.join("bad").exists());
    // No settings, which would be those of the default study.
    std::fs::write(config("a"), "").expect("a write");
    let resumed = padgrad(place, ["study", "--resume", "--quiet", "--out", "a"]);
    let told = refused(resumed);
    assert!(
        told.contains("zeros-seed0.json.gz") && told.contains(" is "),
        "{told}"
    );
    // More seeds change no cell: they are worked on beside the finished one.
    let more = one.replace("seeds = 1", "seeds = 2");
    std::fs::write(config("a"), more).expect("a write");
    succeed(place, ["study", "--resume", "--quiet", "--out", "a"]);
    assert_eq!(results(&place.join("a")).epochs.len(), 4);
    // Fewer leave a cell that is none of the study's.
    std::fs::write(config("a"), &one).expect("a write");
    let told = refused(padgrad(
        place,
        ["study", "--resume", "--quiet", "--out", "a"],
    ));
    assert!(
        told.contains("seed1.json.gz: it is none of the cells"),
        "{told}"
    );
    for command in ["swap", "surgery"] {
        let runs = [
            command,
            "--quiet",
            "--images",
            "40",
            "--checkpoints",
            "a",
            "b",
        ];
        let told = refused(padgrad(place, runs));
        assert!(told.contains("train.epochs is 1 and 3"), "{told}");
    }
}

#[test]
fn cells_of_two_instruction_sets_are_joined_only_when_told_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let shard = |shard: &str, out: &str, isa: Option<&str>| {
        let flags =
            format!("--padding zeros,valid --measure ends --quiet --shard {shard} --out {out}");
        let mut command = command(place);
        if let Some(isa) = isa {
            command.env("PADGRAD_ISA", isa);
        }
        assert!(
            command
                .args(tiny("study", &flags))
                .status()
                .expect("it starts")
                .success()
        );
    };
    shard("1/2", "a", Some("scalar"));
    shard("2/2", "b", None);
    let known = |name: &str| results(&place.join(name)).isa;
    if known("b") == "scalar" {
        return;
    }
    let told = refused(padgrad(place, ["merge", "a", "b", "--out", "joined"]));
    assert!(told.contains("instruction set is "), "{told}");
    succeed(place, ["merge", "a", "b", "--any-isa", "--out", "joined"]);
    assert_eq!(known("joined"), format!("scalar; {}", known("b")));
    let flags = "--padding zeros,valid --measure ends --quiet --resume --out a";
    let told = refused(padgrad(place, tiny("study", flags)));
    assert!(told.contains("instruction set is scalar and "), "{told}");
    succeed(place, tiny("study", &format!("{flags} --any-isa")));
    succeed(place, ["verify", "a"]);
}
