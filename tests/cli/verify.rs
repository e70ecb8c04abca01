//! `padgrad verify` reports every damage to a run, and so do the commands that read it.

use std::path::{Path, PathBuf};

use crate::support::{files, padgrad, succeed, tiny};
use padgrad::study::verify::{Fault, verify};

const RUN: &str = "--padding zeros,valid --measure ends --quiet --out run";

/// What was done to a file, and the fault that it is.
type Damage = (&'static str, fn(&[u8]) -> Option<Vec<u8>>, Fault);

const DAMAGES: [Damage; 6] = [
    ("deleted", |_| None, Fault::Missing),
    ("emptied", |_| Some(Vec::new()), Fault::Damaged),
    ("cut", |b| Some(b[..b.len() / 2].to_vec()), Fault::Damaged),
    ("flipped at its begin", |b| flipped(b, 0), Fault::Damaged),
    (
        "flipped inside",
        |b| flipped(b, b.len() * 2 / 3),
        Fault::Damaged,
    ),
    ("longer", |b| Some([b, b"\n"].concat()), Fault::Damaged),
];

fn flipped(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    Some(bytes)
}

/// The faults of a run, as its only findings.
fn faults(run: &Path) -> Vec<(Fault, PathBuf)> {
    let found = verify(run).expect("a run folder");
    assert!(found.findings.iter().all(|f| !f.remedy.is_empty()));
    let findings = found.findings.into_iter();
    findings.map(|f| (f.fault, PathBuf::from(f.file))).collect()
}

#[test]
fn every_damage_is_told_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    succeed(folder.path(), tiny("study", RUN));
    succeed(folder.path(), ["figures", "run"]);
    succeed(folder.path(), ["report", "run"]);
    assert_eq!(faults(&run), [], "nothing is wrong");
    let all = files(&run);
    let mut trials = 0;
    for (name, bytes) in &all {
        for (words, damage, fault) in DAMAGES {
            let path = run.join(name);
            match damage(bytes) {
                Some(damaged) => std::fs::write(&path, damaged).expect("a write"),
                None => std::fs::remove_file(&path).expect("a file"),
            }
            let told = faults(&run);
            assert_eq!(told, [(fault, name.clone())], "{}, {words}", name.display());
            std::fs::write(&path, bytes).expect("a write");
            trials += 1;
        }
    }
    // Two files that change places: each sound in itself.
    let names: Vec<&PathBuf> = all.keys().collect();
    for pair in names.windows(2).filter(|pair| all[pair[0]] != all[pair[1]]) {
        let [a, b] = [pair[0], pair[1]];
        std::fs::write(run.join(a), &all[b]).expect("a write");
        std::fs::write(run.join(b), &all[a]).expect("a write");
        let told = faults(&run);
        for name in [a, b] {
            let named = |(fault, file): &(Fault, PathBuf)| *fault == Fault::Damaged && file == name;
            assert!(
                told.iter().any(named),
                "{} and {}",
                a.display(),
                b.display()
            );
        }
        std::fs::write(run.join(a), &all[a]).expect("a write");
        std::fs::write(run.join(b), &all[b]).expect("a write");
        trials += 1;
    }
    for foreign in [
        "notes.txt",
        "patterns/zeros-seed1-final-features.0.npy",
        "cells/zeros-seed7.json.gz",
    ] {
        std::fs::write(run.join(foreign), b"x").expect("a write");
        let fault = if foreign.starts_with("cells") {
            Fault::Damaged
        } else {
            Fault::Foreign
        };
        assert_eq!(faults(&run), [(fault, PathBuf::from(foreign))]);
        std::fs::remove_file(run.join(foreign)).expect("a file");
        trials += 1;
    }
    assert!(trials > 215, "{trials} trials");
    assert_eq!(faults(&run), [], "all is as it was");
    println!("{trials} damages, all told");
}

#[test]
fn what_is_read_is_checked_and_what_is_damaged_can_be_made_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (place, run) = (folder.path(), folder.path().join("run"));
    succeed(place, tiny("study", RUN));
    let all = files(&run);
    let resume = || padgrad(place, tiny("study", &format!("{RUN} --resume")));
    let report = || padgrad(place, ["report", "run"]);
    let told = |output: std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let damage = |name: &str| {
        let path = run.join(name);
        let bytes = std::fs::read(&path).expect("a file");
        let damaged = flipped(&bytes, bytes.len() / 2).expect("bytes");
        std::fs::write(&path, damaged).expect("a write");
    };
    // A digit that changes leaves good JSON and a good picture of a wrong pattern.
    for (name, by_resume) in [
        ("results.json", false),
        ("patterns/zeros-seed0-final-features.0.npy", false),
        ("cells/zeros-seed0.json.gz", true),
        ("checksums.sha256", true),
    ] {
        damage(name);
        let output = if by_resume { resume() } else { report() };
        let (code, text) = (output.status.code(), told(output));
        assert!(code == Some(1) && text.contains(name), "{name}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let output = padgrad(place, ["verify", "run"]);
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(lines.contains(&format!("damaged     {name}: ")), "{lines}");
        assert!(told(output).contains("1 damaged"));
        std::fs::write(run.join(name), &all[Path::new(name)]).expect("a write");
    }
    // The remedies that verify names.
    damage("patterns/valid-seed0-init-features.3.npy");
    std::fs::remove_file(run.join("cells/valid-seed0.json.gz")).expect("a file");
    for name in ["results.csv", "report.html", "checksums.sha256"] {
        std::fs::remove_file(run.join(name)).expect("a file");
    }
    assert!(!padgrad(place, ["verify", "run"]).status.success());
    succeed(place, tiny("study", &format!("{RUN} --resume")));
    succeed(place, ["verify", "run"]);
    let again = files(&run);
    assert!(again.keys().eq(all.keys()));
    for (name, bytes) in all.iter().filter(|(name, _)| name.starts_with("patterns")) {
        assert!(again[name] == *bytes, "{} differs", name.display());
    }
    let nothing = padgrad(place, ["verify", "."]);
    assert!(told(nothing).contains("it holds no run"));
}

#[test]
fn other_runs_and_grids_are_verified_too_and_merge_takes_nothing_damaged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let flags = "--padding zeros,valid --data canvas,canvas-grey --measure ends --quiet";
    for (shard, out) in [("1/2", "a"), ("2/2", "b")] {
        succeed(
            place,
            tiny("study", &format!("{flags} --shard {shard} --out {out}")),
        );
        succeed(place, ["verify", out]);
    }
    succeed(place, ["merge", "a", "b", "--out", "joined"]);
    succeed(place, ["verify", "joined"]);
    let checkpoint = "joined/small-canvas/checkpoints/zeros-seed0-final.safetensors";
    let measure = [
        "measure",
        "--checkpoint",
        checkpoint,
        "--images",
        "40",
        "--quiet",
    ];
    succeed(
        place,
        measure
            .into_iter()
            .chain(["--save-images", "--out", "measured"]),
    );
    succeed(place, ["verify", "measured"]);
    let pattern = "small-canvas/patterns/zeros-seed0-final-features.0.npy";
    let from = ["a", "b"].map(|run| place.join(run).join(pattern));
    let from = from.iter().find(|path| path.is_file()).expect("one has it");
    let mut bytes = std::fs::read(from).expect("a pattern");
    bytes[200] ^= 1;
    std::fs::write(from, bytes).expect("a write");
    let output = padgrad(place, ["merge", "a", "b", "--out", "bad"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains(pattern) && told.contains("checksum"),
        "{told}"
    );
    assert!(!output.status.success() && !place.join("bad").exists());
}
