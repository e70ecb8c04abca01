//! Notes the commit that is built, so that a run can say which code it comes from; `unknown` without git.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

/// What a build is made from.
const SOURCES: [&str; 4] = ["src", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    println!("cargo:rerun-if-env-changed=PADGRAD_COMMIT");
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    let given = std::env::var("PADGRAD_COMMIT").ok();
    let commit = given.or_else(commit).unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=PADGRAD_COMMIT={commit}");
}

/// The commit that is checked out; where the sources differ from it, with a digest of the difference.
fn commit() -> Option<String> {
    // Sources may have been unpacked inside another project's repository.
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    // A build for tests is not worth doing again for a commit alone.
    let released = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if released && Path::new(&log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    let of_sources = |command: &[&str]| git(&[command, &["--"], &SOURCES].concat());
    let changed = of_sources(&["status", "--porcelain"])?;
    if changed.is_empty() {
        return Some(head);
    }
    let mut digest = DefaultHasher::new();
    (changed, of_sources(&["diff", "HEAD"])?).hash(&mut digest);
    Some(format!("{head}+{:08x}", digest.finish() as u32))
}

/// What a command of git prints, where there is git and it succeeds.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_string())
}
