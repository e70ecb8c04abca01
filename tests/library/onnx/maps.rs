//! Operators that keep a map one: its rows and columns, what a pixel sees, and the true pixels around it.

use padgrad::autodiff::Var;
use padgrad::formats::onnx::{Imported, Options};
use padgrad::nn::{Context, Feature, Mode};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

use super::outputs;
use super::written::{Int, Ints, Written};

/// Channels of the maps `a`, from which the operators of a case compute `b`.
pub const CHANNELS: usize = 4;
pub const SIDE: usize = 16;
/// What is around the image: enough for every case, and a multiple of each one's blocks.
pub const MARGIN: usize = 8;

/// What computes `b` from `a`, for maps of this side.
pub type Operators = fn(Written, usize) -> Written;

/// Operators of which a pixel of `b` sees no more than some pixels around it, and the channels of `b`.
const LOCAL: &[(&str, usize, Operators)] = &[
    ("mean", 4, mean),
    ("unshuffle", 16, unshuffle),
    ("unshuffle by sides", 16, unshuffle_by_sides),
    ("unshuffle of channels last", 16, unshuffle_of_channels_last),
    ("nothing", 4, nothing),
    ("channels one by one", 4, channels_one_by_one),
    ("one value everywhere", 4, one_value_everywhere),
    ("constant channels", 6, constant_channels),
    ("repeated channels", 8, repeated_channels),
    ("repeated pixels", 4, repeated_pixels),
    ("every second pixel", 4, every_second_pixel),
];

fn mean(graph: Written, _: usize) -> Written {
    let graph = graph
        .node("Relu", "a", "a2", &[])
        .node("Neg", "a", "a3", &[]);
    graph.node("Mean", "a a2 a3 a2", "b", &[])
}

/// As a pixel unshuffle is written in PyTorch, and exported.
fn unshuffle(graph: Written, side: usize) -> Written {
    let half = side as i64 / 2;
    let graph = graph.ints("apart", &[-1, 4, half, 2, half, 2]);
    let graph = graph.ints("together", &[-1, 16, half, half]);
    let graph = graph.node("Reshape", "a apart", "a2", &[]);
    let order = ("perm", Ints(&[0, 1, 3, 5, 2, 4]));
    let graph = graph.node("Transpose", "a2", "a3", &[order]);
    graph.node("Reshape", "a3 together", "b", &[])
}

/// As a pixel unshuffle is exported for images of any size.
fn unshuffle_by_sides(graph: Written, _: usize) -> Written {
    let graph = graph.ints("new", &[3]).ints("rows", &[0, 0, -1, 2, 0]);
    let graph = graph.ints("columns", &[0, 0, 0, 0, -1, 2]);
    let graph = graph
        .ints("all", &[0, -1, 1, 1, 0, 0])
        .ints("ones", &[2, 3]);
    let graph = graph.node("Unsqueeze", "a new", "a2", &[]);
    let graph = graph.node("Reshape", "a2 rows", "a3", &[]);
    let graph = graph.node("Reshape", "a3 columns", "a4", &[]);
    let order = ("perm", Ints(&[0, 1, 3, 5, 2, 4]));
    let graph = graph.node("Transpose", "a4", "a5", &[order]);
    let graph = graph.node("Reshape", "a5 all", "a6", &[]);
    graph.node("Squeeze", "a6 ones", "b", &[])
}

/// Patches of four pixels that are merged, with channels last.
fn unshuffle_of_channels_last(graph: Written, side: usize) -> Written {
    let half = side as i64 / 2;
    let graph = graph
        .ints("apart", &[1, half, 2, half, 2, 4])
        .ints("together", &[1, half, half, 16])
        .node("Transpose", "a", "a2", &[("perm", Ints(&[0, 2, 3, 1]))])
        .node("Reshape", "a2 apart", "a3", &[]);
    let order = ("perm", Ints(&[0, 1, 3, 4, 2, 5]));
    let graph = graph.node("Transpose", "a3", "a4", &[order]);
    let graph = graph.node("Reshape", "a4 together", "a5", &[]);
    graph.node("Transpose", "a5", "b", &[("perm", Ints(&[0, 3, 1, 2]))])
}

