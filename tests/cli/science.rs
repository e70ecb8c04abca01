//! The experiments of the science page in a short form, on pictures made here: their settings cannot rot.

use std::path::Path;

use crate::errors::assert_refused;
use crate::support::{noises, padgrad, results, succeed};
use padgrad::study::results::RunKind;

/// Which network made here stands for one of others.
const STANDS_FOR: [(&str, &str); 5] = [
    ("resnet20-12fca82f.th", "resnet20.safetensors"),
    ("resnet56-4bfd9763.th", "resnet56.safetensors"),
    (
        "efficientnet-lite0-57934424.pth",
        "efficientnet_lite0.safetensors",
    ),
    ("centerface.onnx", "detect.onnx"),
    ("ch_PP-OCRv4_det_infer.onnx", "detect.onnx"),
];

/// The command that a file of settings names in its first line, with other flags behind it.
fn run(folder: &Path, experiment: &str, more: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/science")
        .join(experiment);
    let text = std::fs::read_to_string(&file).expect("settings");
    let first = text.lines().next().expect("a command");
    let command = first.strip_prefix("# padgrad ").expect("a command first");
    let own = format!("benches/science/{experiment}");
    let command = command.replace(&own, &file.to_string_lossy());
    let (command, _) = command.split_once(" --out").unwrap_or((&command, ""));
    let stand_in = |command: String, (of, ours): &(&str, &str)| command.replace(of, ours);
    let command = STANDS_FOR.iter().fold(command.to_string(), stand_in);
    let words = format!("{command} {more} --quiet");
    succeed(folder, words.split_whitespace());
}

/// What makes a study short.
const SHORT: &str = "--seeds 1 --epochs 1 --warmup 0 --images 40 --step-images 40 --measure ends";

/// What stands for CIFAR-10 and for photographs.
fn pictures(at: &Path) {
    for of_class in ["train/a", "train/b", "test/a", "test/b"] {
        noises(&at.join("cifar10").join(of_class), 20, [32, 32]);
    }
    noises(&at.join("photos"), 40, [152, 152]);
}

#[test]
fn every_experiment_runs_in_a_short_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    pictures(at);
    for (name, padding, networks, last) in [
        ("cifar", "zeros,circular", 2, "layer3.2.conv2"),
        ("position-own", "zeros,circular", 2, "layer3.2.conv2"),
        ("position-rolled", "zeros,circular", 2, "layer3.2.conv2"),
        ("position-mosaic", "zeros,circular", 2, "layer3.2.conv2"),
        ("cifar-small", "zeros,circular", 2, "features.14"),
        ("cifar-small-rolled", "zeros,circular", 2, "features.14"),
        ("cifar-small-mosaic", "zeros,circular", 2, "features.14"),
        ("cifar-small-true", "zeros", 1, "features.14"),
    ] {
        let flags = format!("{SHORT} --padding {padding} --out {name}");
        run(at, &format!("{name}.toml"), &flags);
        let found = results(&at.join(name));
        assert_eq!(found.kind, RunKind::Study);
        let is = |r: &&padgrad::study::results::Row| r.is_of("nrms") && r.layer == last;
        let measured = found.rows.iter().filter(is).count();
        assert_eq!(measured, 2 * networks, "{name}");
    }
    let thin = "study --data folder:cifar10 --true-margin 3 --padding zeros --out thin";
    let output = padgrad(at, thin.split_whitespace());
    let expected = ["true_margin: 3 pixels are fewer than the 10", "use 10"];
    assert_refused(&output, 2, &expected, thin);
    assert!(!at.join("thin").exists());
    let few = "--seeds 1 --epochs 1 --train-images 40 --images 40 --strengths 0.1,10 --flips 20 --readout-images 40 \
                 --readout-epochs 1 --location-images 20 --location-epochs 1 --out reliability";
    run(at, "reliability-resnet20.toml", few);
    let found = results(&at.join("reliability"));
    let planted = |row: &&padgrad::study::results::Row| {
        row.is_of("planted_response") && row.scheme == "circular" && row.layer == "nrms"
    };
    assert_eq!(found.rows.iter().filter(planted).count(), 2);
    let one = format!("{SHORT} --padding zeros --out vgg");
    run(at, "cifar-vgg.toml", &one);
}

#[test]
fn every_network_of_others_is_measured_in_a_short_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    pictures(at);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/detect.onnx");
    std::fs::copy(file, at.join("detect.onnx")).expect("a network");
    for arch in ["resnet20", "resnet56", "efficientnet_lite0"] {
        let few = "--train-images 40 --test-images 20 --epochs 1 --batch-size 20 --quiet";
        let words = format!("train --data folder:cifar10 --arch {arch} {few} --out {arch}");
        succeed(at, words.split_whitespace());
        let trained = format!("{arch}/checkpoints/zeros-seed0-final.safetensors");
        let name = format!("{arch}.safetensors");
        std::fs::rename(at.join(trained), at.join(name)).expect("a checkpoint");
    }
    for of in [
        "resnet20",
        "resnet56",
        "efficientnet_lite0",
        "centerface",
        "ppocr",
    ] {
        let name = format!("learned-{of}");
        let short = format!("--padding reflect --seeds 2 --count 40 --size 32 --out {name}");
        run(at, &format!("{name}.toml"), &short);
        assert_eq!(results(&at.join(name)).kind, RunKind::Learned);
    }
}
