//! Runs the real `padgrad` on workloads of a second.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use padgrad::study::results::Results;

/// A command in `folder`, away from any data set and from the user's settings.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_padgrad"));
    command
        .current_dir(folder)
        .env_remove("PADGRAD_DATA")
        .env("HOME", folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    command
}

/// Runs `padgrad` with these arguments in `folder`.
pub fn padgrad<I: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = I>) -> Output {
    command(folder)
        .args(args)
        .output()
        .expect("padgrad can be started")
}

/// Says that a test is skipped, and why, where it is seen although the test passes: what macros print is not.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// The same where it must succeed.
#[track_caller]
pub fn succeed<I: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = I>) -> Output {
    let output = padgrad(folder, args);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {told}", output.status);
    output
}

/// `name` and a tiny workload, then more flags, which may override it.
pub fn tiny(name: &str, more: &str) -> Vec<String> {
    let workload = "--train-images 60 --test-images 40 --size 24 --epochs 1 --batch-size 20";
    let measured = if name == "study" { "--images 40" } else { "" };
    let all = format!("{name} {workload} {measured} {more}");
    all.split_whitespace().map(str::to_string).collect()
}

/// Every file below `folder` by its relative path, with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("a path below")
                    .to_path_buf();
                found.insert(name, std::fs::read(path).expect("a file"));
            }
        }
    }
    found
}

/// The results that a run has written.
pub fn results(run: &Path) -> Results {
    let text = std::fs::read_to_string(run.join("results.json")).expect("results.json");
    serde_json::from_str(&text).expect("results in JSON")
}

/// Results without what another run of the same settings has otherwise.
pub fn timeless(mut results: Results) -> Results {
    for epoch in &mut results.epochs {
        epoch.seconds = 0.0;
    }
    Results {
        date: String::new(),
        threads: 0,
        command: String::new(),
        ..results
    }
}

/// What a command printed with `--json`.
#[track_caller]
pub fn json(output: &Output) -> serde_json::Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {told}"))
}

/// Whether a command was refused with this exit code, in one line with these words.
#[track_caller]
pub fn refused(output: &Output, code: i32, words: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.lines().count() == 1 && !told.contains("bug"), "{told}");
    for word in words {
        assert!(told.contains(word), "no {word:?} in {told}");
    }
}

/// Writes a grey picture of noise.
pub fn noise(path: &Path, [height, width]: [u32; 2], seed: u8) {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    let value = |at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed;
    let pixels: Vec<u8> = (0..height * width).map(value).collect();
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    std::fs::write(path, bytes).expect("a picture");
}

/// A folder of `count` such pictures, no two alike.
pub fn noises(folder: &Path, count: u8, size: [u32; 2]) {
    std::fs::create_dir_all(folder).expect("a folder");
    for i in 0..count {
        noise(&folder.join(format!("{i}.png")), size, i);
    }
}
