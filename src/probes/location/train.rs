//! The network of the test, its training and its two scores.

use super::scenes::{SIDE, Scenes};
use super::sets::Sets;
use crate::autodiff::{Var, ops};
use crate::error::Result;
use crate::nn::layers::{Conv2d, Linear, Relu, Sequential};
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Mode, Model, Planted};
use crate::optim::{AdadeltaConfig, Optimizer, OptimizerConfig};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::threads::in_pool;
use crate::train::{Pass, Step, error_of};

/// Channels in and out, and the stride of each convolution.
const CONVOLUTIONS: [(usize, usize, usize); 4] =
    [(3, 32, 1), (32, 32, 2), (32, 64, 2), (64, 64, 2)];
const LR: f64 = 1.0;
const WEIGHT_DECAY: f64 = 5e-5;

/// How much data and how long.
#[derive(Clone, Debug)]
pub struct LocationOptions {
    /// Images to train with.
    pub train_images: usize,
    /// Images whose loss says when to stop.
    pub validation_images: usize,
    /// Of each of the two tests.
    pub test_images: usize,
    /// Images per step.
    pub batch: usize,
    /// At most.
    pub epochs: usize,
    /// Training stops at this epoch in a row without a lower validation loss.
    pub patience: usize,
    /// A signal added to a layer's features, in training and in the tests.
    pub planted: Option<Planted<f32>>,
}

impl Default for LocationOptions {
    /// Those of the paper.
    fn default() -> LocationOptions {
        LocationOptions {
            train_images: 2000,
            validation_images: 1000,
            test_images: 1000,
            batch: 200,
            epochs: 50,
            patience: 9,
            planted: None,
        }
    }
}

impl LocationOptions {
    /// Images to train, to validate and to test with.
    pub fn sizes(&self) -> [usize; 3] {
        [self.train_images, self.validation_images, self.test_images]
    }
}

/// What one network has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Whether each image of the similar test was classified right.
    pub similar: Vec<bool>,
    /// The same for the same scenes in the other half of their images.
    pub dissimilar: Vec<bool>,
    /// Both for fresh scenes, where the similar test shows training images.
    pub fresh: Option<[Vec<bool>; 2]>,
    /// Epochs trained.
    pub epochs: usize,
    /// The epoch whose weights were kept.
    pub best_epoch: usize,
    /// Steps up to that epoch.
    pub best_step: u64,
    /// Its validation loss.
    pub validation_loss: f64,
}

impl Location {
    /// Shares of right answers: similar, dissimilar, and the first minus the second.
    pub fn scores(&self) -> [f64; 3] {
        let share = |right: &[bool]| {
            right.iter().filter(|r| **r).count() as f64 / right.len().max(1) as f64
        };
        let [similar, dissimilar] = [&self.similar, &self.dissimilar].map(|r| share(r));
        [similar, dissimilar, similar - dissimilar]
    }
}

/// The largest value of every map: [N, C, H, W] → [N, C].
struct GlobalMaxPool2d;

impl Layer<f32> for GlobalMaxPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Whole([1, 1])
    }

    fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        Ok(Feature::flat(ops::max(&x[0].on_grid(), &[2, 3])))
    }
}

/// The network: four 3×3 convolutions without bias, each with ReLU, then the maximum of every map and a
/// linear layer for the two classes; PyTorch's default start.
///
/// A padding without an extent is one pixel per side. Layers are `features.0`, a convolution, to
/// `features.7`, a ReLU.
///
/// # Errors
/// Where the padding leaves a map too small for the next convolution.
pub fn network(padding: Padding, seed: Seed) -> Result<Model<f32>> {
    let mut features = Sequential::new();
    for (channels, out_channels, stride) in CONVOLUTIONS {
        let conv = Conv2d::new(channels, out_channels, 3, padding);
        features.push(conv.stride(stride).without_bias());
        features.push(Relu);
    }
    let (_, channels, _) = CONVOLUTIONS[CONVOLUTIONS.len() - 1];
    let root = Sequential::new()
        .named("features", features)
        .named("maxpool", GlobalMaxPool2d)
        .named("classifier", Linear::new(channels, 2));
    Model::new(root, [3, SIDE, SIDE], seed)
}

