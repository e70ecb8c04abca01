//! What PPP claims of real networks: nothing where random signs have destroyed the pattern, and the same factor
//! from however many images.

use padgrad::data::{DataConfig, Dataset, load};
use padgrad::nn::{Model, models};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, Metric, Metrics, Taps, measure, sign_flips};
use padgrad::rng::Seed;
use padgrad::train::{TrainConfig, Trainer, calibrate};
use rayon::prelude::*;

/// Canvas in grey, and a network on it before and after a short training.
fn networks(padding: &str) -> (Dataset, [Model<f32>; 2]) {
    let data = load(&DataConfig {
        size: Some(16),
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

/// Whether a metric claims a pattern: its interval excludes 0, or the probability of as much by chance is 5% at most.
fn claims(metrics: &Metrics, metric: Metric) -> bool {
    let found = metrics.get(metric).unwrap();
    match metric {
        Metric::PatternP => found.value <= Some(0.05),
        _ => found.lo > Some(0.0) || found.hi < Some(0.0),
    }
}

/// What is tested.
const TESTED: [Metric; 6] = [
    Metric::PatternP,
    Metric::Energy,
    Metric::Rms,
    Metric::NRms,
    Metric::ChannelMeanRms,
    Metric::MaeUnbiased,
];

/// `--nocapture` prints the table that stands in the guide.
#[test]
fn without_a_pattern_one_in_twenty_claims_one_on_real_networks() {
    const IMAGES: usize = 100;
    const FLIPS: usize = 2000;
    let (data, networks) = networks("reflect");
    let names = TESTED.map(Metric::name);
    println!("| network | layer | {} |", names.join(" | "));
    println!("| --- | --- |{}", " --- |".repeat(TESTED.len()));
    for (model, stage) in networks.iter().zip(["untrained", "trained"]) {
        let layers = Taps::Convolutions.select(model).unwrap();
        let ends = [&layers[0], layers.last().unwrap()].map(|layer| layer.name.clone());
        assert_eq!(ends[0], "features.0");
        let options = MeasureOptions {
            images: IMAGES,
            taps: Taps::Named(ends.into()),
            ..MeasureOptions::default()
        };
        let margin = model.needed_margin().unwrap();
        let wide = |range| Ok(data.wide(range, margin)?.images);
        for layer in sign_flips(model, wide, margin, &options).unwrap() {
            let flip = |flip: usize| {
                let metrics = layer.flipped(Seed(7).child(stage).child(flip));
                TESTED.map(|metric| claims(&metrics, metric))
            };
            let flips: Vec<_> = (0..FLIPS).into_par_iter().map(flip).collect();
            let counts: [usize; TESTED.len()] =
                std::array::from_fn(|i| flips.iter().filter(|claims| claims[i]).count());
            let shares = counts.map(|n| format!("{:.1}", 100.0 * n as f64 / FLIPS as f64));
            println!("| {stage} | {} | {} |", layer.name, shares.join(" | "));
            for (metric, count) in TESTED.into_iter().zip(counts) {
                // 100 are expected, give or take 3.3 standard deviations of 9.7.
                let what = format!("{stage} {} {}", layer.name, metric.name());
                assert!((68..=132).contains(&count), "{what}: {count}");
            }
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
        // The content has no position, and the values that reflect makes up have the mean of those they replace.
        for [after, before] in [
            [&after[0].power, &before[0].power],
            [&after[0].relative_power, &before[0].relative_power],
        ] {
            let grown = after.minus(before);
            assert!(grown.p > 0.05, "features.0 on {images} images: {grown:?}");
        }
        let factor = |i: usize| after[i].relative_power.factor(&before[i].relative_power);
        found.push((0..before.len()).map(factor).collect::<Vec<_>>());
    }
    let mut compared = 0;
    println!("| layer | images | nRMS factor | lo | hi |\n| --- | --- | --- | --- | --- |");
    for layer in 0..found[0].len() {
        let of_counts = || {
            counts
                .iter()
                .zip(&found)
                .filter_map(|(n, f)| Some((n, f[layer]?)))
        };
        for (n, factor) in of_counts() {
            let [value, lo, hi] = [factor.value, factor.lo, factor.hi].map(|v| format!("{v:.3}"));
            println!("| {layer} | {n} | ×{value} | {lo} | {hi} |");
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
