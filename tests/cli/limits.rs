//! What the system or a file does not provide is reported in one line, and at once.

use crate::errors::assert_refused;
use crate::support::{command, files, padgrad};

#[test]
fn an_instruction_set_that_is_none_is_a_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (isa, expected) in [("foo", "set one of"), ("scaler", "did you mean `scalar`?")] {
        let mut command = command(folder.path());
        let command = command
            .env("PADGRAD_ISA", isa)
            .args(["study", "--out", "run"]);
        let output = command.output().expect("it starts");
        let set = format!("PADGRAD_ISA={isa}: this processor has scalar");
        assert_refused(&output, 2, &[&set, expected], isa);
    }
    assert!(files(folder.path()).is_empty());
}

/// Junk of 3 GB that begins as files of several formats do takes no room on disk and is refused unread: under a limit
/// of memory far below its size.
#[test]
fn what_begins_like_a_network_and_is_none_is_not_read_as_a_whole() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let zip = b"PK\x03\x04";
    let safetensors = b"\x02\0\0\0\0\0\0\0{}";
    let starts: [(&str, &[u8], &str); 4] = [
        ("zip.pth", zip, "directory of entries is missing"),
        ("a.safetensors", safetensors, "belong to no tensor"),
        (
            "text.safetensors",
            b"This is a text, and no header.",
            "a header of",
        ),
        ("zeros.safetensors", b"", "its header cannot be read"),
    ];
    for (name, start, expected) in starts {
        let path = folder.path().join(name);
        let mut file = std::fs::File::create(&path).expect("a file");
        file.write_all(start).expect("a write");
        file.set_len(3 << 30).expect("a hole");
        // The shell's limit counts kibibytes of address space.
        let program = env!("CARGO_BIN_EXE_padgrad");
        let line = format!("ulimit -v 1000000; exec {program} lint --arch small {name}");
        let mut command = std::process::Command::new("sh");
        let command = command.args(["-c", &line]).current_dir(folder.path());
        let output = command
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("a shell");
        assert_refused(&output, 1, &[name, expected], name);
    }
}

#[test]
fn a_pipe_is_told_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let made = std::process::Command::new("mkfifo")
        .args(["pipe", "pipe.npy", "p.png"])
        .current_dir(place)
        .status();
    assert!(made.expect("mkfifo").success());
    std::fs::create_dir(place.join("pictures")).expect("a folder");
    std::fs::rename(place.join("p.png"), place.join("pictures/p.png")).expect("a rename");
    for args in [
        "--config pipe",
        "swap --checkpoints x --config pipe",
        "measure --checkpoint pipe",
        "lint pipe",
        "metrics pipe.npy pipe.npy",
        "train --data folder:pictures --out run",
    ] {
        let output = padgrad(place, args.split_whitespace());
        assert_refused(&output, 1, &["a device, a pipe or a socket"], args);
    }
}

#[test]
fn threads_and_memory_that_the_system_does_not_give_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |limit: &str, flags: &str| {
        let program = env!("CARGO_BIN_EXE_padgrad");
        let line = format!("{limit}; exec {program} {flags}");
        let mut command = std::process::Command::new("sh");
        let command = command.args(["-c", &line]).current_dir(folder.path());
        command
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("a shell")
    };
    // 200 stacks of 2 MiB are more than 300 MB of address space.
    let output = run("ulimit -v 300000", "train --threads 200 --out run");
    assert_refused(&output, 2, &["--threads: 200", "use fewer"], "threads");
    let flags = "train --batch-size 5000 --size 64 --out run";
    let output = run("ulimit -v 2000000", flags);
    assert_refused(
        &output,
        2,
        &[
            "GiB of memory",
            "1.9 GiB that it may use",
            "smaller batches",
        ],
        flags,
    );
    assert!(files(folder.path()).is_empty());
}
