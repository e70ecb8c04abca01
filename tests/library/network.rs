//! A network as data: what building checks, what can be reached and changed, and what its walks say.

use padgrad::autodiff::ops::{self, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::error::Result;
use padgrad::kernels::Scalar;
use padgrad::nn::layers::{
    Add, AvgPool2d, BatchNorm2d, Concat, Conv2d, Dropout, GlobalAvgPool2d, Linear, MaxPool2d, Relu,
    Residual, Sequential,
};
use padgrad::nn::{
    Context, Feature, Geometry, Kind, Layer, Mode, Model, Network, Sampled, Sampling, Windowed,
    dotted, models,
};
use padgrad::padding::{Extent, Padding, Window};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn padding(text: &str) -> Padding {
    Padding::parse(text).unwrap()
}

fn images<T: Scalar>(shape: [usize; 3], samples: usize) -> Tensor<T> {
    let [c, h, w] = shape;
    Tensor::randn(&[samples, c, h, w], &mut Seed(2).rng())
}

fn small(scheme: &str) -> Model<f32> {
    let small = models::find("small").unwrap();
    small
        .build([3, 12, 12], 4, padding(scheme), Seed(1))
        .unwrap()
}

/// The message of the error that building `network` gives.
#[track_caller]
fn refused(network: impl Into<Network<f32>>) -> String {
    match Model::new(network, [3, 8, 8], Seed(0)) {
        Ok(_) => panic!("it was built"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

#[test]
fn building_names_the_layer_whose_name_channels_inputs_or_window_do_not_fit() {
    let zeros = padding("zeros");
    let conv = |c, o| Conv2d::new(c, o, 3, zeros);
    let twice = Sequential::new()
        .named("a", conv(3, 3))
        .named("a", conv(3, 3));
    says(&refused(twice), &["layer a", "two layers have this name"]);
    let inside = Sequential::new().named("b", Sequential::new().named("c", conv(3, 3)));
    let inside = inside.named("b.c", Relu);
    says(&refused(inside), &["layer b.c"]);
    says(&refused(Sequential::new().named("", Relu)), &["no name"]);

    let channels = Sequential::new()
        .named("a", conv(3, 5))
        .named("b", conv(4, 5));
    says(
        &refused(channels),
        &["layer b", "takes 4 channels", "[5, 8, 8]"],
    );
    let norm = Sequential::new().named("n", BatchNorm2d::new(4));
    says(&refused(norm), &["layer n", "takes 4 channels"]);
    let linear = Sequential::new().named("fc", Linear::new(3, 2));
    says(&refused(linear), &["layer fc", "3 features", "[3, 8, 8]"]);
    let body = Sequential::new().named("conv", conv(3, 4));
    let join = Sequential::new().named("block", Residual::new(body));
    says(
        &refused(join),
        &["layer block", "differs in shape", "[4, 8, 8]", "[3, 8, 8]"],
    );
    let mut network = Network::new();
    let image = network.input();
    let half = network.add("half", conv(3, 4).stride(2), &[image]);
    network.add("cat", Concat, &[image, half]);
    says(&refused(network), &["layer cat", "different sizes"]);
    let mut network = Network::new();
    let image = network.input();
    network.add("relu", Relu, &[image, image]);
    says(&refused(network), &["layer relu", "2 inputs"]);
    let deep = Sequential::new().named("wide", Conv2d::new(3, 3, 9, Padding::valid()));
    says(&refused(deep), &["layer wide", "9×9 window does not fit"]);
}

#[test]
fn building_names_the_layer_whose_groups_or_window_are_none() {
    let built = |layer: Conv2d| refused(Sequential::new().named("c", layer));
    let conv = || Conv2d::new(3, 6, 3, padding("zeros"));
    for (groups, words) in [(0, "0 groups"), (2, "2 groups do not divide 3 input and 6")] {
        says(&built(conv().groups(groups)), &["layer c", words]);
    }
    let same = Conv2d::new(3, 6, [3, 0], Padding::parse("zeros@same").unwrap());
    for (layer, words) in [
        (conv().stride([1, 0]), "stride [1, 0]"),
        (conv().dilation(0), "dilation [0, 0]"),
        (same.clone(), "size [3, 0]"),
        (same.stride(0), "stride [0, 0]"),
    ] {
        says(&built(layer), &["layer c", words]);
    }
    // The same where the fields are set without the methods, and in pools.
    let fields = Conv2d {
        stride: [0; 2],
        ..conv()
    };
    says(&built(fields), &["layer c", "stride [0, 0]"]);
    let max = Sequential::new().named("p", MaxPool2d::new(0));
    says(&refused(max), &["layer p", "size [0, 0]"]);
    let avg = Sequential::new().named("p", AvgPool2d::new(PoolOptions::new(2).stride(0)));
    says(&refused(avg), &["layer p", "stride [0, 0]"]);
}

/// PyTorch's formula by hand: in training (x - mean)/√(biased var + eps), and the running statistics move by
/// momentum towards the mean and the unbiased variance; in evaluation the running ones take their place.
#[test]
fn batch_norm_has_an_epsilon_and_a_momentum_of_its_own() {
    let (eps, momentum) = (0.5, 0.25);
    let norm = BatchNorm2d::new(1).eps(eps).momentum(momentum);
    let mut model =
        Model::<f64>::new(Sequential::new().named("n", norm), [1, 1, 2], Seed(0)).unwrap();
    let x = [1.0, 2.0, 4.0, 9.0];
    // Mean 4; squares of differences 9 + 4 + 0 + 25 = 38.
    let (mean, biased, unbiased) = (4.0, 38.0 / 4.0, 38.0 / 3.0);
    let images = || Feature::images(Var::constant(Tensor::from_vec(x.to_vec(), &[2, 1, 1, 2])));
    let close = |values: &[f64], mean: f64, var: f64| {
        for (y, x) in values.iter().zip(x) {
            let wanted = (x - mean) / (var + eps).sqrt();
            assert!((y - wanted).abs() < 1e-12, "{y} where {wanted} is right");
        }
    };
    let mut cx = Context::new(&model.state, Mode::Train);
    let y = model.forward(images(), &mut cx).unwrap();
    close(y.value.value().data(), mean, biased);
    let buffers = cx.finish().buffers;
    model.state.buffers.extend(buffers);
    let running = |name: &str| model.state.buffers[name].data()[0];
    let moved = [momentum * mean, (1.0 - momentum) + momentum * unbiased];
    let found = [running("n.running_mean"), running("n.running_var")];
    for (found, wanted) in found.iter().zip(moved) {
        assert!(
            (found - wanted).abs() < 1e-12,
            "{found} where {wanted} is right"
        );
    }
    let mut cx = Context::new(&model.state, Mode::Eval);
    let y = model.forward(images(), &mut cx).unwrap();
    close(y.value.value().data(), moved[0], moved[1]);
}

#[test]
fn features_are_found_by_name_and_are_those_of_a_tap() {
    let model = small("reflect");
    let images = images([3, 12, 12], 2);
    let mut seen = std::collections::BTreeMap::new();
    {
        let mut tap = |name: &str, y: &Feature<f32>| {
            seen.insert(name.to_string(), y.value.value().clone());
        };
        let mut cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
        let x = Feature::images(Var::constant(images.clone()));
        model.forward(x, &mut cx).unwrap();
    }
    let names = ["features.2", "features", "classifier"];
    let found = model.features(&images, &names).unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(name, value)| &seen[name] == value));
    assert_eq!(found["features"], seen["features.16"]);
    let error = model.features(&images, &["feature.2"]).unwrap_err();
    says(&error.to_string(), &["feature.2", "features.2"]);
}

#[test]
fn layers_are_reached_and_padded_anew() {
    let (images, mut model) = (images([3, 12, 12], 2), small("zeros"));
    assert_eq!(
        model.layer::<Conv2d>("features.0").unwrap().out_channels,
        32
    );
    says(
        &model.layer::<Relu>("features.0").unwrap_err().to_string(),
        &["layer features.0", "Relu"],
    );
    assert!(model.layer::<Conv2d>("features.zero").is_err());
    let zeros = model.logits(images.clone()).unwrap();
    let circular = small("circular").logits(images.clone()).unwrap();
    model
        .set_padding("features.0", padding("circular"))
        .unwrap();
    let two = model.logits(images.clone()).unwrap();
    assert!(two != zeros && two != circular);
    model.layer_mut::<Conv2d>("features.0").unwrap().padding = padding("zeros");
    assert_eq!(model.logits(images.clone()).unwrap(), zeros);
    says(
        &model
            .set_padding("features.1", padding("zeros"))
            .unwrap_err()
            .to_string(),
        &["layer features.1", "no padding"],
    );
    // A padding that leaves a later window nothing is refused, and the layer keeps its own.
    let before = model.layer::<Conv2d>("features.0").unwrap().padding;
    let deep = Sequential::new()
        .named("a", Conv2d::new(3, 3, 7, before))
        .named("b", Conv2d::new(3, 3, 7, Padding::valid()));
    let mut deep: Model<f32> = Model::new(deep, [3, 9, 9], Seed(0)).unwrap();
    assert!(deep.set_padding("a", Padding::valid()).is_err());
    assert!(deep.check().is_ok());
    let model = model.with_padding(padding("circular")).unwrap();
    assert_eq!(model.logits(images.clone()).unwrap(), circular);
    let valid = small("circular").with_padding(Padding::valid());
    assert!(valid.is_err(), "twelve pixels are too few without padding");
}

/// A stem with batch norm and dropout, and a head.
fn stem_and_head() -> Model<f64> {
    let stem = Sequential::new()
        .named("conv", Conv2d::new(2, 4, 3, padding("zeros")))
        .named("norm", BatchNorm2d::new(4))
        .named("relu", Relu)
        .named("drop", Dropout { p: 0.5 });
    let root = Sequential::new()
        .named("stem", stem)
        .named("head", Conv2d::new(4, 3, 3, padding("reflect")))
        .named("pool", GlobalAvgPool2d)
        .named("fc", Linear::new(3, 2));
    Model::new(root, [2, 6, 5], Seed(3)).unwrap()
}

/// What a training pass leaves: which values are on the tape, the leaves with a gradient, the buffers.
fn training_pass(model: &Model<f64>) -> (Vec<String>, Vec<String>, Vec<String>, Tensor<f64>) {
    let (tape, mut recorded) = (Tape::new(), Vec::new());
    let mut tap = |name: &str, y: &Feature<f64>| {
        if y.value.requires_grad() {
            recorded.push(name.to_string());
        }
    };
    let mut cx = Context::new(&model.state, Mode::Train).tape(&tape);
    cx = cx.tap(&mut tap);
    let x = Feature::images(Var::constant(images(model.input(), 3)));
    let y = model.forward(x, &mut cx).unwrap().value;
    let collected = cx.finish();
    let value = y.value().clone();
    let gradients = ops::sum(&y, &[]).backward();
    let leaves = collected.leaves.iter();
    let with_gradient = leaves.filter(|(_, leaf)| gradients.get(leaf).is_some());
    let leaves = with_gradient.map(|(name, _)| name.clone()).collect();
    let buffers = collected.buffers.into_iter().map(|(name, _)| name);
    (recorded, leaves, buffers.collect(), value)
}

#[test]
fn a_frozen_stem_leaves_nothing_on_the_tape() {
    let mut model = stem_and_head();
    let (recorded, leaves, _, trained) = training_pass(&model);
    assert!(recorded.contains(&"stem.conv".to_string()) && leaves.len() == 8);
    model.freeze("stem").unwrap();
    let (recorded, leaves, buffers, frozen) = training_pass(&model);
    assert_eq!(recorded, ["head", "pool", "fc"]);
    assert_eq!(leaves, ["fc.bias", "fc.weight", "head.bias", "head.weight"]);
    assert!(frozen == trained && buffers.len() == 2);
    model.unfreeze("stem.conv").unwrap();
    let (_, leaves, ..) = training_pass(&model);
    assert_eq!(leaves.len(), 6);
    // A name is not a prefix of another by its letters alone.
    let error = model.freeze("ste").unwrap_err().to_string();
    says(&error, &["`ste`", "stem"]);
}

#[test]
fn layers_evaluate_by_themselves_in_training() {
    let mut model = stem_and_head();
    let (.., trained) = training_pass(&model);
    model.eval("stem").unwrap();
    let (_, leaves, buffers, evaluated) = training_pass(&model);
    assert!(buffers.is_empty() && leaves.len() == 8 && evaluated != trained);
    let logits = model.logits(images(model.input(), 3)).unwrap();
    assert_eq!(evaluated, logits);
    model.train("stem").unwrap();
    assert_eq!(training_pass(&model).3, trained);
}

/// x - mean of a window: a layer with a window that this crate does not know.
struct HighPass {
    padding: Padding,
}

impl HighPass {
    fn windowed(&self) -> Windowed {
        Windowed {
            window: Window::square(3),
            padding: self.padding.or_extent(Extent::Uniform(1)),
        }
    }
}

impl<T: Scalar> Layer<T> for HighPass {
    fn geometry(&self) -> Geometry {
        Geometry::Window(self.windowed())
    }

    fn init(&self, path: &str, state: &mut padgrad::nn::State<T>, _seed: Seed) {
        let name = dotted(path, "gain");
        state
            .parameters
            .insert(name, Tensor::full(&[1], T::from_f64(2.0)));
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let gain = cx.parameter("gain");
        let mean = self.windowed().apply(&inputs[0], cx, |x, padding| {
            ops::avg_pool2d(x, &PoolOptions::new(3).stride(1).padding(padding))
        })?;
        let centre = inputs[0].cropped(mean.margin).value;
        Ok(mean.pointwise(|mean| ops::mul(&ops::sub(&centre, mean), &gain)))
    }
}

/// Every pixel twice along both axes.
struct Twice;

impl<T: Scalar> Layer<T> for Twice {
    fn geometry(&self) -> Geometry {
        Geometry::Sampled(Sampled([Sampling::Repeat(2); 2]))
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let x = &inputs[0];
        let [n, c, h, w] = [0, 1, 2, 3].map(|axis| x.value.shape()[axis]);
        let apart = ops::reshape(&x.value, &[n, c, h, 1, w, 1]);
        let rows = ops::concat(&[&apart, &apart], 3);
        let both = ops::concat(&[&rows, &rows], 5);
        let mut margin = x.margin;
        for side in [
            &mut margin.top,
            &mut margin.left,
            &mut margin.bottom,
            &mut margin.right,
        ] {
            *side *= 2;
        }
        Ok(Feature {
            value: ops::reshape(&both, &[n, c, 2 * h, 2 * w]),
            margin,
            size: x.size.map(|n| 2 * n),
        })
    }
}

/// Two branches under different paddings, joined twice, an upsampling, a stride.
fn branches(first: Padding, second: Padding) -> Network<f64> {
    let mut network = Network::new();
    let image = network.input();
    let stem = network.add("stem", Conv2d::new(2, 4, [3, 5], first), &[image]);
    let left = network.add("left", Conv2d::new(4, 4, 3, second).dilation(2), &[stem]);
    let right = network.nest("right", Conv2d::new(4, 4, 3, second).dilation(2), stem);
    let right = network.add("relu", Relu, &[right]);
    let sum = network.add("sum", Add, &[left, right, left]);
    let both = network.add("both", Concat, &[sum, right]);
    let half = Conv2d::new(8, 6, 3, first).stride(2).groups(2);
    let half = network.add("half", half, &[both]);
    let twice = network.add("twice", Twice, &[half]);
    network.add("last", Conv2d::new(6, 3, 3, second), &[twice]);
    network
}

/// The features of all layers on their grids, under the padding and under optimal padding.
fn both_ways(model: &Model<f64>) -> [Vec<(String, Tensor<f64>)>; 2] {
    let [c, h, w] = model.input();
    let margin = model.needed_margin().unwrap();
    let wide = images([c, h + 2 * margin, w + 2 * margin], 2);
    let wide = Feature::wide(Var::constant(wide), margin);
    [false, true].map(|surroundings| {
        let mut seen = Vec::new();
        let mut tap = |name: &str, y: &Feature<f64>| {
            seen.push((name.to_string(), y.on_grid().into_value()));
        };
        let cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
        let (x, mut cx) = match surroundings {
            true => (wide.clone(), cx.surroundings()),
            false => (Feature::images(wide.on_grid()), cx),
        };
        model.forward(x, &mut cx).unwrap();
        drop(cx);
        seen
    })
}

#[test]
fn branches_joins_and_upsampling_are_exact_under_optimal_padding() {
    let valid = Padding::valid();
    let model = Model::new(branches(valid, valid), [2, 21, 22], Seed(5)).unwrap();
    let [padded, optimal] = both_ways(&model);
    assert_eq!(padded.len(), 9);
    assert!(padded == optimal, "without padding nothing differs");
    let network = branches(padding("zeros"), padding("circular"));
    let model = Model::new(network, [2, 21, 22], Seed(5)).unwrap();
    let shapes: Vec<_> = model.layers().unwrap().iter().map(|l| l.shape).collect();
    assert_eq!(
        shapes[5..],
        [[8, 21, 22], [6, 11, 11], [6, 22, 22], [3, 22, 22]]
    );
    let [padded, optimal] = both_ways(&model);
    for ((name, a), (_, b)) in padded.iter().zip(&optimal) {
        assert_eq!(a.shape(), b.shape(), "{name}");
        // Far from the border the padding is not seen.
        let centre = [1, 2, a.shape()[2] / 2, a.shape()[3] / 2];
        assert!(a != b && a.at(&centre) == b.at(&centre), "{name}");
    }
    // The margin is as small as can be: one pixel less runs out at the first layer that misses it.
    let margin = model.needed_margin().unwrap();
    let first = model.first_layer_beyond(margin - 1).unwrap();
    let [_, h, w] = model.input();
    let narrow = images([2, h + 2 * margin - 2, w + 2 * margin - 2], 1);
    let mut cx = Context::new(&model.state, Mode::Eval).surroundings();
    let x = Feature::wide(Var::constant(narrow), margin - 1);
    let error = model.forward(x, &mut cx).unwrap_err().to_string();
    says(&error, &[&format!("layer {first}")]);
}

#[test]
fn a_layer_of_ones_own_with_a_window_is_padded_measured_and_frozen_like_any_other() {
    let reflect = padding("reflect");
    let root = Sequential::new()
        .named("high", HighPass { padding: reflect })
        .named("conv", Conv2d::new(2, 3, 3, padding("zeros")));
    let mut model: Model<f64> = Model::new(root, [2, 9, 8], Seed(1)).unwrap();
    assert_eq!(model.needed_margin().unwrap(), 2);
    let [padded, optimal] = both_ways(&model);
    for ((_, a), (_, b)) in padded.iter().zip(&optimal) {
        assert!(a != b && a.at(&[1, 1, 4, 4]) == b.at(&[1, 1, 4, 4]));
    }
    let (_, leaves, ..) = training_pass(&model);
    assert_eq!(leaves, ["conv.bias", "conv.weight", "high.gain"]);
    model.freeze("high").unwrap();
    let (recorded, ..) = training_pass(&model);
    assert_eq!(recorded, ["conv"]);
}

#[test]
fn receptive_fields_are_where_gradients_reach() {
    let zeros = padding("zeros");
    let mut network = Network::<f64>::new();
    let image = network.input();
    let stem = Conv2d::new(1, 2, [3, 5], zeros).stride([2, 1]);
    let stem = network.add("stem", stem, &[image]);
    let pool = PoolOptions::new(3).stride(2);
    let pool = AvgPool2d::new(pool.padding(padding("zeros@1")));
    let pooled = network.add("pool", pool, &[stem]);
    let deep = network.add(
        "deep",
        Conv2d::new(2, 2, 3, zeros).dilation([1, 2]),
        &[pooled],
    );
    let join = network.add("join", Add, &[deep, pooled]);
    network.add(
        "even",
        Conv2d::new(2, 1, 2, padding("zeros@1,0,0,1")),
        &[join],
    );
    let model = Model::new(network, [1, 48, 40], Seed(7)).unwrap();
    for layer in model.layers().unwrap() {
        let [_, h, w] = layer.shape;
        let at = [h / 2, w / 2];
        let tape = Tape::new();
        let x = tape.leaf(images([1, 48, 40], 1));
        let mut seen = None;
        {
            let wanted = |name: &str| name == layer.name;
            let mut tap = |_: &str, y: &Feature<f64>| seen = Some(y.value.clone());
            let cx = Context::new(&model.state, Mode::Eval).tape(&tape);
            let mut cx = cx.tap(&mut tap).only(&wanted);
            model.forward(Feature::images(x.clone()), &mut cx).unwrap();
        }
        let y = seen.unwrap();
        let y = ops::crop2d(&y, at[0]..at[0] + 1, at[1]..at[1] + 1);
        let gradients = ops::sum(&y, &[]).backward();
        let gradient = gradients.get(&x).unwrap();
        let reached = |pixel: &[usize; 2]| gradient.at(&[0, 0, pixel[0], pixel[1]]) != 0.0;
        let pixels = (0..48).flat_map(|y| (0..40).map(move |x| [y, x]));
        let pixels: Vec<[usize; 2]> = pixels.filter(reached).collect();
        for axis in [0, 1] {
            let first = pixels.iter().map(|p| p[axis]).min().unwrap() as f64;
            let last = pixels.iter().map(|p| p[axis]).max().unwrap() as f64;
            let field = layer.field;
            let begins = at[axis] as f64 * field.stride[axis] + field.offset[axis];
            let found = (first, last - first + 1.0);
            assert_eq!(found, (begins, field.size[axis]), "{}: {axis}", layer.name);
        }
    }
}

#[test]
fn what_lies_behind_the_whole_image_is_global_and_a_network_can_have_several_outputs() {
    let mut network = Network::<f32>::new();
    let image = network.input();
    let conv = network.add("conv", Conv2d::new(3, 4, 3, padding("zeros")), &[image]);
    let norm = network.add("norm", BatchNorm2d::new(4), &[conv]);
    let relu = network.add("relu", Relu, &[norm]);
    let pool = network.add("pool", GlobalAvgPool2d, &[relu]);
    let head = network.add("head", Linear::new(4, 2), &[pool]);
    let small = network.add("small", MaxPool2d::new(2), &[relu]);
    network.set_outputs(&[head, small, conv]);
    let model = Model::new(network, [3, 8, 8], Seed(0)).unwrap();
    let nodes: Vec<_> = model.network().nodes().collect();
    assert_eq!(
        (nodes[3].1.name(), nodes[3].1.inputs()),
        ("pool", &[relu][..])
    );
    assert_eq!(
        (nodes[2].0, nodes[2].1.layer().kind()),
        (relu, Kind::Activation)
    );
    let layers = model.layers().unwrap();
    let global: Vec<&str> = layers
        .iter()
        .filter(|l| l.global)
        .map(|l| l.name.as_str())
        .collect();
    assert_eq!(global, ["pool", "head"]);
    assert_eq!(layers[4].field.size, [8.0, 8.0]);
    let x = Feature::images(Var::constant(images([3, 8, 8], 2)));
    let mut cx = Context::new(&model.state, Mode::Eval);
    let outputs = model.outputs(x.clone(), &mut cx).unwrap();
    // The convolution is an output, so the norm behind it is computed by itself, to the same bits.
    let found = model
        .features(x.value.value(), &["head", "small", "conv"])
        .unwrap();
    for (output, name) in outputs.iter().zip(["head", "small", "conv"]) {
        assert_eq!(output.value.value(), &found[name]);
    }
    assert_eq!(model.logits(images([3, 8, 8], 2)).unwrap(), found["head"]);
}

/// A ReLU behind a wanted norm must not be computed along with it, where nothing else needs it.
#[test]
fn what_is_wanted_alone_is_given_without_the_layers_behind_it() {
    let model = small("zeros");
    let x = images([3, 12, 12], 2);
    let names: Vec<String> = model
        .layers()
        .unwrap()
        .into_iter()
        .map(|l| l.name)
        .collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let together = model.features(&x, &all).unwrap();
    for name in all {
        assert_eq!(
            model.features(&x, &[name]).unwrap()[name],
            together[name],
            "{name}"
        );
    }
}
