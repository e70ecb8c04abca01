//! 08. PPP forms: the pattern of the last convolution while a network learns.
//!
//! **Question**: draw your guess: does the pattern grow while a network learns, or does training wash it out?
//! Is it the same under zeros and under reflect?
//!
//! Canvas content carries no position, so all that these values show came from padding. RMS-PPP is in
//! feature units, nRMS relative to the spread of the content. Under both paddings the pattern grows within
//! the first steps; training also spreads the content, so relative to it zeros' pattern, strong from the
//! start, loses, and reflect's, next to nothing at the start, gains after a dip.
//!
//! Run with `cargo run --release --example 08_formation`. It prints (values within 5%):
//!
//! ```text
//! reflect
//!   step   0  RMS-PPP 0.028  nRMS 0.065  *
//!   step  20  RMS-PPP 0.181  nRMS 0.059  *****
//!   step  40  RMS-PPP 0.210  nRMS 0.081  *****
//!   step  80  RMS-PPP 0.202  nRMS 0.101  *****
//! zeros
//!   step   0  RMS-PPP 0.293  nRMS 0.622  *******
//!   step  20  RMS-PPP 1.138  nRMS 0.421  ****************************
//!   step  40  RMS-PPP 0.893  nRMS 0.402  **********************
//!   step  80  RMS-PPP 0.681  nRMS 0.356  *****************
//! ```
//!
//! **Exercise**: put `valid` in the list, and images of 32 pixels, since each convolution now takes two of them. What will it show after 80 steps of training, to how many digits are
//! you sure, and why? Then see the end of the file, and add `-- --answer` to the command.

use padgrad::data::{DataConfig, Dataset, load};
use padgrad::error::Result;
use padgrad::nn::{Model, models};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, Metric, measure};
use padgrad::rng::Seed;
use padgrad::train::{TrainConfig, Trainer, calibrate};

const EPOCHS: usize = 4;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    eprintln!("Guess first: does the pattern grow or shrink while the network learns?");
    form(&["reflect", "zeros"], 16)
}

/// Trains a network under each padding, and measures it on the way.
fn form(schemes: &[&str], size: usize) -> Result<()> {
    let data = load(&DataConfig {
        size: Some(size),
        train_images: Some(1000),
        test_images: Some(200),
        ..DataConfig::named("canvas-grey")
    })?;
    let config = TrainConfig {
        epochs: EPOCHS,
        batch_size: 50,
        ..TrainConfig::default()
    };
    for scheme in schemes {
        println!("{scheme}");
        let mut model = untrained(Padding::parse(scheme)?, &data)?;
        let mut trainer = Trainer::new(&mut model, &data, config.clone(), Seed(1))?;
        show(&trainer, &data)?;
        for epoch in 1..=EPOCHS {
            trainer.run_epoch(&mut |_, _| Ok(()))?;
            if epoch.is_power_of_two() {
                show(&trainer, &data)?;
            }
        }
    }
    Ok(())
}

/// A fresh network whose batch norm has seen the data, so that it can be compared with a trained one.
fn untrained(padding: Padding, data: &Dataset) -> Result<Model<f32>> {
    let input = [data.channels, data.height, data.width];
    let mut model = models::find("small")?.build(input, 10, padding, Seed(1))?;
    calibrate(&mut model, data, 50, Seed(1))?;
    Ok(model)
}

fn show(trainer: &Trainer, data: &Dataset) -> Result<()> {
    let found = measure(
        trainer.model,
        data,
        &MeasureOptions::images(200),
        &mut |_| {},
    )?;
    let Some(last) = found.layers.last() else {
        return Ok(());
    };
    let [rms, nrms] = [Metric::Rms, Metric::NRms].map(|m| last.value(m).unwrap_or(f64::NAN));
    println!(
        "  step {:>3}  RMS-PPP {rms:.3}  nRMS {nrms:.3}  {}",
        trainer.step(),
        "*".repeat((25.0 * rms).round() as usize)
    );
    Ok(())
}

/// **Answer**: 0 at every step, exactly: without padding both runs of the network read the same pixels, so their
/// features are the same bits, whatever the weights. This is the control of every measurement here.
///
/// ```text
/// valid
///   step   0  RMS-PPP 0.000  nRMS 0.000
///   step  20  RMS-PPP 0.000  nRMS 0.000
///   step  40  RMS-PPP 0.000  nRMS 0.000
///   step  80  RMS-PPP 0.000  nRMS 0.000
/// ```
fn answer() -> Result<()> {
    form(&["valid"], 32)
}
