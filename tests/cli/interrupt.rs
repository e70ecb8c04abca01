//! Runs that are asked to stop, or are killed, and go on.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{command, files, padgrad, results, succeed, timeless, tiny};

/// Starts `padgrad`, which is then asked to stop.
fn start(folder: &Path, args: &[String]) -> Child {
    let mut command = command(folder);
    command
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().expect("padgrad can be started")
}

fn send(child: &Child, signal: &str) {
    let number = child.id().to_string();
    let sent = Command::new("kill").args([signal, &number]).status();
    assert!(sent.expect("kill can be started").success());
}

/// Waits until a file has this many bytes.
fn wait_for(child: &mut Child, path: &Path, bytes: u64) {
    while !path.metadata().is_ok_and(|found| found.len() >= bytes) {
        let ended = child.try_wait().expect("a state");
        assert!(ended.is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn ended(child: Child) -> (Output, String) {
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, told)
}

/// Checks that two runs have the same files, and the same in all that do not say how long anything took.
fn assert_same(run: &Path, wanted: &Path) {
    assert_eq!(timeless(results(run)), timeless(results(wanted)));
    let (found, wanted) = (files(run), files(wanted));
    assert!(found.keys().eq(wanted.keys()), "{:?}", found.keys());
    let timed = [
        "cells",
        "checksums.sha256",
        "results.json",
        "epochs.csv",
        "report.html",
    ];
    for (name, bytes) in found {
        let same = bytes == wanted[&name] || timed.iter().any(|timed| name.starts_with(timed));
        assert!(same, "{}", name.display());
    }
}

#[test]
fn a_study_that_is_asked_to_stop_says_how_to_go_on_and_ends_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let study = |out: &str| {
        let flags = "--padding zeros,randn --seeds 2 --epochs 12 --measure-every 4 --threads 2";
        tiny("study", &format!("{flags} --out {out}"))
    };
    succeed(place, study("whole"));
    for (signal, code, lines) in [("-INT", 130, 4), ("-TERM", 143, 20)] {
        let out = format!("my run{signal}");
        let mut args = study("");
        args.push(out.clone());
        let run = place.join(&out);
        let mut child = start(place, &args);
        let log = run.join("logs/zeros-seed0.jsonl");
        wait_for(&mut child, &log, 100 * lines);
        send(&child, signal);
        let (output, told) = ended(child);
        assert_eq!(output.status.code(), Some(code), "{told}");
        let how = format!("go on with: padgrad study --resume --out '{out}'");
        assert!(told.trim_end().ends_with(&how), "{told}");
        assert!(!run.join("report.html").exists(), "it ended too early");
        let names: Vec<_> = files(&run).into_keys().collect();
        let begun = names
            .iter()
            .any(|name| name.extension() == Some("begun".as_ref()));
        assert!(begun, "{names:?}");
        succeed(place, ["study", "--resume", "--quiet", "--out", &out]);
        assert_same(&run, &place.join("whole"));
    }
}

#[test]
fn a_training_that_is_asked_to_stop_goes_on_inside_its_epoch() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    // One epoch of 200 steps: whatever is kept before its end lies inside it.
    let train = |out: &str| {
        let flags = "--padding randn --train-images 400 --batch-size 2 --optimizer adam --lr 0.001";
        tiny("train", &format!("{flags} --out {out}"))
    };
    succeed(place, train("whole"));
    let mut child = start(place, &train("broken"));
    wait_for(
        &mut child,
        &place.join("broken/logs/randn-seed0.jsonl"),
        2000,
    );
    send(&child, "-INT");
    let (output, told) = ended(child);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(
        told.contains("go on with: padgrad train --resume --out broken"),
        "{told}"
    );
    let names = files(&place.join("broken/checkpoints")).into_keys();
    let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
    assert!(names.len() == 1 && names[0].contains("step-"), "{names:?}");
    succeed(place, ["train", "--resume", "--quiet", "--out", "broken"]);
    let [found, wanted] = ["broken", "whole"].map(|run| files(&place.join(run)));
    assert!(found.keys().eq(wanted.keys()), "{:?}", found.keys());
    for part in [
        "checkpoints/randn-seed0-final.safetensors",
        "logs/randn-seed0.jsonl",
    ] {
        assert!(found[Path::new(part)] == wanted[Path::new(part)], "{part}");
    }
    let losses = |files: &std::collections::BTreeMap<_, Vec<u8>>| {
        let text = String::from_utf8_lossy(&files[Path::new("epochs.csv")]).into_owned();
        let kept = |line: &str| {
            line.rsplit_once(',')
                .map(|(rest, _seconds)| rest.to_string())
        };
        text.lines().map(kept).collect::<Vec<_>>()
    };
    assert_eq!(losses(&found), losses(&wanted));
}

