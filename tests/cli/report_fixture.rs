//! A made-up study: numbers that look like those of a real one, for tests of the report alone.

use padgrad::npy;
use padgrad::ppp::Region;
use padgrad::rng::Seed;
use padgrad::statistics::Interval;
use padgrad::study::growth::{Comparison, GrowthRow};
use padgrad::study::results::{EpochRow, Layer, PatternFile, Results, Row, RunKind};
use padgrad::tensor::Tensor;
use std::path::Path;

pub const SCHEMES: [&str; 6] = [
    "zeros",
    "reflect",
    "replicate",
    "circular",
    "randn",
    "valid",
];
const LAYERS: [(&str, usize, usize); 6] = [
    ("features.0", 16, 32),
    ("features.3", 16, 32),
    ("features.7", 32, 16),
    ("features.10", 32, 16),
    ("features.14", 64, 8),
    ("features.17", 64, 8),
];
const STAGES: [(&str, usize); 6] = [
    ("init", 0),
    ("epoch-1", 1),
    ("epoch-2", 2),
    ("epoch-4", 4),
    ("epoch-8", 8),
    ("final", 12),
];

/// A study of `seeds` seeds over [`SCHEMES`]; `reflect` does not grow, `valid` is 0.
pub fn study(seeds: u64) -> Results {
    let mut results = Results {
        version: "0.0.0".to_string(),
        ..Results::new(
            RunKind::Study,
            "padgrad study --data canvas --epochs 12 --seeds 3 --out runs/demo",
            1000,
        )
    };
    for (index, scheme) in SCHEMES.iter().enumerate() {
        for (name, channels, side) in LAYERS {
            results.layers.push(Layer {
                scheme: (*scheme).to_string(),
                name: name.to_string(),
                shape: shape(scheme, channels, side),
            });
        }
        for seed in 0..seeds {
            for (stage, epoch) in STAGES {
                add_stage(&mut results, index, seed, stage, epoch);
            }
            add_epochs(&mut results, index, seed);
        }
        if *scheme != "valid" {
            add_growth(&mut results, index, seeds);
        }
    }
    results
}

/// Writes the patterns and an example of seed 0 into `folder` and lists them in `results`.
pub fn write_patterns(results: &mut Results, folder: &Path) {
    for layer in results.layers.clone() {
        for (stage, epoch) in [("init", 0), ("final", 12)] {
            let npy = format!("{}-{}-{stage}.npy", layer.scheme, layer.name);
            let pattern = pattern(&layer, stage);
            npy::write(folder.join(&npy), &pattern).expect("a writable folder");
            results.patterns.push(PatternFile {
                scheme: layer.scheme.clone(),
                seed: 0,
                stage: stage.to_string(),
                epoch,
                layer: layer.name.clone(),
                shape: layer.shape,
                images: None,
                margin: None,
                npy,
                png: String::new(),
                sha256: String::new(),
                binding: String::new(),
            });
        }
    }
    write_example(results, folder);
}

/// An image with its surroundings, and what padding changed of it and of all, as a study of zeros keeps them.
fn write_example(results: &mut Results, folder: &Path) {
    let wide = Tensor::from_vec(
        (0..3 * 400).map(|i| i as f32 / 1200.0).collect(),
        &[3, 20, 20],
    );
    let map = Tensor::from_vec((0..32).map(|i| i as f32 - 16.0).collect(), &[2, 4, 4]);
    for (name, layer, tensor, images, margin) in [
        ("example", "input", &wide, 1, Some(4)),
        ("one", "features.17", &map, 1, None),
        ("all", "features.17", &map, 1000, None),
    ] {
        let npy = format!("{name}.npy");
        npy::write(folder.join(&npy), tensor).expect("a writable folder");
        results.patterns.push(PatternFile {
            scheme: "zeros".into(),
            seed: 0,
            stage: "final".into(),
            epoch: 12,
            layer: layer.into(),
            shape: [tensor.shape()[0], tensor.shape()[1], tensor.shape()[2]],
            images: Some(images),
            margin,
            npy,
            png: String::new(),
            sha256: String::new(),
            binding: String::new(),
        });
    }
}

fn shape(scheme: &str, channels: usize, side: usize) -> [usize; 3] {
    let side = if scheme == "valid" {
        side * 3 / 4
    } else {
        side
    };
    [channels, side, side]
}

/// How strong the pattern of a scheme is, by scheme index.
fn strength(index: usize, epoch: usize) -> f64 {
    let base = [0.08, 0.03, 0.04, 0.05, 0.07, 0.0][index];
    let growth = [0.45, 0.0, 0.2, 0.3, 0.35, 0.0][index];
    base * (1.0 + growth * epoch as f64)
}

