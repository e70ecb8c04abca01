//! 07. A first PPP: the part of what padding does that is the same for every image.
//!
//! Run with `cargo run --release --example 07_ppp`. It measures an untrained network and prints, per
//! convolution, the pattern's strength, the probability of one as strong by chance alone, and how much of all
//! that padding does is pattern (values within 5% on other instruction sets):
//!
//! ```text
//! zeros
//!   features.0   MAE-PPP 0.003  by chance 0.003  coherence 0.000
//!   features.3   MAE-PPP 0.016  by chance 0.003  coherence 0.200
//!   features.7   MAE-PPP 0.060  by chance 0.008  coherence 0.417
//!   features.10  MAE-PPP 0.057  by chance 0.009  coherence 0.288
//!   features.14  MAE-PPP 0.127  by chance 0.017  coherence 0.387
//! reflect
//!   features.0   MAE-PPP 0.003  by chance 0.003  coherence 0.003
//!   features.3   MAE-PPP 0.005  by chance 0.004  coherence 0.006
//!   features.7   MAE-PPP 0.011  by chance 0.008  coherence 0.006
//!   features.10  MAE-PPP 0.011  by chance 0.009  coherence 0.003
//!   features.14  MAE-PPP 0.020  by chance 0.018  coherence 0.001
//! valid
//!   features.0   MAE-PPP 0.000  by chance 0.000  coherence –
//!   features.3   MAE-PPP 0.000  by chance 0.000  coherence –
//!   features.7   MAE-PPP 0.000  by chance 0.000  coherence –
//!   features.10  MAE-PPP 0.000  by chance 0.000  coherence –
//!   features.14  MAE-PPP 0.000  by chance 0.000  coherence –
//! ```

use padgrad::data::{DataConfig, load};
use padgrad::error::Result;
use padgrad::nn::models;
use padgrad::padding::Padding;
use padgrad::ppp::{LayerMeasurement, MeasureOptions, Metric, measure};
use padgrad::rng::Seed;
use padgrad::train::calibrate;

fn main() -> Result<()> {
    let data = load(&DataConfig {
        train_images: Some(500),
        ..DataConfig::named("canvas")
    })?;
    let input = [data.channels, data.height, data.width];
    for scheme in ["zeros", "reflect", "valid"] {
        let padding = Padding::parse(scheme)?;
        let mut model = models::find("small")?.build(input, 10, padding, Seed(1))?;
        // Batch norm sees the data once, so that fresh and trained networks can be compared.
        calibrate(&mut model, &data, 64, Seed(1))?;
        let options = MeasureOptions::images(100);
        let found = measure(&model, &data, &options, &mut |_| {})?;
        println!("{scheme}");
        for layer in &found.layers {
            let [rms, p, coherence] = [Metric::Rms, Metric::PatternP, Metric::Coherence]
                .map(|metric| text(layer, metric));
            println!(
                "  {:<12} RMS-PPP {rms}  p {p}  coherence {coherence}",
                layer.name
            );
        }
    }
    Ok(())
}

fn text(layer: &LayerMeasurement, metric: Metric) -> String {
    let value = layer.value(metric);
    value.map_or("–".into(), |v| format!("{v:.3}"))
}