/// Trains one network under `padding` and tests it; weights, scenes and random paddings come from `seed`.
///
/// Networks with the same seed see the same scenes, whatever their padding.
///
/// # Errors
/// Where the padding does not fit the network, or a loss is not finite.
pub fn run(padding: Padding, options: &LocationOptions, seed: Seed) -> Result<Location> {
    run_on(
        &Sets::held_out(options.sizes(), seed),
        padding,
        options,
        seed,
    )
}

/// The same on these scenes, whatever the numbers in `options`; weights and random paddings come from `seed`.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    sets: &Sets,
    padding: Padding,
    options: &LocationOptions,
    seed: Seed,
) -> Result<Location> {
    in_pool(|| run_inside(sets, padding, options, seed))
}

fn run_inside(
    sets: &Sets,
    padding: Padding,
    options: &LocationOptions,
    seed: Seed,
) -> Result<Location> {
    let model = network(padding, seed.child("weights"))?;
    let adadelta = OptimizerConfig::Adadelta(AdadeltaConfig::default());
    let mut training = Training {
        model,
        optimizer: adadelta.weight_decay(WEIGHT_DECAY).build(),
        steps: 0,
    };
    let mut best = (f64::INFINITY, 0, 0, training.model.state.clone());
    let mut epoch = 0;
    while epoch < options.epochs && epoch - best.1 < options.patience {
        epoch += 1;
        training.epoch(&sets.train, options, seed.child("pass"))?;
        let model = &training.model;
        let loss = answer(model, &sets.validation, options, seed.child("validation"))?.loss;
        if loss < best.0 {
            best = (loss, epoch, training.steps, model.state.clone());
        }
    }
    let (validation_loss, best_epoch, best_step, state) = best;
    training.model.state = state;
    let test = |scenes: &Scenes| {
        let answers = answer(&training.model, scenes, options, seed.child("test"));
        answers.map(|answers| answers.right)
    };
    let both = |scenes: &Scenes| Ok([test(scenes)?, test(&scenes.dissimilar())?]);
    let [similar, dissimilar] = both(&sets.similar)?;
    Ok(Location {
        similar,
        dissimilar,
        fresh: sets.fresh.as_ref().map(both).transpose()?,
        epochs: epoch,
        best_epoch,
        best_step,
        validation_loss,
    })
}

/// A network in training.
struct Training {
    model: Model<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    steps: u64,
}

impl Training {
    /// One pass over the scenes in their order.
    fn epoch(&mut self, scenes: &Scenes, options: &LocationOptions, seed: Seed) -> Result<()> {
        for start in (0..scenes.len()).step_by(options.batch) {
            let end = (start + options.batch).min(scenes.len());
            let (images, classes) = scenes.batch(start..end);
            let pass = Pass {
                seed: seed.child(self.steps),
                first_sample: start,
                planted: options.planted.as_ref(),
            };
            self.steps += 1;
            let loss = |logits: &Var<f32>| ops::cross_entropy(logits, &classes, 0.0);
            let step = Step::new(&self.model, images, pass, loss);
            let doing = || format!("the probe's training at step {}", self.steps);
            let step = step.map_err(|e| error_of(doing(), e))?;
            step.update(&mut self.model, &mut *self.optimizer, LR);
        }
        Ok(())
    }
}

struct Answers {
    loss: f64,
    right: Vec<bool>,
}