#[test]
fn a_second_request_ends_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The pass over 3000 images before training takes seconds, and only then does the first request count.
    let flags =
        "--padding zeros --train-images 3000 --size 48 --batch-size 100 --threads 1 --out run";
    let mut child = start(folder.path(), &tiny("train", flags));
    wait_for(
        &mut child,
        &folder.path().join("run/logs/zeros-seed0.jsonl"),
        0,
    );
    send(&child, "-TERM");
    std::thread::sleep(Duration::from_millis(100));
    assert!(
        child.try_wait().expect("a state").is_none(),
        "it did not end its step"
    );
    let asked = Instant::now();
    send(&child, "-TERM");
    let (output, told) = ended(child);
    assert_eq!(output.status.code(), Some(143), "{told}");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(
        told.contains("stopping after this step") && !told.contains("--resume"),
        "{told}"
    );
}

#[test]
fn a_folder_that_was_hardly_begun_is_gone_on_with_and_another_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let flags = "--data canvas,canvas-grey --padding zeros --measure ends --quiet";
    let study = |more: &str| tiny("study", &format!("{flags} {more}"));
    succeed(place, study("--out whole"));
    // What is there when a study is killed while it makes its folder.
    let inner = place.join("early/small-canvas");
    std::fs::create_dir_all(&inner).expect("a folder");
    for name in [
        "early/.lock",
        "early/.config.toml.12-0.tmp",
        "early/small-canvas/config.toml",
    ] {
        std::fs::write(place.join(name), "").expect("a write");
    }
    succeed(place, study("--resume --out early"));
    assert_same(
        &place.join("early/small-canvas"),
        &place.join("whole/small-canvas"),
    );
    let configs = |run: &str| {
        let all = files(&place.join(run)).into_iter();
        all.filter(|(name, _)| name.ends_with("config.toml"))
            .collect::<Vec<_>>()
    };
    assert_eq!(configs("early").len(), 3);
    assert_eq!(configs("early"), configs("whole"));

    std::fs::create_dir(place.join("photos")).expect("a folder");
    std::fs::write(place.join("photos/mine.jpg"), "mine").expect("a write");
    let output = padgrad(place, study("--resume --out photos"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("photos: there is no config.toml in it"),
        "{told}"
    );
    assert_eq!(files(&place.join("photos")).len(), 1);
}

#[test]
fn a_merge_that_was_killed_is_run_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let study = |more: &str| {
        succeed(
            place,
            tiny("study", &format!("--padding zeros,reflect --quiet {more}")),
        );
    };
    study("--out whole");
    study("--shard 1/2 --out a");
    study("--shard 2/2 --out b");
    // What is there when a merge is killed while it copies.
    std::fs::create_dir_all(place.join("m/cells")).expect("a folder");
    std::fs::write(place.join("m/.merging"), "").expect("a write");
    std::fs::write(place.join("m/cells/zeros-seed0.json.gz"), "{\"half\"").expect("a write");
    succeed(place, ["merge", "a", "b", "--out", "m"]);
    assert_same(&place.join("m"), &place.join("whole"));
    let again = padgrad(place, ["merge", "a", "b", "--out", "m"]);
    assert_eq!(
        again.status.code(),
        Some(2),
        "a whole merge is not overwritten"
    );
}

#[test]
fn logs_and_locks_follow_no_link_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let train = |more: &str| tiny("train", &format!("--padding zeros --quiet {more}"));
    succeed(place, train("--out whole"));
    let mine = place.join("mine");
    std::fs::write(&mine, "mine").expect("a write");
    std::fs::create_dir(place.join("elsewhere")).expect("a folder");
    for (out, link) in [
        ("a", "logs/zeros-seed0.jsonl"),
        ("b", ".lock"),
        ("c", "logs"),
    ] {
        let path = place.join(out).join(link);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let config = place.join(out).join("config.toml");
        std::fs::copy(place.join("whole/config.toml"), config).expect("a copy");
        let target = if link == "logs" {
            place.join("elsewhere")
        } else {
            mine.clone()
        };
        symlink(target, &path).expect("a link");
        let output = padgrad(place, train(&format!("--resume --out {out}")));
        let told = String::from_utf8_lossy(&output.stderr);
        match link {
            // A log is begun anew, in the place of the link.
            "logs/zeros-seed0.jsonl" => assert!(path.symlink_metadata().expect("a log").is_file()),
            _ => assert!(told.contains("a link leads from here"), "{link}: {told}"),
        }
        assert_eq!(std::fs::read(&mine).expect("a file"), b"mine", "{link}");
        assert!(files(&place.join("elsewhere")).is_empty(), "{link}");
    }
}
