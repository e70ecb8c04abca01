//! A trained network beside untrained ones: `learned`.

use std::path::Path;

use crate::support::{padgrad, succeed, timeless, tiny};
use padgrad::ppp::Metric;
use padgrad::study::learned::{effects, effects_csv};
use padgrad::study::results::Results;

/// Forty grainy pictures of `side` pixels, no two alike.
fn photographs(place: &Path, side: u32) {
    std::fs::create_dir_all(place).expect("a folder");
    for i in 0..40u32 {
        let file = std::fs::File::create(place.join(format!("{i:02}.png"))).expect("a file");
        let mut encoder = png::Encoder::new(file, side, side);
        encoder.set_color(png::ColorType::Rgb);
        let grain = |p: u32| (p.wrapping_mul(2_654_435_761).wrapping_add(i * 977) >> 13) as u8;
        let data: Vec<u8> = (0..3 * side * side)
            .map(|p| grain(p / 7 + i * 31))
            .collect();
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&data).expect("pixels");
    }
}

fn results(run: &Path) -> Results {
    let text = std::fs::read_to_string(run.join("results.json")).expect("results");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_trained_network_is_compared_with_untrained_ones_for_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    photographs(&folder.path().join("photos"), 64);
    succeed(folder.path(), tiny("train", "--out run"));
    let command = |out: &str, threads: &str| {
        let flags = "--images photos --count 40 --seeds 3 --padding reflect,zeros,circular --out";
        let model = "run/checkpoints/zeros-seed0-final.safetensors";
        let words = format!("learned {model} {flags} {out} --threads {threads} --quiet");
        let words: Vec<String> = words.split(' ').map(str::to_string).collect();
        succeed(folder.path(), words)
    };
    let told = String::from_utf8(command("one", "1").stdout).expect("text");
    for words in ["zeros (its own)", "reflect", "circular", "untrained"] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    command("two", "2");
    let [one, two] = ["one", "two"].map(|run| results(&folder.path().join(run)));
    assert_eq!(timeless(one.clone()), timeless(two));
    let csv = std::fs::read_to_string(folder.path().join("one/learned.csv")).expect("effects");
    assert_eq!(csv, effects_csv(&one));
    // Its own padding is run once, though it was named again: three paddings at five convolutions.
    let found = effects(&one, Metric::NRms);
    assert_eq!(
        (found.len(), found.iter().filter(|e| e.own).count()),
        (15, 5)
    );
    // One trained and three untrained networks, each under three paddings.
    let of_first = one
        .rows
        .iter()
        .filter(|row| row.is_of("rmsd") && row.layer == "features.0");
    assert_eq!(of_first.count(), 12);
    let different = |seed: u64| {
        let mut rows = one.rows.iter();
        let row = rows.find(|r| r.is_of("rmsd") && r.stage == "init" && r.seed == seed);
        row.and_then(|row| row.value).expect("a value")
    };
    assert!(different(0) != different(1) && different(1) != different(2));
    succeed(folder.path(), ["verify", "one"]);
    succeed(folder.path(), ["report", "one"]);
    let page = std::fs::read_to_string(folder.path().join("one/report.html")).expect("the page");
    assert!(page.contains("Is the pattern learned?"));
    assert!(page.contains("under zeros, with which the network was trained,"));
}

#[test]
fn a_network_that_sees_further_than_photographs_show_is_measured_as_far_as_they_do() {
    let folder = tempfile::tempdir().expect("a folder");
    photographs(&folder.path().join("photos"), 36);
    succeed(folder.path(), tiny("train", "--out run"));
    let model = "run/checkpoints/zeros-seed0-final.safetensors";
    let flags = "--images photos --count 40 --seeds 2 --padding reflect --out out";
    let words = format!("learned {model} {flags}");
    let told = String::from_utf8(succeed(folder.path(), words.split(' ')).stderr).expect("text");
    let found = results(&folder.path().join("out"));
    let last = &found.layers.last().expect("a layer").name;
    assert!(
        told.contains(&format!("measured up to {last}: the network sees")),
        "{told}"
    );
    let all = [
        "features.0",
        "features.3",
        "features.7",
        "features.10",
        "features.14",
    ];
    assert_ne!(last, all[4], "{told}");
    let measured: Vec<&str> = found
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    assert_eq!(measured, all[..measured.len()]);
    assert!(
        found
            .rows
            .iter()
            .all(|row| measured.contains(&row.layer.as_str()))
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    photographs(&folder.path().join("photos"), 64);
    succeed(folder.path(), tiny("train", "--out run"));
    for (flags, words) in [
        ("--seeds 1", ["--seeds", "at least 2"]),
        ("--padding valid", ["--padding valid", "exactly 0"]),
        ("--padding reflect@full", ["reflect@full", "extent"]),
        ("--layers nowhere", ["--layers", "nowhere"]),
        ("--count 3", ["images", "40"]),
    ] {
        let model = "run/checkpoints/zeros-seed0-final.safetensors";
        let words_of =
            format!("learned {model} --images photos --count 40 --quiet --out out {flags}");
        let output = padgrad(folder.path(), words_of.split(' '));
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.lines().count() == 1, "{told}");
        for word in words {
            assert!(told.contains(word), "no {word:?} in {told}");
        }
        assert!(!folder.path().join("out").exists());
    }
}
