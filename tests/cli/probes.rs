//! The commands that probe networks for position, on workloads of a second.

use std::path::Path;

use crate::support::{files, noises, padgrad, results, succeed, tiny};
use padgrad::study::results::{Results, Row, RunKind};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn value(results: &Results, scheme: &str, stage: &str, layer: &str, metric: &str) -> f64 {
    let is = |r: &&Row| {
        (r.scheme.as_str(), r.stage.as_str()) == (scheme, stage)
            && (r.layer.as_str(), r.metric.as_str()) == (layer, metric)
    };
    let row = results.rows.iter().find(is);
    let value = row.and_then(|r| r.value);
    value.unwrap_or_else(|| panic!("no {metric} of {layer} for {scheme}, {stage}"))
}

const LOCATION: &str = "probe location --padding valid,circular,zeros@full --seeds 2 --epochs 2 \
                        --train-images 60 --validation-images 20 --test-images 40 --quiet";

#[test]
fn the_location_test_writes_the_same_table_for_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |threads: usize| {
        let line = format!("{LOCATION} --threads {threads} --out run-{threads}");
        let output = succeed(folder.path(), words(&line));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut kept = files(&folder.path().join(format!("run-{threads}")));
        // These say how many threads there were.
        for file in ["results.json", "checksums.sha256"] {
            kept.remove(Path::new(file));
        }
        (told.replace(&format!("run-{threads}"), "run"), kept)
    };
    let (told, kept) = run(1);
    assert_eq!((told.clone(), kept), run(3));
    for (line, ceiling) in [("circular", "67.03"), ("zeros@full", "100.00")] {
        let row = told.lines().find(|l| l.starts_with(line)).expect("a row");
        assert!(row.contains(" 0.00 ± 0.00 "), "{row}");
        assert!(row.contains(ceiling), "{row}");
    }
    let found = results(&folder.path().join("run-1"));
    assert_eq!((found.kind, found.images), (RunKind::Location, 40));
    assert_eq!(found.rows.len(), 3 * 2 * 5);
    let of = |metric| value(&found, "valid", "final", "location", metric);
    let difference = of("similar_accuracy") - of("dissimilar_accuracy");
    assert!((of("gap") - difference).abs() < 1e-12);
}

#[test]
fn the_published_location_test_shows_training_images_and_fresh_ones_side_by_side() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let line = "probe location --protocol published --image-sets 2 --padding zeros,circular --seeds 1 \
                --epochs 2 --train-images 60 --validation-images 20 --test-images 40 --quiet --out run";
    let output = succeed(folder.path(), words(line));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for text in [
        "73.7 / 73.7",
        "67.03",
        "image set 1",
        "fresh dissimilar",
        "epochs",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    let found = results(&folder.path().join("run"));
    // Two paddings, two image sets, a network each with seven values.
    assert_eq!(found.rows.len(), 2 * 2 * 7);
    for set in 0..2 {
        let of = |metric| {
            let is = |r: &&Row| r.layer == format!("location.set-{set}") && r.scheme == "circular";
            let row = found.rows.iter().filter(is).find(|r| r.metric == metric);
            row.and_then(|r| r.value).expect("a value")
        };
        assert_eq!(of("gap"), 0.0);
        assert_eq!(
            of("fresh_similar_accuracy"),
            of("fresh_dissimilar_accuracy")
        );
        assert_eq!(of("epochs_trained"), 2.0);
        assert!((of("ceiling") - 0.6703).abs() < 1e-4);
    }
}

