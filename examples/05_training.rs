//! 05. Training a small CNN on endless textures, nothing downloaded.
//!
//! Run with `cargo run --release --example 05_training`. It prints (values within 5% on other instruction sets):
//!
//! ```text
//! 140458 weights
//! untrained  10.0% right, chance is 10%
//! epoch 1    loss 1.08, 57.4% right on the test set
//! epoch 2    loss 0.34, 91.4% right on the test set
//! epoch 3    loss 0.19, 94.6% right on the test set
//! ```

use padgrad::data::{DataConfig, load};
use padgrad::error::Result;
use padgrad::nn::models;
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::train::{TrainConfig, Trainer, evaluate};

fn main() -> Result<()> {
    let data = load(&DataConfig {
        size: Some(24),
        train_images: Some(2000),
        test_images: Some(500),
        ..DataConfig::named("canvas-grey")
    })?;
    let input = [data.channels, data.height, data.width];
    let padding = Padding::parse("reflect")?;
    let mut model = models::find("small")?.build(input, data.classes.len(), padding, Seed(1))?;
    println!("{} weights", model.state.parameter_count());
    let untrained = evaluate(&model, &data, Seed(1))?;
    println!(
        "untrained  {:.1}% right, chance is 10%",
        100.0 * untrained.accuracy
    );
    let config = TrainConfig {
        epochs: 3,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(&mut model, &data, config, Seed(1))?;
    for _ in 0..3 {
        let epoch = trainer.run_epoch(&mut |_, _| Ok(()))?;
        let (loss, accuracy) = (epoch.train.loss, 100.0 * epoch.test.accuracy);
        println!(
            "epoch {}    loss {loss:.2}, {accuracy:.1}% right on the test set",
            epoch.epoch
        );
    }
    Ok(())
}
