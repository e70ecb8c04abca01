//! Damaged and hostile files: one line, no panic.

use std::path::Path;

use padgrad::formats::onnx::{Options, load, parse};
use proptest::prelude::*;

use super::{fixture, replaced, sized};

fn bytes() -> Vec<u8> {
    std::fs::read(fixture("network.onnx")).unwrap()
}

/// What is said of a file with these bytes; nothing where it is read.
fn message(bytes: Vec<u8>) -> Option<String> {
    let found = parse::<f32>(bytes, Path::new("network.onnx"), &Options::default());
    found.err().map(|e| e.to_string())
}

#[test]
fn an_unknown_operator_says_how_far_the_network_goes() {
    let found = message(replaced(&bytes(), "LeakyRelu", "LeakyRelv", 1)).unwrap();
    let wanted = "network.onnx: node leaky (operator LeakyRelv, opset 13): this operator is not known; the network can \
                  be measured up to node merged, 21 of its 45 nodes";
    assert_eq!(found, wanted);
    let until = Options {
        until: Some("merged".into()),
        ..Options::default()
    };
    let network = parse::<f32>(
        replaced(&bytes(), "LeakyRelu", "LeakyRelv", 1),
        Path::new("x"),
        &until,
    )
    .unwrap();
    assert_eq!(network.outputs[0].shape, [1, 4, 16, 16]);
    let until = Options {
        until: Some("nowhere".into()),
        ..Options::default()
    };
    let error = parse::<f32>(bytes(), Path::new("x"), &until)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("no node or value is called `nowhere`"),
        "{error}"
    );
}

#[test]
fn files_that_are_no_networks_are_refused_in_one_line() {
    for (bytes, part) in [
        (vec![], "a graph of 0 nodes"),
        (b"no network at all".to_vec(), "not a whole ONNX file"),
        (bytes()[..5000].to_vec(), "not a whole ONNX file"),
        (
            replaced(&bytes(), "stem.w", "stem.x", 1),
            "its input `stem.x` is neither computed before it nor stored",
        ),
    ] {
        let found = message(bytes).expect("an error");
        assert!(
            found.contains(part) && found.lines().count() == 1,
            "{found}"
        );
    }
    let found = parse::<f32>(bytes(), Path::new("x"), &sized([3, 1 << 20]))
        .err()
        .unwrap()
        .to_string();
    assert!(found.contains("images of 3×1048576 pixels"), "{found}");
}

/// 3 GB of junk, which take no room on disk, are refused by their first fields and not read.
#[test]
fn junk_is_refused_before_it_is_read() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("junk.onnx");
    let starts: [(&[u8], &str); 4] = [
        (b"", "a field without a number"),
        (b"\x08\x07\x3a\x04", "a field without a number"),
        (b"\x3a\xff\xff\xff\xff\x7f", "reaches beyond the file"),
        (b"no network at all", "a field of a type that is none"),
    ];
    for (start, expected) in starts {
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(start).unwrap();
        file.set_len(3 << 30).unwrap();
        let found = load::<f32>(&path, &Options::default()).err().unwrap();
        let found = found.to_string();
        assert!(found.contains(expected), "{found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_read_or_refused_in_one_line(
        changes in prop::collection::vec((0usize..1 << 20, any::<u8>()), 1..4),
        length in prop::option::of(0usize..1 << 14),
        structure in any::<bool>(),
    ) {
        let mut bytes = bytes();
        // The nodes come first in the file: changes there meet the structure, behind them mostly weights.
        let reach = if structure { 4500 } else { bytes.len() };
        for (at, value) in changes {
            bytes[at % reach] = value;
        }
        if let Some(length) = length {
            bytes.truncate(length);
        }
        if let Some(found) = message(bytes) {
            prop_assert_eq!(found.lines().count(), 1, "{}", found);
        }
    }
}
