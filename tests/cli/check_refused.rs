//! What `check` does not let pass: parts that are not measured, settings without sense, damaged photographs.

use crate::check_onnx::{RAW, check, fixture, joined, told, with_photos};
use crate::support::{json, padgrad, refused};

/// The second fixture with an operator that nobody knows in the place of Tanh.
#[test]
fn a_network_of_which_a_part_is_not_known_does_not_pass() {
    let folder = with_photos(24, [80, 90]);
    let mut bytes = std::fs::read(fixture("enlarge.onnx")).expect("the fixture");
    for at in 0..bytes.len() - 4 {
        if &bytes[at..at + 4] == b"Tanh" {
            bytes[at..at + 4].copy_from_slice(b"Taxi");
        }
    }
    std::fs::write(folder.path().join("taxi.onnx"), bytes).expect("a write");
    let run = |more: &[&str]| {
        let common = ["check", "taxi.onnx", "--images", "photos", "--size", "24"];
        padgrad(folder.path(), [&common[..], &RAW, more].concat())
    };
    let limited = run(&["--max-rings", "20"]);
    assert_eq!(limited.status.code(), Some(3));
    let words = joined(&limited);
    for part in [
        "Not all of taxi.onnx was measured: node ",
        "operator Taxi",
        "FAIL not all of the network was measured",
        "the last map that is measured",
    ] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
    assert!(words.starts_with("Not all of taxi.onnx"), "{words}");
    let words = told(&run(&[]));
    assert!(!words.contains("FAIL"), "{words}");
    let until = told(&run(&["--max-rings", "20", "--until", "first"]));
    assert!(until.contains("pass"), "{until}");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let folder = with_photos(24, [80, 90]);
    for (flag, value, words) in [
        ("--max-changed", "5", "5 is no share"),
        ("--max-changed", "NaN", "NaN is no share"),
        ("--max-halo", "-3", "-3 is no number of pixels"),
        ("--max-halo", "nan", "NaN is no number of pixels"),
        ("--range", "0", "0 is no range of values"),
    ] {
        let given = format!("{flag}={value}");
        let found = check(folder.path(), "enlarge.onnx", &["--size", "24", &given]);
        refused(&found, 2, &[flag, words]);
    }
    let found = check(folder.path(), "detect.onnx", &["--range", "1"]);
    refused(&found, 2, &["--range", "no output is an image"]);
    let order = ["--size", "24", "--input", "BGR"];
    let found = check(folder.path(), "enlarge.onnx", &order);
    refused(&found, 2, &["--input", "order of three channels"]);
}

/// Files whose heads are right and whose pixels are cut off leave windows missing, which others make up for.
#[test]
fn damaged_photographs_are_made_up_for() {
    let folder = with_photos(44, [80, 90]);
    for i in 0..20 {
        let path = folder.path().join(format!("photos/{i}.png"));
        let bytes = std::fs::read(&path).expect("a picture");
        std::fs::write(&path, &bytes[..200]).expect("a write");
    }
    let more = ["--size", "24", "--count", "44", "--json"];
    let found = json(&check(folder.path(), "enlarge.onnx", &more));
    assert_eq!(found["images"], 44, "{found}");
    assert_eq!(found["photographs"], 24);
    assert_eq!(found["unreadable"].as_array().map(Vec::len), Some(20));
    assert_eq!(found["verdict"]["padding"], "zeros");
    assert_eq!(found["preprocessing"]["order"], "GREY");
    assert_eq!(found["seed"], 0);
}