fn add_stage(results: &mut Results, index: usize, seed: u64, stage: &str, epoch: usize) {
    let noise = 1.0 + 0.03 * ((seed as f64 * 7.0 + index as f64 + epoch as f64).sin());
    let mut push = |layer: &str, of: (&str, Region), value: Option<f64>, width: f64| {
        results.rows.push(Row {
            scheme: SCHEMES[index].to_string(),
            under: None,
            seed,
            stage: stage.to_string(),
            epoch,
            step: epoch as u64 * 100,
            layer: layer.to_string(),
            metric: of.0.to_string(),
            region: of.1,
            images: None,
            value,
            lo: value.map(|v| v - width * v.abs()),
            hi: value.map(|v| v + width * v.abs()),
        });
    };
    for (depth, (layer, _, side)) in LAYERS.iter().enumerate() {
        let mae = strength(index, epoch) * noise * (1.0 + 0.5 * depth as f64);
        let rms = 1.2 * mae;
        push(layer, ("rms_ppp", Region::Whole), Some(rms), 0.04);
        push(layer, ("nrms", Region::Whole), Some(rms * 1.7), 0.04);
        push(
            layer,
            ("pattern_p", Region::Whole),
            Some(if rms > 0.0 { 0.0005 } else { 1.0 }),
            0.0,
        );
        push(layer, ("mae_ppp", Region::Whole), Some(mae), 0.04);
        push(layer, ("mae_floor", Region::Whole), Some(mae * 0.02), 0.1);
        push(
            layer,
            ("coherence", Region::Whole),
            (mae > 0.0).then_some(0.3 + 0.05 * index as f64),
            0.1,
        );
        for distance in 0..side / 2 {
            let value = rms * 4.0 * (-(distance as f64) / 1.5).exp();
            push(layer, ("rms_ppp", Region::Ring(distance)), Some(value), 0.1);
        }
    }
    push(
        "output",
        ("impact_changed", Region::Whole),
        Some(0.4 * strength(index, epoch)),
        0.2,
    );
    push(
        "model",
        ("test_accuracy", Region::Whole),
        Some(accuracy(index, seed, epoch)),
        0.01,
    );
}

/// The difference and the factor of each layer, clear wherever something changed.
fn add_growth(results: &mut Results, index: usize, seeds: u64) {
    let factor = strength(index, 12) / strength(index, 0);
    let p = if factor == 1.0 { 0.8 } else { 0.001 };
    let compared = [
        (Comparison::Difference, factor - 1.0),
        (Comparison::Factor, factor),
    ];
    for (layer, _, _) in LAYERS {
        for (metric, (comparison, value)) in ["rms_ppp", "nrms"]
            .into_iter()
            .flat_map(|m| compared.map(|c| (m, c)))
        {
            results.growth.push(GrowthRow {
                scheme: SCHEMES[index].to_string(),
                layer: layer.to_string(),
                metric: metric.to_string(),
                from: "init".to_string(),
                to: "final".to_string(),
                comparison,
                value: Some(value),
                lo: Some(0.95 * value),
                hi: Some(1.05 * value),
                interval: if seeds > 1 {
                    Interval::Seeds
                } else {
                    Interval::Images
                },
                seeds: seeds as usize,
                p: Some(p),
                p_holm: Some(p),
            });
        }
    }
}

fn accuracy(index: usize, seed: u64, epoch: usize) -> f64 {
    let wobble = 0.01 * ((seed + index as u64 * 3 + epoch as u64) as f64).sin();
    0.92 - 0.01 * index as f64 - 0.8 * (-(epoch as f64) / 2.0).exp() + wobble
}

fn add_epochs(results: &mut Results, index: usize, seed: u64) {
    for epoch in 1..=12 {
        results.epochs.push(EpochRow {
            scheme: SCHEMES[index].to_string(),
            seed,
            epoch,
            step: epoch as u64 * 100,
            lr: 0.05,
            train_loss: 1.0 / epoch as f64,
            train_accuracy: accuracy(index, seed, epoch) + 0.01,
            test_loss: 1.1 / epoch as f64,
            test_accuracy: accuracy(index, seed, epoch),
            seconds: 1.5,
        });
    }
}

fn pattern(layer: &Layer, stage: &str) -> Tensor<f32> {
    let [channels, height, width] = layer.shape;
    let index = SCHEMES.iter().position(|s| *s == layer.scheme).unwrap_or(0);
    let size = strength(index, if stage == "init" { 0 } else { 12 }) as f32;
    let mut rng = Seed(index as u64).child(layer.name.as_str()).rng();
    let mut pattern = Tensor::<f32>::randn(&layer.shape, &mut rng);
    let signs = Tensor::<f32>::randn(&[channels], &mut rng);
    for (i, value) in pattern.data_mut().iter_mut().enumerate() {
        let (channel, y, x) = (i / (height * width), i / width % height, i % width);
        let distance = y.min(height - 1 - y).min(x).min(width - 1 - x) as f32;
        let trace = signs.data()[channel] * (-distance / 1.5).exp() * 4.0;
        *value = size * (trace + 0.1 * *value);
    }
    pattern
}
