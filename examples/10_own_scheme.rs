//! 10. Your own padding scheme in one file: the border is the mean of the map.
//!
//! **Question**: fill the border with the mean of the map: what flows back to a pixel far from the border, and
//! why is it not nothing?
//!
//! A scheme is a value of type `Scheme`. Rules that read other pixels are one line, an index map; this one
//! computes its values, so it says how they come about and what flows back. From then on everything works:
//! convolutions take it, gradcheck tries it, networks train with it, PPP is measured on it. To give it a
//! name on the command line, move the file to `src/padding/schemes` and add its line to the registry there.
//!
//! Run with `cargo run --release --example 10_own_scheme`. It prints (values within 5%):
//!
//! ```text
//! a row 1 2 3 6, padded: 3 3 3 | 1 2 3 6 | 3 3 3
//! gradient of the output in the corner: 1.3125 1.3125 0.3125 0.3125
//! gradcheck: passed
//! zeros  RMS-PPP before training 0.297, after one epoch 0.613
//! mean   RMS-PPP before training 0.085, after one epoch 0.215
//! ```
//!
//! **Exercise**: write the scheme that fills the border with the largest value of the map. To which pixel does
//! the gradient go, and how much in the corner? Gradcheck tells whether you are right. Then see the end of the
//! file, and add `-- --answer` to the command.

use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::data::{DataConfig, Dataset, load};
use padgrad::error::Result;
use padgrad::gradcheck::{Options, gradcheck};
use padgrad::nn::models;
use padgrad::padding::{Computed, Extent, Frame, Padding, Rule, Scheme};
use padgrad::ppp::{MeasureOptions, Metric, measure};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::{TrainConfig, Trainer, calibrate};

static MEAN: Scheme = Scheme {
    name: "mean",
    aliases: &[],
    argument: None,
    picture: "mmm|ABCDEF|mmm",
    values: "the mean of the map",
    gradient: "to every pixel, 1/n each",
    source: "this example",
    samples: &[None],
    rule: |_| Ok(Rule::Computed(&Mean)),
};

/// Padded pixel = μ, the mean of its sample's channel map.
struct Mean;

impl Computed for Mean {
    fn fill(&self, map: &[f64], _frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        ring.fill(map.iter().sum::<f64>() / map.len() as f64);
    }

    fn passes_gradient(&self) -> bool {
        true
    }

    /// ∂μ/∂x = 1/n for every pixel and every padded value.
    fn backward(
        &self,
        map: &[f64],
        _frame: &Frame,
        _seed: Seed,
        ring_grad: &[f64],
        map_grad: &mut [f64],
    ) {
        let to_each = ring_grad.iter().sum::<f64>() / map.len() as f64;
        map_grad.iter_mut().for_each(|grad| *grad += to_each);
    }
}

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    let mean = Padding::new(&MEAN, None)?;
    show_values(mean);
    show_gradient(mean);
    for padding in [Padding::parse("zeros")?, mean] {
        let [before, after] = strength(padding)?;
        println!(
            "{:<6} RMS-PPP before training {before:.3}, after one epoch {after:.3}",
            padding.name()
        );
    }
    Ok(())
}

fn show_values(padding: Padding) {
    let row = Var::constant(Tensor::from_vec(vec![1.0, 2.0, 3.0, 6.0], &[1, 1, 1, 4]));
    let extent = Extent::parse("0,3,0,3").expect("four numbers are an extent");
    let padded = ops::pad2d(&row, padding.extent(extent));
    let text: Vec<String> = padded.value().data().iter().map(f64::to_string).collect();
    println!(
        "a row 1 2 3 6, padded: {} | {} | {}",
        text[..3].join(" "),
        text[3..7].join(" "),
        text[7..].join(" ")
    );
}