/// Operators that change nothing.
fn nothing(graph: Written, side: usize) -> Written {
    let all: Vec<i64> = (0..side as i64).collect();
    let graph = graph
        .ints("one", &[1; 4])
        .ints("all", &all)
        .ints("none", &[0; 8]);
    let graph = graph
        .ints("first", &[0])
        .ints("last", &[i64::MAX])
        .ints("axis", &[3]);
    let graph = graph.ints("part", &[side as i64]);
    let graph = graph.node("Expand", "a one", "a1", &[]);
    let graph = graph.node("Tile", "a1 one", "a2", &[]);
    let graph = graph.node("Gather", "a2 all", "a3", &[("axis", Int(2))]);
    let graph = graph.node("Slice", "a3 first last axis", "a4", &[]);
    let graph = graph.node("Split", "a4 part", "a5", &[("axis", Int(3))]);
    let graph = graph.node("Pad", "a5 none", "a6", &[]);
    let graph = graph.node("Transpose", "a6", "a7", &[("perm", Ints(&[0, 1, 2, 3]))]);
    graph.node("Concat", "a7", "b", &[("axis", Int(2))])
}

/// As torchvision's `transform_input` is exported.
fn channels_one_by_one(mut graph: Written, _: usize) -> Written {
    graph = graph.ints("axis", &[1]);
    graph = graph.floats("scale", &Tensor::full(&[], 0.5));
    for i in [2, 0, 3, 1] {
        let [index, one, map, scaled] = ["i", "one", "map", "scaled"].map(|n| format!("{n}{i}"));
        graph = graph.scalar(&index, i);
        graph = graph.node("Gather", &format!("a {index}"), &one, &[("axis", Int(1))]);
        graph = graph.node("Unsqueeze", &format!("{one} axis"), &map, &[]);
        graph = graph.node("Mul", &format!("{map} scale"), &scaled, &[]);
    }
    graph.node(
        "Concat",
        "scaled2 scaled0 scaled3 scaled1",
        "b",
        &[("axis", Int(1))],
    )
}

/// Constants of a map's size, which a larger image has everywhere, too.
fn one_value_everywhere(graph: Written, side: usize) -> Written {
    let each = (0..CHANNELS * side * side).map(|i| 0.5 + (i / (side * side)) as f64);
    let graph = graph.floats(
        "bias",
        &Tensor::from_vec(each.collect(), &[1, CHANNELS, side, side]),
    );
    let graph = graph.floats("scale", &Tensor::full(&[side, side], 1.5));
    graph
        .node("Add", "a bias", "a2", &[])
        .node("Mul", "scale a2", "b", &[])
}

/// As the shortcut of a residual block without weights adds channels.
fn constant_channels(graph: Written, side: usize) -> Written {
    let graph = graph.floats("ones", &Tensor::ones(&[1, 2, side, side]));
    graph.node("Concat", "ones a", "b", &[("axis", Int(1))])
}

fn repeated_channels(graph: Written, _: usize) -> Written {
    let graph = graph
        .ints("four", &[1, 4, 1, 1])
        .ints("twice", &[1, 2, 1, 1]);
    let average = [("axes", Ints(&[1])), ("keepdims", Int(1))];
    let graph = graph.node("ReduceMean", "a", "a2", &average);
    let graph = graph
        .node("Expand", "a2 four", "a3", &[])
        .node("Add", "a a3", "a4", &[]);
    graph.node("Tile", "a4 twice", "b", &[])
}

/// An upsampling that is written without one.
fn repeated_pixels(graph: Written, side: usize) -> Written {
    let n = side as i64;
    let graph = graph
        .ints("apart", &[1, 4, n, 1, n, 1])
        .ints("twice", &[1, 4, n, 2, n, 2]);
    let graph = graph.ints("together", &[1, 4, 2 * n, 2 * n]);
    let graph = graph
        .node("Reshape", "a apart", "a2", &[])
        .node("Expand", "a2 twice", "a3", &[]);
    graph.node("Reshape", "a3 together", "b", &[])
}

fn every_second_pixel(graph: Written, side: usize) -> Written {
    let second: Vec<i64> = (0..side as i64).step_by(2).collect();
    let graph = graph.ints("second", &second);
    let graph = graph.node("Gather", "a second", "a2", &[("axis", Int(2))]);
    graph.node("Gather", "a2 second", "b", &[("axis", Int(3))])
}

/// The operators alone, on an input of this side; `whole` takes it as a tensor that nothing is known of.
pub fn alone(operators: Operators, whole: bool) -> Imported<f64> {
    let graph = Written::new([CHANNELS, SIDE, SIDE]).node("Identity", "x", "a", &[]);
    let graph = operators(graph, SIDE).node("Identity", "b", "y", &[]);
    let options = Options {
        whole,
        ..Options::default()
    };
    graph.load(17, &options)
}

