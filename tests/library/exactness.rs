//! Equal bits: the network of the location test under its shifts, and any number of threads.

use std::collections::BTreeMap;

use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::nn::{Context, Feature, Mode, Model, models};
use padgrad::optim::OptimizerConfig;
use padgrad::padding::{Padding, plain_samples};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn padding(text: &str) -> Padding {
    Padding::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

fn bits(t: &Tensor<f32>) -> Vec<u32> {
    t.data().iter().map(|v| v.to_bits()).collect()
}

/// A black image of 3×32×32 with a red and a green square of 4×4, given by their top left corners.
fn squares(red: [usize; 2], green: [usize; 2]) -> Vec<f32> {
    let mut pixels = vec![0.0; 3 * 32 * 32];
    for (channel, [top, left]) in [red, green].into_iter().enumerate() {
        for row in top..top + 4 {
            pixels[(channel * 32 + row) * 32 + left..][..4].fill(1.0);
        }
    }
    pixels
}

/// Images of both classes, each with its two squares moved by `rows` towards the other's half.
fn location_images(rows: usize) -> Tensor<f32> {
    let mut pixels = Vec::new();
    for i in 0..16 {
        let (x1, x2) = (i % 10, 15 + (i * 7) % 13);
        let (up, down) = (3 + i % 8, 19 + (i * 3) % 8);
        // Class 0: red left of green, in the upper half; class 1: green left of red, in the lower.
        pixels.extend(squares([up + rows, x1], [3 + (i * 5) % 8 + rows, x2]));
        pixels.extend(squares([19 + (i * 5) % 8 - rows, x2], [down - rows, x1]));
    }
    Tensor::from_vec(pixels, &[32, 3, 32, 32])
}

/// Four 3×3 convolutions of strides 1, 2, 2, 2 with ReLU, a global maximum and a linear layer.
fn location_logits(images: &Tensor<f32>, padding: Padding, seed: Seed) -> Tensor<f32> {
    let draw = |label: &str, shape: &[usize], fan: usize| {
        let bound = 1.0 / (fan as f64).sqrt();
        let mut rng = seed.child(label).rng();
        Var::constant(Tensor::uniform(shape, -bound, bound, &mut rng))
    };
    let mut x = Var::constant(images.clone());
    for (i, [from, to, stride]) in [[3, 32, 1], [32, 32, 2], [32, 64, 2], [64, 64, 2]]
        .iter()
        .enumerate()
    {
        let weight = draw(&format!("conv{i}"), &[*to, *from, 3, 3], from * 9);
        let options = ConvOptions::new(padding).stride(*stride);
        x = ops::relu(&ops::conv2d(&x, &weight, None, &options));
    }
    let pooled = ops::max(&x, &[2, 3]);
    let (weight, bias) = (draw("linear", &[2, 64], 64), draw("bias", &[2], 64));
    ops::linear(&pooled, &weight, Some(&bias)).into_value()
}

/// Kayhan and van Gemert, CVPR 2020: where no position can be told from another, moving the squares to
/// the other half changes nothing at all.
#[test]
fn full_and_circular_borders_do_not_see_where_the_squares_are() {
    let (similar, dissimilar) = (location_images(0), location_images(16));
    let same = |text: &str, seed: u64| {
        let logits = |images| bits(&location_logits(images, padding(text), Seed(seed)));
        logits(&similar) == logits(&dissimilar)
    };
    for seed in 0..3 {
        assert!(same("zeros@full", seed), "full, seed {seed}");
        assert!(same("circular@1", seed), "circular, seed {seed}");
    }
    // The test can tell: zeros over one pixel do see it.
    assert!(!same("zeros@1", 0));
}

/// What `f` gives with each number of threads; panics where two differ.
fn same_with_any_threads<R: PartialEq + Send>(what: &str, f: impl Fn() -> R + Sync) -> R {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(&f)
    };
    let one = with(1);
    for threads in [2, 3, 7] {
        assert!(
            with(threads) == one,
            "{what}: 1 and {threads} threads differ"
        );
    }
    one
}

/// The bits of a convolution's output and of its three gradients.
fn convolution_bits(padding: Padding, groups: usize) -> Vec<u32> {
    let draw = |label: &str, shape: &[usize]| Tensor::randn(shape, &mut Seed(4).child(label).rng());
    let tape = Tape::new();
    let x = tape.leaf(draw("x", &[9, 6, 21, 18]));
    let weight = tape.leaf(draw("weight", &[10, 6 / groups, 3, 3]));
    let bias = tape.leaf(draw("bias", &[10]));
    let options = ConvOptions::new(padding).stride(2).groups(groups);
    let y = ops::conv2d(&x, &weight, Some(&bias), &options);
    let gradients = y.backward_with(draw("cotangent", y.shape()));
    let leaves = [&x, &weight, &bias];
    let tensors = leaves.into_iter().filter_map(|leaf| gradients.get(leaf));
    tensors.chain([y.value()]).flat_map(bits).collect()
}

#[test]
fn convolutions_have_the_same_bits_with_any_number_of_threads() {
    for padding in plain_samples().map(|p| p.extent(2)) {
        for groups in [1, 2] {
            same_with_any_threads(&padding.to_string(), || convolution_bits(padding, groups));
        }
    }
}

/// A few steps of SGD with momentum; the weights and running statistics that it ends with.
fn trained(scheme: &str) -> BTreeMap<String, Vec<u32>> {
    let mut model: Model<f32> = models::find("small")
        .and_then(|a| a.build([3, 12, 12], 4, padding(scheme), Seed(1)))
        .unwrap_or_else(|e| panic!("{e}"));
    let mut optimiser = OptimizerConfig::parse("sgd")
        .expect("sgd")
        .weight_decay(1e-3)
        .build();
    for step in 0..3usize {
        let seed = Seed(2).child(step);
        let images = Tensor::randn(&[10, 3, 12, 12], &mut seed.rng());
        let tape = Tape::new();
        let mut cx = Context::new(&model.state, Mode::Train)
            .tape(&tape)
            .seed(seed);
        let logits = model
            .forward(Feature::images(Var::constant(images)), &mut cx)
            .unwrap_or_else(|e| panic!("{e}"));
        let labels: Vec<usize> = (0..10).map(|i| (i + step) % 4).collect();
        let mut gradients = ops::cross_entropy(&logits.value, &labels, 0.0).backward();
        let collected = cx.finish();
        let named = collected.leaves.iter();
        let gradients = named
            .map(|(name, leaf)| (name.clone(), gradients.take(leaf).expect("a gradient")))
            .collect();
        model.state.buffers.extend(collected.buffers);
        optimiser.step(0.05, &mut model.state.parameters, &gradients);
    }
    let all = model.state.parameters.iter().chain(&model.state.buffers);
    all.map(|(name, t)| (name.clone(), bits(t))).collect()
}

#[test]
fn training_has_the_same_bits_with_any_number_of_threads() {
    for scheme in ["zeros", "circular", "randn", "partial"] {
        let weights = same_with_any_threads(scheme, || trained(scheme));
        let finite = |b: &u32| f32::from_bits(*b).is_finite();
        assert!(weights.values().flatten().all(finite), "{scheme}");
    }
    assert!(trained("zeros") != trained("circular"));
}
