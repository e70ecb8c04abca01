//! PPP against cases whose answer is known.

use padgrad::autodiff::Var;
use padgrad::autodiff::ops::{self, PoolOptions};
use padgrad::error::Result;
use padgrad::nn::layers::{BatchNorm2d, Conv2d, MaxPool2d, Relu, Residual, Sequential};
use padgrad::nn::{Context, Feature, Kind, Layer, Model};
use padgrad::padding::{Extent, Padding};
use padgrad::ppp::{
    Convergence, LayerMeasurement, MeasureOptions, Measurement, Metric, Quantity, Region, Taps,
    measure_images, measure_together,
};
use padgrad::rng::Seed;
use padgrad::statistics::Measured;
use padgrad::tensor::{Element, Tensor};

const IMAGES: usize = 400;

fn options(taps: Taps) -> MeasureOptions {
    MeasureOptions {
        images: IMAGES,
        batch: 32,
        taps,
        seed: Seed(3),
        ..MeasureOptions::default()
    }
}

/// White noise of the given mean, [N, C, H + 2m, W + 2m]; image i does not depend on the batch.
fn noise<T: Element>(
    range: std::ops::Range<usize>,
    shape: [usize; 3],
    margin: usize,
    mean: f64,
) -> Tensor<T> {
    let [c, h, w] = shape;
    let one = [c, h + 2 * margin, w + 2 * margin];
    let data = range.clone().flat_map(|i| {
        let image: Tensor<T> = Tensor::randn(&one, &mut Seed(1).child(i).rng());
        image.map(|v: T| v + T::from_f64(mean)).into_vec()
    });
    Tensor::from_vec(data.collect(), &[range.len(), c, one[1], one[2]])
}

fn run<T: padgrad::kernels::Scalar>(model: &Model<T>, taps: Taps, mean: f64) -> Measurement {
    let margin = model.needed_margin().unwrap();
    let wide = |range| Ok(noise(range, model.input(), margin, mean));
    measure_images(model, wide, margin, &options(taps), &mut |_| {}).unwrap()
}

fn metric(layer: &LayerMeasurement, of: impl Into<Quantity>) -> &Measured {
    layer.get(of).expect("a measured quantity")
}

#[track_caller]
fn assert_holds(found: &Measured, truth: f64) {
    let (lo, hi) = (found.lo.unwrap(), found.hi.unwrap());
    assert!(lo <= truth && truth <= hi, "{truth} is not in [{lo}, {hi}]");
}

/// Eleven windowed layers: odd strides, an even kernel, dilation, pools and two residual joins.
fn deep_net(padding: Padding, seed: u64) -> Model<f32> {
    let conv = |c, o, k| Conv2d::new(c, o, k, padding);
    let dilated = conv(6, 6, 3).dilation(2);
    let pool = PoolOptions::new(3)
        .stride(2)
        .padding(padding.or_extent(Extent::Uniform(1)));
    let body = Sequential::new()
        .named("conv1", conv(6, 6, 1))
        .named("relu", Relu)
        .named("conv2", conv(6, 6, 1));
    let strided = Sequential::new().named("conv1", conv(6, 8, 3).stride(2));
    let shortcut = Sequential::new().named("0", conv(6, 8, 3).stride(2));
    let root = Sequential::new()
        .named("conv1", conv(3, 5, 3))
        .named("bn1", BatchNorm2d::new(5))
        .named("relu1", Relu)
        .named("conv2", conv(5, 6, 4))
        .named("pool", MaxPool2d::new(pool))
        .named("block1", Residual::new(body))
        .named("conv3", dilated)
        .named("block2", Residual::with_shortcut(strided, shortcut))
        .named("conv4", conv(8, 7, 3));
    Model::new(root, [3, 37, 34], Seed(seed)).unwrap()
}

#[test]
fn without_padding_every_layer_is_exactly_zero() {
    let measured = run(&deep_net(Padding::valid(), 1), Taps::All, 0.7);
    assert_eq!(measured.layers.len(), 14);
    for layer in &measured.layers {
        assert!(
            layer.pattern.data().iter().all(|&v| v == 0.0),
            "{}: a pattern",
            layer.name
        );
        for name in [Metric::MaePpp, Metric::Mad, Metric::Energy] {
            let m = metric(layer, name);
            assert_eq!(
                (m.value, m.lo, m.hi),
                (Some(0.0), Some(0.0), Some(0.0)),
                "{}: {name}",
                layer.name
            );
        }
        assert_eq!(metric(layer, Metric::SnrPpp).value, Some(0.0));
    }
    assert!(measured.impact.iter().all(|(_, m)| m.value == Some(0.0)));
}