/// A 3×3 convolution with ones at the corner of a 4×4 image: four taps read pixels, five read the mean.
fn show_gradient(padding: Padding) {
    let padding = padding.extent(Extent::Uniform(1));
    let ones = Tensor::<f64>::ones(&[1, 1, 3, 3]);
    let image = Tensor::<f64>::randn(&[1, 1, 4, 4], &mut Seed(0).rng());
    let tape = Tape::new();
    let x = tape.leaf(image.clone());
    let weight = Var::constant(ones.clone());
    let y = ops::conv2d(&x, &weight, None, &ConvOptions::new(padding));
    let corner = ops::crop2d(&y, 0..1, 0..1);
    let gradients = corner.backward();
    let of_x = gradients.get(&x).map_or(&[][..], |g| g.data());
    let first_row: Vec<String> = of_x.iter().take(4).map(f64::to_string).collect();
    println!(
        "gradient of the output in the corner: {}",
        first_row.join(" ")
    );
    let conv = |v: &[Var<f64>]| ops::conv2d(&v[0], &v[1], None, &ConvOptions::new(padding));
    let report = gradcheck(conv, &[image, ones], &Options::default());
    let verdict = if report.passed() { "passed" } else { "failed" };
    println!("gradcheck: {verdict}");
}

/// The pattern at the last convolution of a small network, before and after an epoch.
fn strength(padding: Padding) -> Result<[f64; 2]> {
    let data = load(&DataConfig {
        size: Some(16),
        train_images: Some(1000),
        test_images: Some(100),
        ..DataConfig::named("canvas-grey")
    })?;
    let input = [data.channels, data.height, data.width];
    let mut model = models::find("small")?.build(input, 10, padding, Seed(1))?;
    calibrate(&mut model, &data, 50, Seed(1))?;
    let config = TrainConfig {
        epochs: 1,
        batch_size: 50,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(&mut model, &data, config, Seed(1))?;
    let before = last_layer(&trainer, &data)?;
    trainer.run_epoch(&mut |_, _| Ok(()))?;
    Ok([before, last_layer(&trainer, &data)?])
}

fn last_layer(trainer: &Trainer, data: &Dataset) -> Result<f64> {
    let found = measure(
        trainer.model,
        data,
        &MeasureOptions::images(100),
        &mut |_| {},
    )?;
    let last = found.layers.last();
    let strength = last.and_then(|layer| layer.value(Metric::Rms));
    Ok(strength.unwrap_or(f64::NAN))
}

static LARGEST: Scheme = Scheme {
    name: "largest",
    picture: "FFF|ABCDEF|FFF",
    values: "the largest value of the map",
    gradient: "to the largest pixel",
    rule: |_| Ok(Rule::Computed(&Largest)),
    ..MEAN
};

/// Padded pixel = the largest of its sample's channel map.
struct Largest;

impl Computed for Largest {
    fn fill(&self, map: &[f64], _frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        ring.fill(map[place_of_largest(map)]);
    }

    fn passes_gradient(&self) -> bool {
        true
    }

    fn backward(
        &self,
        map: &[f64],
        _frame: &Frame,
        _seed: Seed,
        ring_grad: &[f64],
        map_grad: &mut [f64],
    ) {
        map_grad[place_of_largest(map)] += ring_grad.iter().sum::<f64>();
    }
}

fn place_of_largest(map: &[f64]) -> usize {
    (0..map.len()).fold(0, |best, i| if map[i] > map[best] { i } else { best })
}

/// **Answer**: all five taps beyond the border read the largest pixel, and give it 5. The rest of the corner's
/// gradient is that of zeros, 1 for each pixel in its window.
///
/// ```text
/// a row 1 2 3 6, padded: 6 6 6 | 1 2 3 6 | 6 6 6
/// gradient of the output in the corner: 1 1 0 0
/// gradcheck: passed
/// ```
fn answer() -> Result<()> {
    let largest = Padding::new(&LARGEST, None)?;
    show_values(largest);
    show_gradient(largest);
    Ok(())
}
