//! The readout: its network, its training, and its paintings for images that it has not seen.

use super::target::Target;
use crate::autodiff::{Var, ops};
use crate::data::epoch_order;
use crate::error::{Error, Result};
use crate::nn::init::xavier_uniform;
use crate::nn::layers::{BatchNorm2d, Conv2d, Relu, Sequential};
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Mode, Model};
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::padding::Padding;
use crate::probes::rank::{correlation, ranks};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::threads::in_pool;
use crate::train::{Pass, Step, error_of};

/// How readouts are trained.
#[derive(Clone, Copy, Debug)]
pub struct ReadoutOptions {
    /// Convolutions; the last one paints.
    pub depth: usize,
    /// Zeros around the input of each of them, per side; with any, the readout itself gives position away.
    pub padding: usize,
    /// Passes over the features.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Learning rate of the first epochs.
    pub lr: f64,
    /// Epochs after which the rate is a tenth.
    pub decay_after: usize,
}

impl Default for ReadoutOptions {
    /// Those of the paper.
    fn default() -> ReadoutOptions {
        ReadoutOptions {
            depth: 1,
            padding: 0,
            epochs: 15,
            batch: 32,
            lr: 0.1,
            decay_after: 10,
        }
    }
}

/// What the readout of one target says about images that it has not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What was to be painted.
    pub target: Target,
    /// Spearman's correlation of painting and target, for each image.
    pub spc: Vec<f64>,
    /// The mean absolute error of the painting, for each image.
    pub mae: Vec<f64>,
}

/// 1/(1 + e⁻ˣ).
struct Sigmoid;

impl Layer<f32> for Sigmoid {
    fn kind(&self) -> Kind {
        Kind::Activation
    }

    fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        Ok(x[0].pointwise(ops::sigmoid))
    }
}

/// Bilinear upsampling without aligned corners.
struct Upsample {
    side: usize,
}

impl Layer<f32> for Upsample {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Whole([self.side; 2])
    }

    fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        let upsampled = ops::resize_bilinear(&x[0].on_grid(), [self.side; 2], false);
        Ok(Feature::images(upsampled))
    }
}

/// Trains a readout for every target on `training` features [N, C, g, g] and scores them on `held_out`
/// ones; maps are painted on `side`×`side` pixels.
///
/// Readouts of one layer are trained side by side, one output channel each, on the sum of their losses: no
/// value of one enters another, so each is what it would be alone.
///
/// # Errors
/// A usage error where the features are too small for a readout of that depth; where a loss is not finite.
pub fn read_out(
    training: &Tensor<f32>,
    held_out: &Tensor<f32>,
    side: usize,
    options: &ReadoutOptions,
    seed: Seed,
) -> Result<Vec<Reading>> {
    let together = if options.depth == 1 {
        Target::ALL.len()
    } else {
        1
    };
    let mut readings = Vec::new();
    for targets in Target::ALL.chunks(together) {
        let model = in_pool(|| train(training, targets, side, options, seed))?;
        readings.extend(score(&model, held_out, targets, side, options.batch)?);
    }
    Ok(readings)
}

/// The readout of `targets` for features [C, g, g], each output channel initialised as if it were built alone.
fn build(
    input: [usize; 3],
    targets: &[Target],
    side: usize,
    options: &ReadoutOptions,
    seed: Seed,
) -> Result<Model<f32>> {
    let channels = input[0];
    let padding = match options.padding {
        0 => Padding::valid(),
        around => Padding::zeros(around),
    };
    let mut hidden = Sequential::new();
    for _ in 1..options.depth {
        hidden.push(Conv2d::new(channels, channels, 3, padding));
        hidden.push(BatchNorm2d::new(channels));
        hidden.push(Relu);
    }
    let paint = Sequential::new()
        .named("conv", Conv2d::new(channels, targets.len(), 3, padding))
        .named("norm", BatchNorm2d::new(targets.len()))
        .named("sigmoid", Sigmoid)
        .named("upsample", Upsample { side });
    let root = Sequential::new()
        .named("hidden", hidden)
        .named("paint", paint);
    let mut model = Model::new(root, input, seed).map_err(Error::into_usage)?;
    for (name, weight) in &mut model.state.parameters {
        if name.ends_with("bias") {
            // A bias in front of a batch norm is nothing but an offset that its statistics must learn.
            *weight = Tensor::zeros(weight.shape());
        }
        if weight.rank() != 4 {
            continue;
        }
        let out_channels: Vec<usize> = match name.as_str() {
            "paint.conv.weight" => vec![1; targets.len()],
            _ => vec![weight.shape()[0]],
        };
        let drawn = out_channels
            .into_iter()
            .zip(targets)
            .map(|(out_channels, target)| {
                let seed = seed.child(target.name()).child(name.as_str());
                xavier_uniform::<f32>(&[out_channels, channels, 3, 3], seed).into_vec()
            });
        *weight = Tensor::from_vec(drawn.flatten().collect(), weight.shape());
    }
    Ok(model)
}

