//! Norms that are calibrated, put behind convolutions, and networks that end early.

use padgrad::nn::layers::{BatchNorm2d, Conv2d, Relu};
use padgrad::nn::{Model, Network};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::calibrate_step;

/// Two outputs, of which only the second has the norm `own` before it; the first has none anywhere.
fn two_outputs() -> Model<f32> {
    let zeros = Padding::parse("zeros").unwrap();
    let mut network = Network::new();
    let image = network.input();
    let first = network.add("first", Conv2d::new(3, 4, 3, zeros), &[image]);
    let inner = network.add("inner", Conv2d::new(3, 4, 3, zeros).bias(false), &[image]);
    let own = network.add("own", BatchNorm2d::new(4), &[inner]);
    let relu = network.add("relu", Relu, &[own]);
    let second = network.add("second", Conv2d::new(4, 2, 1, zeros), &[relu]);
    network.set_outputs(&[first, second]);
    Model::new(network, [3, 8, 8], Seed(1)).unwrap()
}

fn images() -> Tensor<f32> {
    Tensor::randn(&[6, 3, 8, 8], &mut Seed(2).rng())
}

/// Mean and mean square of every channel.
fn moments(features: &Tensor<f32>) -> Vec<[f64; 2]> {
    let [n, c] = [0, 1].map(|axis| features.shape()[axis]);
    let each = features.len() / (n * c);
    let of = |channel: usize| {
        let maps = (0..n).map(move |i| (i * c + channel) * each);
        let values = maps.flat_map(|start| &features.data()[start..start + each]);
        let values: Vec<f64> = values.map(|value| f64::from(*value)).collect();
        let mean =
            |power: i32| values.iter().map(|v| v.powi(power)).sum::<f64>() / values.len() as f64;
        [mean(1), mean(2)]
    };
    (0..c).map(of).collect()
}

#[track_caller]
fn assert_standard(features: &Tensor<f32>) {
    for [mean, square] in moments(features) {
        assert!(
            mean.abs() < 0.01 && (square - 1.0).abs() < 0.02,
            "{mean}, {square}"
        );
    }
}

#[test]
fn calibration_reaches_the_norms_of_every_output() {
    let mut model = two_outputs();
    calibrate_step(&mut model, images(), 0, Seed(0)).unwrap();
    assert_standard(&model.features(&images(), &["own"]).unwrap()["own"]);
}

#[test]
fn norms_behind_all_convolutions_are_calibrated_like_any_other() {
    let mut model = two_outputs().with_norms().unwrap();
    calibrate_step(&mut model, images(), 0, Seed(0)).unwrap();
    let found = model
        .features(&images(), &["first.norm", "own", "second.norm"])
        .unwrap();
    found.values().for_each(assert_standard);
}

#[test]
fn a_network_that_ends_early_gives_the_same_features() {
    let whole = two_outputs();
    let expected = whole.features(&images(), &["own"]).unwrap();
    let part = two_outputs().ending_at(&["own"]).unwrap();
    let names: Vec<String> = part
        .layers()
        .unwrap()
        .into_iter()
        .map(|layer| layer.name)
        .collect();
    assert_eq!(names, ["inner", "own"]);
    assert_eq!(part.logits(images()).unwrap(), expected["own"]);
    let Err(error) = part.ending_at(&["second"]) else {
        panic!("it ends at a layer that it has not")
    };
    assert!(error.to_string().contains("second"), "{error}");
}