#[test]
fn with_padding_the_same_net_has_a_pattern_at_the_border_alone_where_it_reaches() {
    let model = deep_net(Padding::parse("zeros").unwrap(), 1);
    let measured = run(&model, Taps::All, 0.7);
    let first = &measured.layers[0];
    assert!(metric(first, (Metric::MaePpp, Region::Ring(0))).value > Some(0.0));
    assert_eq!(
        metric(first, (Metric::MaePpp, Region::Ring(1))).value,
        Some(0.0)
    );
    let last = measured.layers.last().unwrap();
    assert!(metric(last, Metric::MaePpp).value > Some(0.0));
}

/// The mean of 3×3 pixels under zeros padding.
fn box_filter(size: usize) -> Model<f64> {
    let padding = Padding::parse("zeros").unwrap();
    let conv = Conv2d::new(1, 1, 3, padding).without_bias();
    let root = Sequential::new().named("box", conv);
    let mut model = Model::new(root, [1, size, size], Seed(0)).unwrap();
    let weight = Tensor::full(&[1, 1, 3, 3], 1.0 / 9.0);
    model.state.parameters.insert("box.weight".into(), weight);
    model
}

#[test]
fn a_box_filter_over_white_noise_gives_the_pattern_worked_out_by_hand() {
    const N: f64 = 8.0;
    const MEAN: f64 = 0.9;
    let measured = run(&box_filter(N as usize), Taps::Convolutions, MEAN);
    let layer = &measured.layers[0];
    // A window at an edge misses 3 pixels and one in a corner 5, each worth mean/9.
    let (edge, corner) = (3.0 * MEAN / 9.0, 5.0 * MEAN / 9.0);
    let (edges, corners) = (4.0 * (N - 2.0), 4.0);
    assert_holds(metric(layer, (Metric::MaePpp, Region::Edge)), edge);
    assert_holds(metric(layer, (Metric::MaePpp, Region::Corner)), corner);
    assert_eq!(
        metric(layer, (Metric::MaePpp, Region::Interior)).value,
        Some(0.0)
    );
    let average = |e: f64, c: f64| (edges * e + corners * c) / (N * N);
    assert_holds(metric(layer, Metric::MaePpp), average(edge, corner));
    let energy = average(edge * edge, corner * corner);
    assert_holds(metric(layer, Metric::Energy), energy);
    // The mean of nine pixels of unit variance has the variance 1/9 everywhere.
    assert_holds(metric(layer, Metric::SnrPpp), energy * 9.0);
    assert_holds(metric(layer, Metric::NMae), average(edge, corner) * 3.0);
    // D² has the mean P² + var(D), and var(D) is one 81st per missing pixel.
    let power = average(edge * edge + 3.0 / 81.0, corner * corner + 5.0 / 81.0);
    assert_holds(metric(layer, Metric::Coherence), energy / power);
    let signs = layer.pattern.data().iter().all(|&p| p <= 0.0);
    assert!(
        signs,
        "zeros in place of a positive mean can only lower the box"
    );
}

#[test]
fn without_a_mean_the_box_filter_has_no_pattern_but_only_its_floor() {
    let measured = run(&box_filter(8), Taps::Convolutions, 0.0);
    let layer = &measured.layers[0];
    assert_holds(metric(layer, Metric::Energy), 0.0);
    let (mae, floor) = (
        metric(layer, Metric::MaePpp),
        metric(layer, Metric::MaeFloor),
    );
    assert_holds(mae, floor.value.unwrap());
}

/// Adds a fixed pattern, but not under optimal padding.
struct Planted(Tensor<f64>);

impl Layer<f64> for Planted {
    fn kind(&self) -> Kind {
        Kind::Conv2d
    }

    fn forward(&self, x: &[Feature<f64>], cx: &mut Context<'_, f64>) -> Result<Feature<f64>> {
        let (x, pattern) = (&x[0], Var::constant(self.0.clone()));
        Ok(if cx.has_surroundings() {
            x.clone()
        } else {
            x.pointwise(|x| ops::add(x, &pattern))
        })
    }
}

#[test]
fn a_planted_pattern_is_recovered() {
    let planted: Tensor<f64> = Tensor::randn(&[2, 6, 5], &mut Seed(9).rng());
    let root = Sequential::new().named("planted", Planted(planted.clone()));
    let model = Model::new(root, [2, 6, 5], Seed(0)).unwrap();
    let measured = run(&model, Taps::Convolutions, 0.0);
    let layer = &measured.layers[0];
    for (found, put) in layer.pattern.data().iter().zip(planted.data()) {
        assert!((f64::from(*found) - put).abs() < 1e-6, "{found} for {put}");
    }
    let power = planted.data().iter().map(|p| p * p).sum::<f64>() / planted.len() as f64;
    assert!((metric(layer, Metric::Energy).value.unwrap() - power).abs() < 1e-12);
    assert!((metric(layer, Metric::Coherence).value.unwrap() - 1.0).abs() < 1e-12);
    assert_holds(metric(layer, Metric::SnrPpp), power);
}