fn train(
    features: &Tensor<f32>,
    targets: &[Target],
    side: usize,
    options: &ReadoutOptions,
    seed: Seed,
) -> Result<Model<f32>> {
    let [images, channels, height, width] = features.nchw("posenet");
    let input = [channels, height, width];
    let mut model = build(input, targets, side, options, seed.child("weights"))?;
    let sgd = OptimizerConfig::Sgd(SgdConfig {
        momentum: 0.9,
        weight_decay: 1e-4,
        ..SgdConfig::default()
    });
    let mut optimizer = sgd.build();
    let mut steps = 0;
    let painting: Vec<f32> = targets
        .iter()
        .flat_map(|target| target.map(side))
        .map(|v| v as f32)
        .collect();
    for epoch in 0..options.epochs {
        let lr = match epoch < options.decay_after {
            true => options.lr,
            false => options.lr / 10.0,
        };
        let order = epoch_order(images, seed.child("order"), epoch);
        // Batch norm needs two images.
        for batch in order.chunks(options.batch).filter(|batch| batch.len() > 1) {
            let wanted = Tensor::from_vec(
                painting.repeat(batch.len()),
                &[batch.len(), targets.len(), side, side],
            );
            let features = select(features, batch);
            let step = Step::new(&model, features, Pass::seeded(seed), |painted| {
                let mean = ops::mse_loss(painted, &Var::constant(wanted));
                ops::mul_scalar(&mean, targets.len() as f64)
            });
            steps += 1;
            let doing = || format!("the probe's training at step {steps}");
            let step = step.map_err(|e| error_of(doing(), e))?;
            step.update(&mut model, &mut *optimizer, lr);
        }
    }
    Ok(model)
}

/// Rows `indices` of the first axis.
fn select(features: &Tensor<f32>, indices: &[usize]) -> Tensor<f32> {
    let mut shape = features.shape().to_vec();
    let row = features.len() / shape[0].max(1);
    shape[0] = indices.len();
    let rows = indices
        .iter()
        .flat_map(|&i| &features.data()[i * row..(i + 1) * row]);
    Tensor::from_vec(rows.copied().collect(), &shape)
}