#[test]
fn posenet_reads_stored_networks_and_those_it_trains_alike() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let readout = "--readout-images 40 --images 20 --readout-epochs 2 --quiet";
    let training = tiny("train", "--padding zeros --quiet --out trained");
    succeed(folder.path(), training);
    let stored = format!("probe posenet --checkpoints trained {readout} --out stored");
    let output = succeed(folder.path(), words(&stored));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["image alone", "zeros init", "zeros final"] {
        assert!(told.lines().any(|l| l.starts_with(line)), "{line}: {told}");
    }
    let here = tiny("probe posenet", "--padding zeros --out here");
    let readout = words(readout).into_iter().map(String::from);
    succeed(folder.path(), here.into_iter().chain(readout));
    let [stored, here] = ["stored", "here"].map(|run| results(&folder.path().join(run)));
    assert_eq!(stored.kind, RunKind::PosENet);
    assert!(
        stored
            .binding
            .is_some_and(|binding| !binding.config.is_empty())
    );
    // Three networks, five targets, two metrics.
    assert_eq!(stored.rows.len(), 3 * 5 * 2);
    assert_eq!(stored.rows, here.rows);
    assert!((0.0..=1.0).contains(&value(&here, "image", "final", "posenet.gau", "mae")));
}

#[test]
fn posenet_reads_layers_alone_and_shows_what_was_published() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flags = "--padding zeros --readout-images 40 --images 20 --readout-epochs 2 --quiet --per-layer \
                 --readout-padding 1 --out run";
    let output = succeed(folder.path(), tiny("probe posenet", flags));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for text in [
        "  features.16 alone",
        "published: VGG16, stage 5 alone",
        "0.657",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    let found = results(&folder.path().join("run"));
    // The image alone; two networks, each with three layers and all together: five targets, two metrics.
    assert_eq!(found.rows.len(), (1 + 2 * 4) * 5 * 2);
    let settings = found.settings.as_ref().expect("settings");
    assert_eq!(settings["readout_padding"].as_integer(), Some(1));
    assert_eq!(settings["per_layer"].as_bool(), Some(true));
    value(&found, "zeros", "final", "posenet.hor.features.16", "spc");
}

/// A folder without classes serves training and test: readouts are scored on pictures that they have not met.
#[test]
fn posenet_reads_the_image_alone_from_any_folder_of_pictures() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    noises(&folder.path().join("photos"), 30, [36, 40]);
    let line =
        "probe posenet --image-alone --data folder:photos --size 24 --readout-epochs 1 --quiet";
    let run = format!("{line} --readout-images 20 --images 10 --seeds 2 --out run");
    let output = succeed(folder.path(), words(&run));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("image alone"), "{told}");
    assert_eq!(results(&folder.path().join("run")).rows.len(), 2 * 5 * 2);
    let too_many = format!("{line} --readout-images 20 --images 11 --out other");
    assert_refused(folder.path(), &too_many, 2, "--images: 11");
    let shared = format!("{line} --readout-images 10 --images 5 --test-images 15 --out other");
    assert_refused(folder.path(), &shared, 2, "pictures without classes");
}

#[test]
fn shifts_leave_circular_networks_as_they_are_and_crops_without_padding_agree() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let study = tiny(
        "study",
        "--padding zeros,circular,valid --size 32 --measure ends --quiet --out run",
    );
    succeed(folder.path(), study);
    let line = "probe shift --checkpoints run --images 30 --layers all --quiet --out shift";
    let output = succeed(folder.path(), words(line));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for text in [
        "zeros-seed0: equivariance",
        "exact",
        "same pixel, different crops",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    let found = results(&folder.path().join("shift"));
    assert_eq!(found.kind, RunKind::Shift);
    let last = "features.16";
    for scheme in ["circular", "valid"] {
        assert_eq!(
            value(&found, scheme, "final", last, "equivariance_error"),
            0.0
        );
        let is = |r: &&Row| r.scheme == scheme && r.metric == "equivariance_db";
        assert!(found.rows.iter().filter(is).all(|r| r.value.is_none()));
    }
    let db = value(&found, "zeros", "final", last, "equivariance_db");
    let error = value(&found, "zeros", "final", last, "equivariance_error");
    assert!((db + 10.0 * error.log10()).abs() < 1e-9 && error > 0.0);
    assert_eq!(
        value(&found, "valid", "final", "output", "crop_disagreement"),
        0.0
    );
    let share = value(&found, "zeros", "final", "output", "crop_disagreement");
    assert!((0.0..=1.0).contains(&share), "{share}");
    // Crops so small that the unpadded network has one position left: it has no such row, the others do.
    let small = "probe shift --checkpoints run --images 20 --crop 24 --out small";
    let told = succeed(folder.path(), words(small)).stderr;
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(
        told.contains("valid-seed0: crops are not compared"),
        "{told}"
    );
    let small = results(&folder.path().join("small"));
    let has = |scheme: &str| {
        let of = |r: &&Row| r.scheme == scheme && r.metric == "crop_disagreement";
        small.rows.iter().filter(of).count()
    };
    assert_eq!(["valid", "zeros"].map(has), [0, 1]);
    for (flags, expected) in [
        ("--images 41", "--images: 41"),
        ("--crop 29", "--crop"),
        ("--layers x", "`x`"),
    ] {
        let line = format!("probe shift --checkpoints run --quiet --out other {flags}");
        let images = if flags.starts_with("--images") {
            ""
        } else {
            " --images 20"
        };
        assert_refused(folder.path(), &format!("{line}{images}"), 2, expected);
    }
}

