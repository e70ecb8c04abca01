//! 07. A first PPP: the part of what padding does that is the same for every image.
//!
//! Run with `cargo run --release --example 07_ppp`. It measures an untrained network and prints, per
//! convolution, the pattern's strength, the probability of one as strong by chance alone, and how much of all
//! that padding does is pattern (values within 5% on other instruction sets):
//!
//! ```text
//! zeros
//!   features.0   RMS-PPP 0.002  p 0.385  coherence 0.000
//!   features.3   RMS-PPP 0.047  p 0.001  coherence 0.200
//!   features.7   RMS-PPP 0.132  p 0.001  coherence 0.417
//!   features.10  RMS-PPP 0.101  p 0.001  coherence 0.288
//!   features.14  RMS-PPP 0.199  p 0.001  coherence 0.387
//! reflect
//!   features.0   RMS-PPP 0.006  p 0.047  coherence 0.003
//!   features.3   RMS-PPP 0.008  p 0.001  coherence 0.006
//!   features.7   RMS-PPP 0.012  p 0.001  coherence 0.006
//!   features.10  RMS-PPP 0.009  p 0.001  coherence 0.003
//!   features.14  RMS-PPP 0.011  p 0.009  coherence 0.002
//! valid
//!   features.0   RMS-PPP 0.000  p 1.000  coherence –
//!   features.3   RMS-PPP 0.000  p 1.000  coherence –
//!   features.7   RMS-PPP 0.000  p 1.000  coherence –
//!   features.10  RMS-PPP 0.000  p 1.000  coherence –
//!   features.14  RMS-PPP 0.000  p 1.000  coherence –
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
