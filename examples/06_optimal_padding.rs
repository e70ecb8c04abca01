//! 06. Optimal padding: fill every border with the true pixels around the image.
//!
//! **Question**: after two 3×3 convolutions, how many pixels from the border does zeros padding still change
//! the features?
//!
//! Run with `cargo run --release --example 06_optimal_padding`. It prints, for one image and the second
//! convolution of an untrained network, how far the features under zeros padding are from those with the
//! true surroundings, by distance to the border:
//!
//! ```text
//! the network needs a margin of 10 pixels
//! 0 pixels from the border: 0.1054
//! 1 pixels from the border: 0.0479
//! 2 pixels from the border: 0.0000
//! 3 pixels from the border: 0.0000
//! ```
//!
//! **Exercise**: say first on paper, then by running, how many rings differ at `features.14`, three
//! convolutions and two 2×2 pools later. Then see the end of the file, and add `-- --answer` to the command.

use padgrad::autodiff::Var;
use padgrad::data::{DataConfig, load};
use padgrad::error::Result;
use padgrad::nn::{Context, Feature, Mode, Model, models};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    println!("the network needs a margin of {} pixels", network()?.1);
    by_distance("features.3")
}

/// An untrained network, and the margin that it needs.
fn network() -> Result<(Model<f32>, usize)> {
    let zeros = Padding::parse("zeros")?;
    let model: Model<f32> = models::find("small")?.build([3, 32, 32], 10, zeros, Seed(1))?;
    let margin = model.needed_margin()?;
    Ok((model, margin))
}

/// Prints how much padding changes the features of a layer, by distance to the border.
fn by_distance(layer: &str) -> Result<()> {
    let data = load(&DataConfig {
        train_images: Some(50),
        ..DataConfig::named("canvas")
    })?;
    // The texture goes on beyond the image, so its surroundings exist to any margin.
    let (model, margin) = network()?;
    let wide = Feature::wide(Var::constant(data.wide(0..1, margin)?.images), margin);
    let image = Feature::images(wide.on_grid());

    let padded = features(&model, layer, image, false)?;
    let optimal = features(&model, layer, wide, true)?;
    let difference: Vec<f32> = padded
        .data()
        .iter()
        .zip(optimal.data())
        .map(|(a, b)| (a - b).abs())
        .collect();
    let [_, channels, h, w] = padded.nchw("difference");
    for distance in 0..4 {
        let at = |y: usize, x: usize| y.min(x).min(h - 1 - y).min(w - 1 - x) == distance;
        let positions = (0..h * w).filter(|p| at(p / w, p % w));
        let values = positions.flat_map(|p| (0..channels).map(move |c| c * h * w + p));
        let values: Vec<f32> = values.map(|i| difference[i]).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        println!("{distance} pixels from the border: {mean:.4}");
    }
    Ok(())
}

/// The features of a layer on the network's own grid.
fn features(
    model: &Model<f32>,
    layer: &str,
    input: Feature<f32>,
    surroundings: bool,
) -> Result<Tensor<f32>> {
    let mut found = None;
    let mut tap = |name: &str, feature: &Feature<f32>| {
        if name == layer {
            found = Some(feature.on_grid().into_value());
        }
    };
    {
        let cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
        let mut cx = if surroundings { cx.surroundings() } else { cx };
        model.forward(input, &mut cx)?;
    }
    Ok(found.unwrap_or_else(|| Tensor::zeros(&[1, 1, 1, 1])))
}

/// **Answer**: a convolution adds a ring, a pool halves and rounds up: 1, 2, pool 1, 2, 3, pool 2, 3. Of the map of
/// 8×8 pixels only the 2×2 in the middle are left.
///
/// ```text
/// 0 pixels from the border: 0.0166
/// 1 pixels from the border: 0.0062
/// 2 pixels from the border: 0.0008
/// 3 pixels from the border: 0.0000
/// ```
fn answer() -> Result<()> {
    by_distance("features.14")
}