/// Objects whose images have surroundings are moved to the border.
#[test]
fn accuracy_is_told_by_the_distance_of_the_object_from_the_border() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for of_class in ["train/a", "train/b", "test/a", "test/b"] {
        noises(&folder.path().join("pictures").join(of_class), 20, [36, 40]);
    }
    let study = "study --data folder:pictures --size 16 --padding zeros,reflect --epochs 1 --images 40 --measure ends \
                 --quiet --out run";
    succeed(folder.path(), words(study));
    let line = "probe shift --checkpoints run --images 10 --surround 16 --quiet --out shift";
    let told = succeed(folder.path(), words(line)).stdout;
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(told.contains("object from the border [pixels]"), "{told}");
    let found = results(&folder.path().join("shift"));
    for scheme in ["zeros", "reflect"] {
        let of = |metric: &str| {
            let is = |r: &&Row| r.scheme == scheme && r.metric == metric;
            let rows = found.rows.iter().filter(is);
            rows.map(|r| (r.region.distance(), r.value.expect("a share")))
                .collect::<Vec<_>>()
        };
        let accuracy = of("placed_accuracy");
        let at: Vec<_> = accuracy.iter().map(|(at, _)| *at).collect();
        assert_eq!(at, [0, 4, 8].map(Some));
        for (change, here) in of("placed_change").iter().zip(&accuracy) {
            assert!((change.1 - (here.1 - accuracy[2].1)).abs() < 1e-12);
        }
    }
    let odd = "probe shift --checkpoints run --images 10 --surround 7 --quiet --out other";
    assert_refused(folder.path(), odd, 2, "--surround: half of 7 pixels");
}

const RELIABILITY: &str = "reliability --seeds 1 --strengths 0.1,10 --images 40 --train-images 60 \
                           --epochs 1 --size 24 --flips 60 --readout-images 40 --readout-epochs 1 \
                           --location-images 20 --location-epochs 1 --quiet";

