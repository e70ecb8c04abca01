//! Files of PyTorch, and torchvision's networks, against what PyTorch itself makes of them
//! (`tests/fixtures/pytorch.py`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use padgrad::formats::safetensors::File;
use padgrad::nn::{Model, models};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use proptest::prelude::*;
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn torchvision() -> Value {
    let text = std::fs::read_to_string(fixture("torchvision.json")).expect("the fixture");
    serde_json::from_str(&text).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[test]
fn both_formats_are_read_as_pytorch_reads_them() {
    let wanted = torchvision();
    let wanted = wanted["weights"].as_object().expect("weights");
    for name in ["pytorch_zip.pth", "pytorch_legacy.pth"] {
        let found = File::<f64>::read(fixture(name)).expect("weights").tensors;
        let names: Vec<&String> = found.keys().collect();
        let mut expected: Vec<&String> = wanted.keys().collect();
        expected.sort();
        assert_eq!(names, expected, "{name}");
        for (tensor, wanted) in wanted {
            let found = &found[tensor];
            let shape: Vec<f64> = found.shape().iter().map(|n| *n as f64).collect();
            assert_eq!(shape, numbers(&wanted["shape"]), "{name}: {tensor}");
            assert_eq!(found.data(), numbers(&wanted["values"]), "{name}: {tensor}");
        }
        let single = File::<f32>::read(fixture(name)).expect("weights").tensors;
        assert_eq!(single["f64"].data()[1], (-2.5f64 / 3.0) as f32);
    }
}

#[test]
fn what_is_no_weight_is_refused_by_name() {
    let refused = |bytes: &[u8]| {
        let error = File::<f32>::parse(bytes, Path::new("x.pth")).expect_err("no weights");
        error.to_string()
    };
    let bytes = std::fs::read(fixture("pytorch_hostile.pth")).expect("the fixture");
    let message = refused(&bytes);
    assert!(
        message.contains("the Python object posix.system"),
        "{message}"
    );
    assert!(message.contains("state_dict()"), "{message}");
    // One element that is spread over 2^40 takes no memory.
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    let mut bomb = magic.to_vec();
    bomb.extend(b"\x80\x02M\xe9\x03.\x80\x02}.\x80\x02}X\x01\0\0\0w");
    bomb.extend(b"ctorch._utils\n_rebuild_tensor\n((X\x07\0\0\0storagectorch\nFloatStorage\n");
    bomb.extend(b"X\x01\0\0\0aX\x03\0\0\0cpuK\x01tQK\x00");
    bomb.extend(b"(\x8a\x06\0\0\0\0\0\x01t(K\x00ttRs.");
    bomb.extend(b"\x80\x02]X\x01\0\0\0aa.");
    bomb.extend(1u64.to_le_bytes());
    bomb.extend(1f32.to_le_bytes());
    let message = refused(&bomb);
    assert!(
        message.contains("w of shape [1099511627776] is larger"),
        "{message}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is damaged, there is one line and no panic.
    #[test]
    fn damaged_files_are_one_line(
        legacy in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        in_pickle in any::<bool>(),
    ) {
        let name = if legacy { "pytorch_legacy.pth" } else { "pytorch_zip.pth" };
        let mut bytes = std::fs::read(fixture(name)).expect("the fixture");
        // Most of a file is elements; the pickle at its beginning and the directory at its end are what can break.
        let within = if in_pickle { bytes.len().min(2000) } else { bytes.len() };
        for (at, value) in changes {
            let at = at.index(within);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            let end = cut.index(bytes.len());
            bytes.truncate(end);
        }
        if let Err(error) = File::<f32>::parse(&bytes, Path::new("x.pth")) {
            let message = error.to_string();
            prop_assert!(message.starts_with("x.pth: ") && !message.contains('\n'), "{message}");
        }
    }
}

/// As `by_formula` of the script that makes the fixtures.
fn by_formula(name: &str, shape: &[usize]) -> Tensor<f32> {
    let start = u64::from(crc32(name.as_bytes()));
    let rest: usize = shape.iter().skip(1).product();
    let value = |k: usize| {
        let mixed = (k as u64 * 2_654_435_761 + start) % (1 << 32);
        let value = mixed as f64 / f64::from(1u32 << 31) - 1.0;
        let scaled = match (shape.len(), name.ends_with("running_var")) {
            (_, true) => 1.0 + 0.5 * value,
            (1, _) if name.ends_with("weight") => 1.0 + 0.25 * value,
            (1, _) => 0.1 * value,
            _ => value * (6.0 / rest as f64).sqrt(),
        };
        scaled as f32
    };
    Tensor::from_vec((0..shape.iter().product()).map(value).collect(), shape)
}

fn images(side: usize) -> Tensor<f32> {
    let value = |k: usize| {
        let mixed = (k as u64 * 2_654_435_761) % (1 << 32);
        (mixed as f64 / f64::from(1u32 << 31) - 1.0) as f32
    };
    Tensor::from_vec(
        (0..2 * 3 * side * side).map(value).collect(),
        &[2, 3, side, side],
    )
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

fn model(name: &str, classes: usize) -> Model<f32> {
    let architecture = models::find(name).expect("an architecture");
    let side = architecture.side.min(64);
    let zeros = Padding::parse("zeros").expect("a padding");
    architecture
        .build([3, side, side], classes, zeros, Seed(0))
        .expect("a network")
}

fn digest<'a>(names: impl Iterator<Item = (&'a String, &'a Tensor<f32>)>) -> f64 {
    let mut lines: Vec<String> = names
        .map(|(name, t)| format!("{name} {:?}", t.shape()))
        .collect();
    lines.sort();
    f64::from(crc32(lines.join("\n").as_bytes()))
}

#[test]
fn names_and_shapes_are_those_of_torchvision() {
    let fixture = torchvision();
    let wanted = |name: &str| fixture["digests"][name].as_f64().expect("a digest");
    let all = |model: &Model<f32>, prefix: &str| {
        let tensors = model.state.parameters.iter().chain(&model.state.buffers);
        digest(tensors.filter(|(name, _)| name.starts_with(prefix)))
    };
    for name in [
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet101",
        "resnet152",
        "mobilenet_v2",
    ] {
        assert_eq!(all(&model(name, 7), ""), wanted(name), "{name}");
    }
    for n in [11, 13, 16, 19] {
        for name in [format!("vgg{n}"), format!("vgg{n}_bn")] {
            let own = all(&model(&name, 7), "features");
            assert_eq!(own, wanted(&format!("{name} features")), "{name}");
        }
    }
    // The heads of VGG take half a gigabyte each, and differ in nothing.
    assert_eq!(all(&model("vgg11_bn_imagenet", 7), ""), wanted("vgg11_bn"));
}

#[test]
fn a_files_head_chooses_the_form_of_vgg() {
    let with = |name: &'static str| move |tensor: &str| tensor == name;
    let chosen = |arch, name| models::for_weights(arch, with(name)).expect("known").name;
    assert_eq!(chosen("vgg16", "classifier.6.weight"), "vgg16_imagenet");
    assert_eq!(chosen("vgg16", "classifier.weight"), "vgg16");
    assert_eq!(
        chosen("vgg16_imagenet", "classifier.6.weight"),
        "vgg16_imagenet"
    );
    assert_eq!(chosen("resnet18", "fc.weight"), "resnet18");
}

fn near(found: &Tensor<f32>, wanted: &[f64], what: &str) {
    let scale = wanted.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let error = (found.data().iter().zip(wanted))
        .map(|(a, b)| (f64::from(*a) - b).abs())
        .fold(0.0, f64::max);
    assert!(
        found.len() == wanted.len() && error <= 1e-5 * scale,
        "{what}: {error:e} of {scale}"
    );
}

#[test]
fn logits_are_those_of_pytorch() {
    let fixture = torchvision();
    let names = [
        ("resnet18", 7),
        ("resnet50", 7),
        ("mobilenet_v2", 7),
        ("vgg11_bn", 7),
        ("resnet20", 10),
    ];
    for (name, classes) in names {
        let side = if name == "resnet20" { 32 } else { 64 };
        let mut model = model(name, classes)
            .resized([side; 2])
            .expect("a size that fits");
        let all = model.state.parameters.iter().chain(&model.state.buffers);
        let filled = all.map(|(name, own)| (name.clone(), by_formula(name, own.shape())));
        let filled: BTreeMap<_, _> = filled.collect();
        model.state.fill_strict(&filled).expect("own names");
        let logits = model.logits(images(side)).expect("logits");
        near(&logits, &numbers(&fixture["logits"][name]), name);
    }
}

/// The folder of data beside the project; a test without it says so and ends.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(path);
    if !path.exists() {
        // Directly, since what macros print is not seen of a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {} is not there",
            path.display()
        );
    }
    path.exists().then_some(path)
}

#[test]
fn somebodys_resnet20_gives_pytorchs_logits() {
    let Some(path) = shared("models/resnet20-12fca82f.th") else {
        return;
    };
    let mut model = model("resnet20", 10);
    model.state.load(&path).expect("its weights");
    let logits = model.logits(images(32)).expect("logits");
    near(
        &logits,
        &numbers(&torchvision()["logits"]["resnet20.th"]),
        "resnet20.th",
    );
}
