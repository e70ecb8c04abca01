//! The networks that PosENet reads: from checkpoints, or trained here as a study trains them.

use super::config::RunConfig;
use super::moments::{FINAL, INIT};
use super::networks::Network;
use super::progress::{Event, Progress, phase};
use super::record::Moment;
use crate::data::Dataset;
use crate::error::Result;
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::train::{Trainer, calibrate};

/// A network and when in its training it is.
pub struct Backbone {
    /// Which network it is.
    pub moment: Moment,
    /// The network.
    pub model: Model<f32>,
}

/// The network as a study begins: fresh weights, calibrated statistics.
///
/// # Errors
/// Where the images are too small for the network.
pub fn untrained(
    config: &RunConfig,
    padding: Padding,
    data: &Dataset,
    seed: u64,
) -> Result<Backbone> {
    let input = [data.channels, data.height, data.width];
    let weights = Seed(seed).child("weights");
    let architecture = models::find(&config.arch)?;
    let mut model = architecture.build(input, data.classes.len(), padding, weights)?;
    let order = Seed(seed).child("calibration");
    calibrate(&mut model, data, config.train.batch_size, order)?;
    let moment = Moment {
        scheme: padding.to_string(),
        seed,
        stage: INIT.into(),
        epoch: 0,
        step: 0,
    };
    Ok(Backbone { moment, model })
}

/// The network after its training, as a study trains it.
///
/// # Errors
/// Where training diverges.
pub fn trained(
    config: &RunConfig,
    padding: Padding,
    data: &Dataset,
    seed: u64,
    progress: &Progress,
) -> Result<Backbone> {
    let mut start = untrained(config, padding, data, seed)?;
    let order = Seed(seed).child("train");
    let mut trainer = Trainer::new(&mut start.model, data, config.train.clone(), order)?;
    for epoch in 1..=config.train.epochs {
        let name = format!(
            "{padding}, seed {seed}: epoch {epoch}/{}",
            config.train.epochs
        );
        phase(progress, &name, trainer.steps_per_epoch(), "steps");
        let before = trainer.step();
        trainer.run_epoch(&mut |_, step| {
            progress(Event::At((step.step - before) as usize));
            Ok(())
        })?;
    }
    let (epoch, step) = (trainer.epoch(), trainer.step());
    drop(trainer);
    let moment = Moment {
        stage: FINAL.into(),
        epoch,
        step,
        ..start.moment
    };
    let model = start.model;
    Ok(Backbone { moment, model })
}

/// The network of a checkpoint before its training and as it is stored.
///
/// # Errors
/// Where the file's tensors do not fit its description.
pub fn stored(network: &Network, data: &Dataset) -> Result<[Backbone; 2]> {
    let described = &network.description;
    let config = RunConfig {
        arch: described.arch.clone(),
        train: described.train.clone(),
        ..RunConfig::default()
    };
    let before = untrained(&config, network.padding, data, described.seed)?;
    let moment = network.moment();
    let model = network.checkpoint.model(&network.path)?;
    Ok([before, Backbone { moment, model }])
}