#[test]
fn batch_size_changes_no_bit() {
    let model = deep_net(Padding::parse("randn").unwrap(), 2);
    let margin = model.needed_margin().unwrap();
    let with = |batch| {
        let options = MeasureOptions {
            batch,
            images: 60,
            ..options(Taps::Convolutions)
        };
        let wide = |range| Ok(noise(range, model.input(), margin, 0.0));
        let measured = measure_images(&model, wide, margin, &options, &mut |_| {}).unwrap();
        let all = measured
            .layers
            .into_iter()
            .map(|l| (l.pattern.into_vec(), l.metrics));
        all.collect::<Vec<_>>()
    };
    assert!(with(60) == with(7));
}

#[test]
fn networks_measured_together_show_the_same_bits_as_alone() {
    let schemes = ["zeros", "reflect", "partial", "randn", "valid", "circular"];
    let padded = |scheme: &&str| deep_net(Padding::parse(scheme).unwrap(), 5);
    let mut models: Vec<Model<f32>> = schemes.iter().map(padded).collect();
    // Another network is never taken for the same one.
    models.push(deep_net(Padding::parse("zeros").unwrap(), 6));
    let margins = models.iter().map(|model| model.needed_margin().unwrap());
    let margin = margins.max().unwrap();
    let options = MeasureOptions {
        images: 80,
        convergence: None,
        ..options(Taps::Convolutions)
    };
    let wide = |range| Ok(noise(range, [3, 37, 34], margin, 0.5));
    let all: Vec<&Model<f32>> = models.iter().collect();
    let mut seen = Vec::new();
    let mut at = |done| seen.push(done);
    let together = measure_together(&all, wide, margin, &options, &mut at).unwrap();
    assert!(
        seen.is_sorted() && seen.last() == Some(&options.images),
        "{seen:?}"
    );
    assert_eq!(together.len(), models.len());
    for (model, found) in models.iter().zip(&together) {
        let alone = measure_images(model, wide, margin, &options, &mut |_| {}).unwrap();
        assert_eq!(format!("{found:?}"), format!("{alone:?}"));
    }
    let [zeros, other] = [0, 6].map(|i| format!("{:?}", together[i]));
    assert_ne!(zeros, other);
}

#[test]
fn too_small_a_margin_names_the_layer_and_the_margin() {
    let model = deep_net(Padding::parse("reflect").unwrap(), 1);
    let needed = model.needed_margin().unwrap();
    let try_with = |margin| {
        let wide = |range| Ok(noise(range, model.input(), margin, 0.0));
        measure_images(&model, wide, margin, &options(Taps::All), &mut |_| {})
    };
    let error = try_with(2).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        error.contains("layer conv2") && error.contains(&format!("margin of {needed}")),
        "{error}"
    );
    assert!(try_with(needed - 1).is_err() && try_with(needed).is_ok());
}

#[test]
fn frames_of_the_mist_end_in_the_pattern_and_change_no_number() {
    let model = deep_net(Padding::parse("zeros").unwrap(), 5);
    let margin = model.needed_margin().unwrap();
    let wide = |range| Ok(noise(range, model.input(), margin, 1.0));
    let plain = options(Taps::Convolutions);
    let layers = plain.taps.select(&model).unwrap();
    let mut watched = plain.clone();
    watched.convergence = Convergence::of(&layers, IMAGES);
    let without = measure_images(&model, wide, margin, &plain, &mut |_| {}).unwrap();
    let with = measure_images(&model, wide, margin, &watched, &mut |_| {}).unwrap();
    assert!(without.frames.is_empty());
    let counts: Vec<usize> = with.frames.iter().map(|f| f.images).collect();
    assert_eq!(counts, [1, 4, 16, 64, 256, IMAGES]);
    for (a, b) in with.layers.iter().zip(&without.layers) {
        assert_eq!(a.pattern.data(), b.pattern.data(), "{}", a.name);
        assert_eq!(a.metrics, b.metrics, "{}", a.name);
    }
    let last = with.frames.last().unwrap();
    let layer = with.layers.iter().find(|l| l.name == last.layer).unwrap();
    let plane: usize = last.pattern.shape()[1..].iter().product();
    for kept in last.pattern.data().chunks(plane) {
        let mut channels = layer.pattern.data().chunks(plane);
        assert!(
            channels.any(|channel| channel == kept),
            "a channel of the pattern"
        );
    }
}