/// The network's loss on scenes, and which of its answers are right.
fn answer(
    model: &Model<f32>,
    scenes: &Scenes,
    options: &LocationOptions,
    seed: Seed,
) -> Result<Answers> {
    let (mut loss, mut right) = (0.0, Vec::with_capacity(scenes.len()));
    for start in (0..scenes.len()).step_by(options.batch) {
        let end = (start + options.batch).min(scenes.len());
        let (images, classes) = scenes.batch(start..end);
        let pass = Pass {
            seed,
            first_sample: start,
            planted: options.planted.as_ref(),
        };
        let mut cx = pass.over(&model.state, Mode::Eval);
        let logits = model.forward(Feature::images(Var::constant(images)), &mut cx)?;
        let logits = logits.value;
        let mean = ops::cross_entropy(&logits, &classes, 0.0).value().item();
        loss += f64::from(mean) * classes.len() as f64;
        let rows = logits.value().data().chunks(2).zip(&classes);
        right.extend(rows.map(|(row, &class)| row[class] > row[1 - class]));
    }
    Ok(Answers {
        loss: loss / scenes.len().max(1) as f64,
        right,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ceiling::ceiling;
    use super::*;

    fn padding(text: &str) -> Padding {
        Padding::parse(text).expect("a padding")
    }

    fn logits(model: &Model<f32>, scenes: &Scenes) -> Vec<f32> {
        let (images, _) = scenes.batch(0..scenes.len());
        model.logits(images).expect("logits").into_vec()
    }

    #[test]
    fn under_full_and_circular_padding_a_shift_changes_no_bit_whatever_the_weights() {
        let similar = Scenes::draw(60, Seed(9));
        let dissimilar = similar.dissimilar();
        for seed in 0..4 {
            let answers = |text: &str| {
                let model = network(padding(text), Seed(seed)).expect("a network");
                [logits(&model, &similar), logits(&model, &dissimilar)]
            };
            for text in ["zeros@full", "circular"] {
                let [a, b] = answers(text);
                assert_eq!(a, b, "{text}, seed {seed}");
            }
            // The comparison can fail: these see the border.
            for text in ["zeros", "constant:1"] {
                let [a, b] = answers(text);
                assert_ne!(a, b, "{text}, seed {seed}");
            }
        }
    }

    #[test]
    fn trained_networks_keep_the_equality_and_stay_the_same_for_a_seed() {
        let options = LocationOptions {
            train_images: 60,
            validation_images: 20,
            test_images: 40,
            batch: 20,
            epochs: 2,
            ..LocationOptions::default()
        };
        for text in ["zeros@full", "circular"] {
            let found = run(padding(text), &options, Seed(5)).expect("a run");
            assert_eq!(found.similar, found.dissimilar, "{text}");
            assert_eq!(found.scores()[2], 0.0);
            assert_eq!(found, run(padding(text), &options, Seed(5)).expect("a run"));
        }
    }

    /// A training set that is shown again as a test is learned by heart; on fresh images no network is better
    /// than what its padding lets it see.
    #[test]
    fn no_network_passes_the_ceiling_on_images_that_it_has_not_seen() {
        let options = LocationOptions {
            train_images: 32,
            validation_images: 32,
            test_images: 32,
            batch: 16,
            epochs: 80,
            patience: 80,
            planted: None,
        };
        let sets = Sets::published(options.sizes(), Seed(1));
        let sets = Sets {
            fresh: Some(Scenes::draw(1000, Seed(2))),
            ..sets
        };
        let found = run_on(&sets, padding("circular"), &options, Seed(3)).expect("a run");
        let ceiling = ceiling(padding("circular")).expect("a ceiling");
        let [learned, ..] = found.scores();
        assert!(learned > ceiling + 0.2, "{learned} on training images");
        let [similar, dissimilar] = found.fresh.expect("fresh images");
        assert_eq!(similar, dissimilar);
        let right = similar.iter().filter(|right| **right).count();
        let share = right as f64 / similar.len() as f64;
        let error = (ceiling * (1.0 - ceiling) / similar.len() as f64).sqrt();
        assert!(share < ceiling + 3.0 * error, "{share} on fresh images");
        assert!(share > 0.5, "{share} is less than a guess");
    }

    #[test]
    fn the_network_has_the_sizes_of_the_three_convolution_types() {
        for (text, sizes) in [
            ("valid", [30, 14, 6, 2]),
            ("zeros", [32, 16, 8, 4]),
            ("zeros@full", [34, 18, 10, 6]),
        ] {
            let model = network(padding(text), Seed(0)).expect("a network");
            let layers = model.layers().expect("layers");
            let convolutions = layers.iter().filter(|l| l.kind == Kind::Conv2d);
            let found: Vec<usize> = convolutions.map(|l| l.shape[1]).collect();
            assert_eq!(found, sizes, "{text}");
            // 864 + 9216 + 18432 + 36864 weights, and 64·2 + 2 of the classifier.
            assert_eq!(model.state.parameter_count(), 65_506);
        }
    }

    #[test]
    fn training_stops_at_the_last_epoch_of_its_patience() {
        let options = LocationOptions {
            train_images: 20,
            validation_images: 10,
            test_images: 10,
            batch: 20,
            epochs: 40,
            patience: 1,
            planted: None,
        };
        let found = run(padding("valid"), &options, Seed(1)).expect("a run");
        assert!(found.epochs == found.best_epoch + 1 || found.epochs == 40);
    }
}