/// The operators between two padded convolutions, for images of this side.
pub fn between(operators: Operators, channels: usize, side: usize) -> Imported<f64> {
    let weight = |channels: usize, seed| {
        Tensor::<f64>::randn(&[CHANNELS, channels, 3, 3], &mut Seed(seed).rng())
    };
    let graph = Written::new([3, side, side]);
    let graph = graph
        .floats("w1", &weight(3, 1))
        .floats("w2", &weight(channels, 2));
    let pads = || [("pads", Ints(&[1; 4]))];
    let graph = operators(graph.node("Conv", "x w1", "a", &pads()), side);
    graph
        .node("Conv", "b w2", "y", &pads())
        .load(17, &Options::default())
}

/// The features of the centre of these images with true surroundings.
fn with_surroundings(network: &Imported<f64>, images: &Tensor<f64>) -> Tensor<f64> {
    let mut cx = Context::new(&network.model.state, Mode::Eval).surroundings();
    let feature = Feature::wide(Var::constant(images.clone()), MARGIN);
    let found = network.model.outputs(feature, &mut cx).unwrap();
    found[0].on_grid().into_value()
}

pub fn images(channels: usize, side: usize) -> Tensor<f64> {
    Tensor::randn(&[2, channels, side, side], &mut Seed(3).rng())
}

/// Whether two tensors agree to what another order of sums changes.
#[track_caller]
pub fn assert_same(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let far = a
        .data()
        .iter()
        .zip(b.data())
        .find(|(a, b)| (*a - *b).abs() > 1e-12);
    assert_eq!(far, None, "{what}");
}

/// Whether the operators give maps of this many channels, of what they compute on tensors that nothing is known of.
#[track_caller]
pub fn assert_as_on_whole_tensors(name: &str, channels: usize, operators: Operators) {
    let x = Var::constant(images(CHANNELS, SIDE));
    let x = x.narrow(0, 0, 1).into_value();
    let flat = x.reshape(&[1, x.len(), 1, 1]);
    let [map, whole] = [false, true].map(|whole| alone(operators, whole));
    let maps = [&map, &whole].map(|network| network.outputs[0].map);
    assert_eq!(maps, [Some([2, 3]), None], "{name}");
    let found = outputs(&map, x).remove(0);
    assert_eq!(found.shape()[1], channels, "{name}");
    assert_same(&found, &outputs(&whole, flat)[0], name);
}

#[test]
fn operators_on_maps_compute_what_those_on_whole_tensors_do() {
    for (name, channels, operators) in LOCAL {
        assert_as_on_whole_tensors(name, *channels, *operators);
    }
}

#[test]
fn operators_on_maps_read_what_a_larger_image_has() {
    let large = SIDE + 2 * MARGIN;
    let images = images(3, large);
    for (name, channels, operators) in LOCAL {
        let [small, wide] = [SIDE, large].map(|side| between(*operators, *channels, side));
        assert!(
            small
                .model
                .layers()
                .unwrap()
                .iter()
                .all(|layer| !layer.global),
            "{name}"
        );
        let found = with_surroundings(&small, &images);
        let whole = Var::constant(outputs(&wide, images.clone()).remove(0));
        let [side, margin] = [SIDE, MARGIN].map(|n| n * whole.shape()[2] / large);
        let centre = whole.crop2d(margin..margin + side, margin..margin + side);
        assert!(found == *centre.value(), "{name}");
        let [own, _] = padded_and_not(&small, &images);
        assert!(own != found, "{name}: the borders were other pixels");
    }
}

/// The features of the centre of these images under the network's own padding and with true surroundings.
pub fn padded_and_not(network: &Imported<f64>, images: &Tensor<f64>) -> [Tensor<f64>; 2] {
    let centre = Var::constant(images.clone());
    let centre = centre.crop2d(MARGIN..MARGIN + SIDE, MARGIN..MARGIN + SIDE);
    let own = outputs(network, centre.into_value()).remove(0);
    [own, with_surroundings(network, images)]
}

/// Rows as the channels of a sequence, of a map that a scalar index has taken from the image.
#[test]
fn one_channel_of_an_image_may_be_read_as_a_sequence() {
    let graph = Written::new([CHANNELS, SIDE, SIDE]).scalar("i", 1);
    let weight = Tensor::randn(&[2, SIDE, 3], &mut Seed(5).rng());
    let graph = graph
        .floats("w", &weight)
        .node("Gather", "x i", "a", &[("axis", Int(1))]);
    let network = graph
        .node("Conv", "a w", "y", &[])
        .load(17, &Options::default());
    assert_eq!(network.outputs[0].shape, [1, 2, SIDE - 2]);
}