#[test]
fn reliability_finds_nothing_without_padding_and_the_planted_signal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = succeed(folder.path(), words(&format!("{RELIABILITY} --out run")));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("May be believed:"), "{told}");
    let run = folder.path().join("run");
    let found = results(&run);
    for measure in [
        "rms_ppp",
        "nrms",
        "channel_mean_rms",
        "mae_unbiased",
        "mae_ppp",
        "coherence",
    ] {
        assert_eq!(value(&found, "valid", "final", measure, "null_value"), 0.0);
        let at = |stage| value(&found, "valid", stage, measure, "planted_response");
        assert!(at("strength-0.1") > 0.0, "{measure}");
        // A null that is not 0 by itself: a layer with D ≠ 0 and no pattern, and D of random signs.
        let flips = |scheme, stage| value(&found, scheme, stage, measure, "sign_flip_claims");
        let rates = [flips("zeros", "final"), flips("reflect", "init")];
        match measure {
            // What chance alone gives is in it.
            "mae_ppp" => assert_eq!(rates, [1.0, 1.0]),
            // 3 of 60 are expected; 11 come less than once in ten thousand times.
            _ => assert!(
                rates.iter().all(|rate| *rate <= 10.0 / 60.0),
                "{measure}: {rates:?}"
            ),
        }
        let rate = value(&found, "all", "final", measure, "false_positive_rate");
        let null = value(&found, "reflect", "init", measure, "null_value");
        let most = [
            (rates[0] + rates[1]) * 60.0,
            (rates[0] + rates[1]) * 60.0 + 1.0,
        ];
        assert!(
            most.iter()
                .any(|claims| (rate - claims / 121.0).abs() < 1e-9),
            "{measure}: {null}"
        );
    }
    let rms = |stage| value(&found, "valid", stage, "rms_ppp", "planted_response");
    assert!(rms("strength-10") > 10.0 * rms("strength-0.1"));
    let rises = |measure| value(&found, "all", "final", measure, "per_tenfold");
    assert!(rises("rms_ppp") > 5.0 && rises("coherence") < 3.0);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let verdict = told
        .split("May not: ")
        .nth(1)
        .and_then(|rest| rest.split(". ").next());
    assert!(
        verdict.is_some_and(|not| not.contains("coherence") && not.contains("MAE-PPP")),
        "{told}"
    );
    for scheme in ["circular", "zeros@full"] {
        let gap = value(&found, scheme, "final", "location_gap", "null_value");
        assert_eq!(gap, 0.0, "{scheme}");
    }
    for name in ["results.csv", "reliability.txt"] {
        assert!(run.join(name).exists(), "{name}");
    }
}

#[track_caller]
fn assert_refused(folder: &Path, line: &str, code: i32, expected: &str) {
    let output = padgrad(folder, words(line));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{line}: {told}");
    let one_line = told.starts_with("error: ") && told.lines().count() == 1;
    assert!(one_line && told.contains(expected), "{line}: {told}");
}

#[test]
fn what_cannot_be_done_is_told_in_a_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (line, expected) in [
        ("probe location --seeds 0", "seeds: 0"),
        ("probe location --padding mirror", "`mirror`"),
        ("probe location --padding zeros,zeros", "named twice"),
        ("probe location --padding circular@99999", "up to 4096"),
        ("probe location --padding circular@4000", "GiB of memory"),
        ("probe location --epochs 0", "--epochs: 0"),
        ("probe location --train-images 0", "--train-images: 0"),
        ("probe location --threads 0", "--threads"),
        ("probe location --protocol x", "'x'"),
        ("probe location --image-sets 2", "--image-sets"),
        (
            "probe location --protocol published --image-sets 0",
            "--image-sets: 0",
        ),
        (
            "probe location --protocol published --train-images 500",
            "--validation-images: 1000",
        ),
        ("probe posenet --readout-depth 0", "--readout-depth: 0"),
        ("probe posenet --readout-padding 3", "--readout-padding: 3"),
        (
            "probe posenet --readout-images 9999",
            "--readout-images: 9999",
        ),
        ("probe posenet --size 24 --readout-depth 3", "7×7"),
        ("probe posenet --images 5000", "--images: 5000"),
        ("probe posenet --arch x", "`x`"),
        ("probe posenet --padding x", "`x`"),
        ("probe posenet --checkpoints a --padding zeros", "--padding"),
        ("reliability --strengths 0.1,x", "`x`"),
        ("reliability --strengths 1,1", "`1`"),
        ("reliability --strengths -1", "`-1`"),
        ("reliability --images 5", "images: 5"),
        ("reliability --flips 0", "--flips: 0"),
        ("reliability --location-images 3", "--location-images: 3"),
        (
            "reliability --readout-images 99999",
            "--readout-images: 99999",
        ),
        ("reliability --size 8", "larger images"),
        ("probe", "subcommand"),
    ] {
        assert_refused(folder.path(), line, 2, expected);
    }
    assert_refused(
        folder.path(),
        "probe posenet --checkpoints nowhere",
        1,
        "nowhere",
    );
    std::fs::create_dir_all(folder.path().join("empty/checkpoints")).expect("a folder");
    let empty = "probe posenet --checkpoints empty";
    assert_refused(folder.path(), empty, 1, "no final checkpoint");
    std::fs::remove_dir_all(folder.path().join("empty")).expect("the folder");
    assert!(files(folder.path()).is_empty());
}
