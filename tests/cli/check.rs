//! Networks that somebody else trained, asked about their borders: `check`, `lint`, `evaluate` and `metrics`.

use std::path::{Path, PathBuf};

use crate::support::{json, noise, padgrad, refused, skipped, succeed};
use padgrad::npy;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use serde_json::Value;

const NORMALISED: [&str; 4] = ["--mean", ".485,.456,.406", "--std", ".229,.224,.225"];

/// A path of the data beside the project; a test without it says so and ends.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(path);
    if !path.exists() {
        skipped(&format!("{} is not there", path.display()));
    }
    path.exists().then_some(path)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn a_resnet_is_checked_on_photographs() {
    let (Some(model), Some(photos)) = (shared("models/resnet20-12fca82f.th"), shared("photos"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("page.html");
    let common = [
        ["check", text(&model)],
        ["--images", text(&photos)],
        ["--arch", "resnet20"],
        ["--count", "60"],
    ]
    .concat();
    let run = |more: &[&str]| {
        padgrad(
            folder.path(),
            [common.as_slice(), &NORMALISED, more].concat(),
        )
    };
    let output = run(&["--max-rings", "2", "--out", text(&page)]);
    let told = String::from_utf8_lossy(&output.stdout);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    // Padding reaches the middle of its last map, so that the limit is exceeded.
    assert_eq!(
        output.status.code(),
        Some(3),
        "{told} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    for words in [
        "FAIL",
        "layer3",
        "of 4",
        "identical in all images (PPP)",
        "is felt in all that resnet20-12fca82f.th makes of 32×32 pixels, up to the middle: layer3 is off by",
        "of its predictions change",
        "spoiled rings at layer3 under its own padding, zeros",
        "To find the halo, measure on larger windows",
        "Input: RGB, white 1, less the mean 0.485, 0.456, 0.406",
        "29 and 33 pixels to a side",
        "context on each side",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    let html = std::fs::read_to_string(&page).expect("the page");
    assert!(
        html.contains("FAIL") && html.contains("data:image/png;base64") && html.contains("layer3")
    );
    // The line at τ, and the pattern as a map.
    assert!(
        html.contains("spoiled above 10%") && html.contains("data-viewer=\"check-pattern-data\"")
    );

    let output = run(&["--json", "--padding", "reflect"]);
    std::fs::write(folder.path().join("check.json"), &output.stdout).expect("a write");
    succeed(folder.path(), ["figures", "check.json"]);
    for name in ["stages.svg", "stages-repadded.svg"] {
        assert!(folder.path().join("figures").join(name).is_file(), "{name}");
    }
    assert!(output.status.success());
    let found = json(&output);
    assert_eq!(found["margin"], found["needed_margin"]);
    assert_eq!(found["images"], 60);
    let stages = found["own"]["stages"].as_array().expect("stages");
    let names: Vec<&str> = stages.iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["layer1", "layer2", "layer3"]);
    let at_border = |findings: &str| {
        let value = &found[findings]["stages"][2]["profile"][0]["value"];
        value.as_f64().expect("a difference")
    };
    // The network was trained with zeros; reflection is nearer to the true surroundings than those.
    assert!(at_border("repadded") < at_border("own"), "{found}");
    // Two convolutions that halve, and the two shortcuts beside them.
    assert_eq!(found["uneven"].as_array().map(Vec::len), Some(4), "{found}");
}

/// What lies in a folder, by name.
fn list(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut found: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    found.sort();
    found
}

#[test]
fn surroundings_that_end_are_said_and_halved() {
    let (Some(model), Some(photos)) = (shared("models/resnet20-12fca82f.th"), shared("photos"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let common = [
        "check",
        text(&model),
        "--arch",
        "resnet20",
        "--images",
        text(&photos),
        "--count",
        "40",
        "--json",
    ];
    let run = |more: &[&str]| {
        padgrad(
            folder.path(),
            [common.as_slice(), &NORMALISED, more].concat(),
        )
    };
    refused(
        &run(&["--size", "1500"]),
        2,
        &[
            "--surroundings",
            "pixels around its 1500×1500",
            "larger photographs",
        ],
    );
    // Of the first photographs most have not got 40 pixels around 304.
    let few = folder.path().join("few");
    std::fs::create_dir(&few).expect("a folder");
    for photo in list(&photos).iter().take(50) {
        let name = photo.file_name().expect("a name");
        std::fs::copy(photo, few.join(name)).expect("a copy");
    }
    let args = [
        "check",
        text(&model),
        "--arch",
        "resnet20",
        "--images",
        text(&few),
        "--count",
        "40",
        "--json",
        "--size",
        "304",
        "--surroundings",
        "available",
    ];
    let output = padgrad(folder.path(), [args.as_slice(), &NORMALISED].concat());
    let found = json(&output);
    assert_eq!(found["partial"], true);
    assert!(
        found["halved"]["largest_change"].as_f64() > Some(0.0),
        "{found}"
    );
    assert!(
        found["note"]
            .as_str()
            .is_some_and(|note| note.contains("stands in")),
        "{found}"
    );
}

/// Photographs too small for the network's own size and two positions of its last map on each side.
#[test]
fn windows_shrink_for_what_surroundings_there_are() {
    let Some(model) = shared("models/resnet20-12fca82f.th") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for i in 0..24u8 {
        noise(&folder.path().join(format!("{i}.png")), [34, 34], i);
    }
    let common = ["check", text(&model), "--arch", "resnet20", "--images", "."];
    let more = ["--count", "40", "--surroundings", "available", "--json"];
    let args = [common.as_slice(), &NORMALISED, &more].concat();
    let found = json(&succeed(folder.path(), &args));
    assert_eq!(
        (&found["size"][0], &found["margin"]),
        (&16.into(), &8.into())
    );
    assert_eq!(
        (&found["partial"], &found["halved"]["margin"]),
        (&true.into(), &4.into())
    );
    let note = found["note"].as_str().expect("a note");
    assert!(
        note.starts_with("Windows of 16×16 pixels instead of 32×32."),
        "{note}"
    );
    let asked = [args.as_slice(), &["--size", "32"]].concat();
    refused(
        &padgrad(folder.path(), asked),
        2,
        &[
            "--size",
            "32×32 images need at least 8 around them, 48×48 in all",
            "have 34",
        ],
    );
}

#[test]
fn what_is_missing_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch_zip.pth");
    let run = |more: &[&str]| {
        padgrad(
            folder.path(),
            [&["check", text(&path), "--images", "."], more].concat(),
        )
    };
    refused(
        &run(&[]),
        2,
        &["--arch", "does not say which network", "resnet20"],
    );
    refused(
        &run(&["--arch", "resnet20"]),
        1,
        &["pytorch_zip.pth", "missing: ", "conv1.weight"],
    );
    refused(
        &run(&["--arch", "resnet20", "--mean", "0,0"]),
        1,
        &["pytorch_zip.pth"],
    );
    let Some(model) = shared("models/resnet20-12fca82f.th") else {
        return;
    };
    let run = |more: &[&str]| {
        let common = ["check", text(&model), "--arch", "resnet20", "--images", "."];
        padgrad(folder.path(), [common.as_slice(), more].concat())
    };
    refused(&run(&[]), 2, &["--mean", "normalised", ".485"]);
    refused(&run(&["--mean", "0"]), 2, &["--std", "give both"]);
    refused(
        &run(&["--mean", "0", "--std", "0"]),
        2,
        &["--std", "above 0"],
    );
    refused(&run(&NORMALISED), 1, &["no pictures"]);
    refused(
        &run(&["--classes", "3"]),
        1,
        &["linear.bias with the shape [10]"],
    );
}

/// Photographs of noise of several sizes, and files that are none.
#[test]
fn what_is_left_out_is_counted() {
    let Some(model) = shared("models/resnet20-12fca82f.th") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let photos = folder.path().join("photos");
    std::fs::create_dir_all(photos.join("more")).expect("a folder");
    for i in 0..26u8 {
        let side = if i < 4 { 60 } else { 150 + 4 * u32::from(i) };
        let place = match i % 2 {
            0 => photos.clone(),
            _ => photos.join("more"),
        };
        noise(&place.join(format!("{i}.png")), [side + 10, side], i);
    }
    std::fs::write(photos.join("broken.jpg"), b"no picture").expect("a file");
    std::fs::write(photos.join("old.bmp"), b"BM").expect("a file");
    let common = [
        "check",
        text(&model),
        "--arch",
        "resnet20",
        "--images",
        "photos",
        "--json",
    ];
    let found = json(&succeed(
        folder.path(),
        [common.as_slice(), &NORMALISED].concat(),
    ));
    assert_eq!(found["photographs"], 22);
    assert_eq!(
        found["images"], 40,
        "two windows on some, as intervals need 40"
    );
    assert_eq!(found["too_small"], 4);
    assert_eq!(
        found["unreadable"].as_array().map(Vec::len),
        Some(2),
        "{found}"
    );
}

#[test]
fn lint_knows_the_uneven_halvings_of_resnet() {
    let folder = tempfile::tempdir().expect("a folder");
    let lint = |more: &str| {
        let args = format!("lint resnet50 {more} --json");
        json(&succeed(folder.path(), args.split_whitespace()))
    };
    let found = lint("--size 224");
    let layers = found["layers"].as_array().expect("layers");
    let uneven: Vec<&Value> = layers.iter().filter(|l| l["even"] == false).collect();
    // "Mind the Pad": all five halvings, and the 1×1 shortcuts beside three of them that skip a row.
    let of_kernels = uneven.iter().filter(|l| l["span"][0] != 1);
    let names: Vec<&str> = of_kernels.filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "conv1",
            "maxpool",
            "layer2.0.conv2",
            "layer3.0.conv2",
            "layer4.0.conv2"
        ]
    );
    assert_eq!(
        found["even_sizes"],
        serde_json::json!([[193, 225], [193, 225]])
    );
    let even = lint("--size 225");
    assert!(
        even["layers"]
            .as_array()
            .expect("layers")
            .iter()
            .all(|l| l["even"] == true)
    );
    // Zeros: a corner pixel takes part in fewer positions than one in the middle.
    let rows = &found["stages"][1]["rows"];
    assert!(rows[0].as_u64() < rows[112].as_u64(), "{rows}");
    let told = succeed(folder.path(), ["lint", "vgg16", "--size", "64"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("This size is even") && told.contains("Foveation"),
        "{told}"
    );
    // Behind the last convolution the layer needs what the whole network needs.
    let margins = layers.iter().map(|l| l["margin"].as_u64());
    assert_eq!(margins.max().flatten(), found["needed_margin"].as_u64());
    let unknown = padgrad(folder.path(), ["lint", "vgg99"]);
    refused(&unknown, 2, &["vgg99", "vgg19"]);
    let circular = json(&succeed(
        folder.path(),
        ["lint", "small", "--padding", "circular", "--json"],
    ));
    let rows = circular["stages"][0]["rows"].as_array().expect("rows");
    assert!(
        rows.iter().all(|count| *count == rows[0]),
        "uniform under circular: {rows:?}"
    );
}

#[test]
fn metrics_of_activations_are_those_of_the_library() {
    let folder = tempfile::tempdir().expect("a folder");
    let (n, shape) = (60, [60, 2, 6, 6]);
    let mut rng = Seed(3).rng();
    let optimal = Tensor::<f32>::randn(&shape, &mut rng);
    let mut padded = optimal.clone();
    for (i, v) in padded.data_mut().iter_mut().enumerate() {
        // A pattern of 0.5 in the first row of every map.
        *v += if i % 36 < 6 { 0.5 } else { 0.0 };
    }
    npy::write(folder.path().join("a.npy"), &padded).expect("written");
    npy::write(folder.path().join("b.npy"), &optimal).expect("written");
    let found = json(&succeed(
        folder.path(),
        ["metrics", "a.npy", "b.npy", "--json"],
    ));
    let value = |name: &str| {
        let lines = found.as_array().expect("lines");
        let line = lines
            .iter()
            .find(|line| line["metric"] == name)
            .expect("a metric");
        line["value"].as_f64().expect("a value")
    };
    assert!((value("rms_ppp") - (0.25f64 / 6.0).sqrt()).abs() < 1e-6);
    assert!((value("mae_ppp") - 0.5 / 6.0).abs() < 1e-6);
    assert!((value("coherence") - 1.0).abs() < 1e-6);
    let double = Tensor::<f64>::zeros(&[n, 2, 6, 5]);
    npy::write(folder.path().join("c.npy"), &double).expect("written");
    refused(
        &padgrad(folder.path(), ["metrics", "a.npy", "c.npy"]),
        2,
        &["a.npy has shape [60, 2, 6, 6]", "c.npy [60, 2, 6, 5]"],
    );
    let said = succeed(folder.path(), ["metrics", "a.npy", "b.npy"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.starts_with("Padding leaves a pattern here that is the same for every image (PPP)")
            && said.contains("It is 100% of all that padding does")
            && said.contains("is 1 px of the image."),
        "{said}"
    );
    refused(
        &padgrad(folder.path(), ["metrics", "a.npy", "d.npy"]),
        1,
        &["d.npy", "check the path"],
    );
}

#[test]
/// The pictures are JPEG copies with halved colour: PyTorch has these accuracies on them, decoded by libjpeg, with the
/// same weights; 91.73 and 93.39 are published for the pictures themselves.
fn accuracies_on_copies_in_jpeg_are_those_of_pytorch() {
    let Some(images) = shared("cifar10/test") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for (arch, file, of_pytorch) in [
        ("resnet20", "resnet20-12fca82f.th", 81.03),
        ("resnet56", "resnet56-4bfd9763.th", 83.2),
    ] {
        let Some(model) = shared(&format!("models/{file}")) else {
            return;
        };
        let args = [
            "evaluate",
            text(&model),
            "--arch",
            arch,
            "--images",
            text(&images),
            "--json",
        ];
        let found = json(&succeed(
            folder.path(),
            [args.as_slice(), &NORMALISED].concat(),
        ));
        assert_eq!(found["images"], 10_000);
        let accuracy = 100.0 * found["accuracy"]["value"].as_f64().expect("an accuracy");
        assert!(
            (accuracy - of_pytorch).abs() <= 0.5,
            "{arch}: {accuracy} where PyTorch has {of_pytorch}"
        );
    }
}
