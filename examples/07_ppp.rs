//! 07. A first PPP: the part of what padding does that is the same for every image.
//!
//! **Question**: can a network that has learned nothing yet show where in the image a feature lies? Under
//! zeros, under reflect, without padding?
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
//!
//! **Exercise**: measure the last convolution under reflect with 50, 100 and 200 images, and print
//! `Metric::MaePpp` beside `Metric::Rms`. Which of the two would you report, and why? Then see the end of the
//! file, and add `-- --answer` to the command.

use padgrad::data::{DataConfig, load};
use padgrad::error::Result;
use padgrad::nn::models;
use padgrad::padding::Padding;
use padgrad::ppp::{LayerMeasurement, MeasureOptions, Metric, measure};
use padgrad::rng::Seed;
use padgrad::train::calibrate;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    eprintln!("Guess first: under which of the three has an untrained network a pattern?");
    for scheme in ["zeros", "reflect", "valid"] {
        println!("{scheme}");
        for layer in untrained(scheme, 100)? {
            let [rms, p, coherence] = [Metric::Rms, Metric::PatternP, Metric::Coherence]
                .map(|metric| text(&layer, metric));
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

/// The pattern at every convolution of an untrained network, from this many images.
fn untrained(scheme: &str, images: usize) -> Result<Vec<LayerMeasurement>> {
    let data = load(&DataConfig {
        train_images: Some(500),
        ..DataConfig::named("canvas")
    })?;
    let input = [data.channels, data.height, data.width];
    let padding = Padding::parse(scheme)?;
    let mut model = models::find("small")?.build(input, 10, padding, Seed(1))?;
    // Batch norm sees the data once, so that fresh and trained networks can be compared.
    calibrate(&mut model, &data, 64, Seed(1))?;
    let options = MeasureOptions::images(images);
    Ok(measure(&model, &data, &options, &mut |_| {})?.layers)
}

/// **Answer**: RMS-PPP, whose expectation does not depend on the number of images. MAE-PPP is the pattern and what is
/// left of the images' own differences, which falls with their number: a smaller value would not be a weaker pattern
/// (values within 5%).
///
/// ```text
///  50 images  MAE-PPP 0.025  RMS-PPP 0.009
/// 100 images  MAE-PPP 0.020  RMS-PPP 0.011
/// 200 images  MAE-PPP 0.015  RMS-PPP 0.011
/// ```
fn answer() -> Result<()> {
    for images in [50, 100, 200] {
        let layers = untrained("reflect", images)?;
        let [mae, rms] =
            [Metric::MaePpp, Metric::Rms].map(|metric| text(&layers[layers.len() - 1], metric));
        println!("{images:>3} images  MAE-PPP {mae}  RMS-PPP {rms}");
    }
    Ok(())
}