fn score(
    model: &Model<f32>,
    features: &Tensor<f32>,
    targets: &[Target],
    side: usize,
    batch: usize,
) -> Result<Vec<Reading>> {
    let images = features.shape()[0];
    let wanted: Vec<Vec<f64>> = targets.iter().map(|target| target.map(side)).collect();
    let wanted_ranks: Vec<Vec<f64>> = wanted.iter().map(|map| ranks(map)).collect();
    let mut readings: Vec<Reading> = targets
        .iter()
        .map(|&target| Reading {
            target,
            spc: Vec::with_capacity(images),
            mae: Vec::with_capacity(images),
        })
        .collect();
    for start in (0..images).step_by(batch) {
        let part = features.rows(start..(start + batch).min(images));
        let mut cx = Context::new(&model.state, Mode::Eval);
        let painted = model.forward(Feature::images(Var::constant(part)), &mut cx)?;
        let painted = painted.value.into_value();
        for (i, map) in painted.data().chunks(side * side).enumerate() {
            let target = i % targets.len();
            let map: Vec<f64> = map.iter().map(|&v| f64::from(v)).collect();
            let errors = map.iter().zip(&wanted[target]).map(|(a, b)| (a - b).abs());
            readings[target]
                .mae
                .push(errors.sum::<f64>() / map.len() as f64);
            let spc = correlation(&ranks(&map), &wanted_ranks[target]);
            readings[target].spc.push(spc);
        }
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    const QUICK: ReadoutOptions = ReadoutOptions {
        depth: 1,
        padding: 0,
        epochs: 6,
        batch: 8,
        lr: 0.1,
        decay_after: 4,
    };

    /// Noise [n, 3, 8, 8], with ramps to the right and downwards of this strength in two channels.
    fn features(n: usize, ramp: f32, seed: u64) -> Tensor<f32> {
        let mut noise = Tensor::randn(&[n, 3, 8, 8], &mut Seed(seed).rng());
        for (i, v) in noise.data_mut().iter_mut().enumerate() {
            match i / 64 % 3 {
                0 => *v += ramp * ((i % 8) as f32 - 3.5),
                1 => *v += ramp * ((i / 8 % 8) as f32 - 3.5),
                _ => {}
            }
        }
        noise
    }

    fn readings(ramp: f32) -> Vec<Reading> {
        let (training, held_out) = (features(64, ramp, 1), features(40, ramp, 2));
        read_out(&training, &held_out, 32, &QUICK, Seed(3)).expect("readings")
    }

    #[test]
    fn a_ramp_in_the_features_is_read_and_noise_is_not() {
        let found = readings(2.0);
        assert_eq!(
            found.iter().map(|r| r.target).collect::<Vec<_>>(),
            Target::ALL
        );
        for reading in &found[..2] {
            let (spc, mae) = (mean(&reading.spc), mean(&reading.mae));
            assert!(spc > 0.9 && mae < 0.12, "{:?}: {spc} {mae}", reading.target);
        }
        for reading in &readings(0.0)[..2] {
            let spc = mean(&reading.spc);
            assert!(spc.abs() < 0.15, "{:?}: {spc}", reading.target);
        }
    }

    /// Noise says nothing of position, and an unpadded readout finds nothing in it; its own zeros do tell, the
    /// more of them the more.
    #[test]
    fn a_padded_readout_reads_position_off_its_own_border() {
        let centre = |padding| {
            let options = ReadoutOptions { padding, ..QUICK };
            let (training, held_out) = (features(64, 0.0, 1), features(40, 0.0, 2));
            let shifted = |f: Tensor<f32>| f.map(|v| v + 3.0);
            let [training, held_out] = [training, held_out].map(shifted);
            let found = read_out(&training, &held_out, 32, &options, Seed(3)).expect("readings");
            let gau = found.iter().find(|r| r.target == Target::Gau);
            mean(&gau.expect("a reading").spc)
        };
        let [none, one, two] = [0, 1, 2].map(centre);
        assert!(none.abs() < 0.15, "{none} without padding");
        assert!(
            one > 0.3 && two > one,
            "{one} with one pixel, {two} with two"
        );
    }

    #[test]
    fn readouts_side_by_side_are_what_each_is_alone() {
        let (training, held_out) = (features(24, 1.0, 1), features(10, 1.0, 2));
        let together = read_out(&training, &held_out, 32, &QUICK, Seed(3)).expect("readings");
        for reading in together {
            let targets = [reading.target];
            let model = train(&training, &targets, 32, &QUICK, Seed(3)).expect("a readout");
            let alone = score(&model, &held_out, &targets, 32, QUICK.batch).expect("a score");
            let differ = |a: &[f64], b: &[f64]| {
                a.iter()
                    .zip(b)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f64::max)
            };
            assert!(differ(&reading.mae, &alone[0].mae) < 1e-5);
        }
    }

    #[test]
    fn deeper_readouts_shrink_the_map_until_nothing_is_left() {
        let (training, held_out) = (features(8, 1.0, 1), features(4, 1.0, 2));
        let deep = |depth| {
            let options = ReadoutOptions {
                depth,
                epochs: 1,
                ..QUICK
            };
            read_out(&training, &held_out, 32, &options, Seed(3))
        };
        assert_eq!(deep(3).expect("readings").len(), Target::ALL.len());
        assert_eq!(deep(4).map_err(|e| e.exit_code()).err(), Some(2));
    }
}
