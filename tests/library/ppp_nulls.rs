//! What PPP claims of real networks: nothing where random signs have destroyed the pattern, and the same factor
//! from however many images.

use std::collections::BTreeMap;

use padgrad::autodiff::Var;
use padgrad::data::{DataConfig, Dataset, load};
use padgrad::nn::{Context, Feature, Mode, Model, models};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, Taps, measure};
use padgrad::rng::Seed;
use padgrad::statistics::{BLOCKS, Power, Products};
use padgrad::tensor::Tensor;
use padgrad::train::{TrainConfig, Trainer, calibrate};
use rand::RngExt;

/// Canvas in grey, and a network on it before and after a short training.
fn networks(padding: &str) -> (Dataset, [Model<f32>; 2]) {
    let data = load(&DataConfig {
        train_images: Some(400),
        ..DataConfig::named("canvas-grey")
    })
    .unwrap();
    let input = [data.channels, data.height, data.width];
    let padding = Padding::parse(padding).unwrap();
    let small = models::find("small").unwrap();
    let untrained = || {
        let mut model = small.build(input, 10, padding, Seed(1)).unwrap();
        calibrate(&mut model, &data, 64, Seed(1)).unwrap();
        model
    };
    let config = TrainConfig {
        epochs: 1,
        batch_size: 50,
        ..TrainConfig::default()
    };
    let mut trained = untrained();
    let mut trainer = Trainer::new(&mut trained, &data, config, Seed(1)).unwrap();
    trainer.run_epoch(&mut |_, _| Ok(())).unwrap();
    drop(trainer);
    let both = [untrained(), trained];
    (data, both)
}

/// D of every image at some layers, and the variance of B.
fn differences(
    model: &Model<f32>,
    data: &Dataset,
    images: usize,
    layers: &[&str],
) -> BTreeMap<String, Vec<Vec<f32>>> {
    let margin = model.needed_margin().unwrap();
    let wide = data.wide(0..images, margin).unwrap().images;
    let wanted = |name: &str| layers.contains(&name);
    let pass = |images: Feature<f32>, surroundings: bool| {
        let mut features: BTreeMap<String, Tensor<f32>> = BTreeMap::new();
        let mut tap = |name: &str, feature: &Feature<f32>| {
            features.insert(name.to_string(), feature.on_grid().into_value());
        };
        {
            let cx = Context::new(&model.state, Mode::Eval)
                .tap(&mut tap)
                .only(&wanted);
            let mut cx = if surroundings { cx.surroundings() } else { cx };
            model.forward(images, &mut cx).unwrap();
        }
        features
    };
    let wide = Feature::wide(Var::constant(wide), margin);
    let padded = pass(Feature::images(wide.on_grid()), false);
    let optimal = pass(wide, true);
    let of_layer = |(name, a): (String, Tensor<f32>)| {
        let b = &optimal[&name];
        let d: Vec<f32> = a.data().iter().zip(b.data()).map(|(a, b)| a - b).collect();
        (
            name,
            d.chunks(d.len() / images).map(<[f32]>::to_vec).collect(),
        )
    };
    padded.into_iter().map(of_layer).collect()
}

/// Sums of products of pairs of images, so that their signs can be changed without their features.
fn image_products(d: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum::<f64>()
    };
    d.iter()
        .map(|own| {
            d.iter()
                .map(|other| dot(own, other) / own.len() as f64)
                .collect()
        })
        .collect()
}

#[test]
fn without_a_pattern_one_in_twenty_claims_one_on_real_networks() {
    const IMAGES: usize = 100;
    const FLIPS: usize = 2000;
    let (data, networks) = networks("reflect");
    for (model, stage) in networks.iter().zip(["untrained", "trained"]) {
        let layers = Taps::Convolutions.select(model).unwrap();
        let last = layers.last().unwrap().name.clone();
        let found = differences(model, &data, IMAGES, &["features.0", &last]);
        assert_eq!(found.len(), 2);
        for (layer, d) in &found {
            let products = image_products(d);
            let size: f64 = (0..IMAGES).map(|i| products[i][i]).sum();
            assert!(size > 0.0, "{layer} must differ");
            let mut rng = Seed(7).child(stage).rng();
            let (mut claims, mut above, mut differ) = (0, 0, 0);
            let mut before: Option<Power> = None;
            for _ in 0..FLIPS {
                let signs: Vec<f64> = (0..IMAGES)
                    .map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 })
                    .collect();
                let mut of_blocks: Products = [[0.0; BLOCKS]; BLOCKS];
                let share = (BLOCKS as f64 / IMAGES as f64).powi(2);
                for (i, row) in products.iter().enumerate() {
                    for (j, product) in row.iter().enumerate() {
                        let (b, c) = (i * BLOCKS / IMAGES, j * BLOCKS / IMAGES);
                        of_blocks[b][c] += share * signs[i] * signs[j] * product;
                    }
                }
                let power = Power::new(&of_blocks);
                claims += usize::from(power.p <= 0.05);
                above += usize::from(power.root().lo > Some(0.0));
                let difference = before.map(|before| power.minus(&before).p <= 0.05);
                differ += usize::from(difference.unwrap_or(false));
                before = Some(power);
            }
            println!(
                "{stage} {layer}: of {FLIPS} {claims} claim a pattern, {above} intervals lie above 0, {differ} claim a change"
            );
            // 100 are expected, give or take 3.3 standard deviations of 9.7; the interval may be shyer than p.
            assert!((68..=132).contains(&claims), "{stage} {layer}: {claims}");
            assert!((60..=claims).contains(&above), "{stage} {layer}: {above}");
            assert!(differ <= 132, "{stage} {layer}: {differ}");
        }
    }
}

#[test]
fn factors_do_not_depend_on_the_number_of_images() {
    let (data, networks) = networks("reflect");
    let counts = [100, 500, 1000, 2000];
    let mut found = Vec::new();
    for images in counts {
        let options = MeasureOptions {
            images,
            taps: Taps::Convolutions,
            ..MeasureOptions::default()
        };
        let [before, after] = networks
            .each_ref()
            .map(|model| measure(model, &data, &options, &mut |_| {}).unwrap().layers);
        let factor = |i: usize| after[i].relative_power.factor(&before[i].relative_power);
        found.push((0..before.len()).map(factor).collect::<Vec<_>>());
    }
    let mut compared = 0;
    for layer in 0..found[0].len() {
        let of_counts = || {
            counts
                .iter()
                .zip(&found)
                .filter_map(|(n, f)| Some((n, f[layer]?)))
        };
        for (n, factor) in of_counts() {
            println!(
                "layer {layer}, {n} images: ×{:.3} [{:.3}, {:.3}]",
                factor.value, factor.lo, factor.hi
            );
            for (more, other) in of_counts().filter(|(more, _)| *more > n) {
                assert!(
                    factor.lo <= other.hi && other.lo <= factor.hi,
                    "layer {layer}: {n} and {more} images"
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 6, "a layer has a pattern before and after");
}
