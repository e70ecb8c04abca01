//! 11. Everything one's own: data, a layer with a window, a loss, and images to measure on.
//!
//! A residual network with two paddings is trained on tensors, its stem frozen and its head at twice the rate; it
//! is saved, loaded with another head, and measured for PPP on wide images that the training never saw. No
//! feature is needed: `padgrad = { default-features = false }`.
//!
//! Run with `cargo run --release --no-default-features --example 11_own_data_and_layer`.

use padgrad::autodiff::{Var, ops};
use padgrad::data::{Dataset, Tensors, WideTensors};
use padgrad::error::Result;
use padgrad::nn::layers::{
    BatchNorm2d, Conv2d, GlobalAvgPool2d, Linear, Relu, Residual, Sequential,
};
use padgrad::nn::{Context, Feature, Geometry, Layer, Model, Windowed};
use padgrad::optim::ParamGroup;
use padgrad::padding::{Extent, Padding, Window};
use padgrad::ppp::{MeasureOptions, Metric, measure};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::{FitOptions, TrainConfig, fit};

/// A pixel without the mean of the 3×3 window around it.
struct HighPass(Windowed);

impl Layer<f32> for HighPass {
    fn geometry(&self) -> Geometry {
        Geometry::Window(self.0)
    }

    fn forward(&self, x: &[Feature<f32>], cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        let pool = ops::PoolOptions::new(3).stride(1);
        let mean = self
            .0
            .apply(&x[0], cx, |x, p| ops::avg_pool2d(x, &pool.padding(p)))?;
        let pixel = x[0].cropped(mean.margin).value;
        Ok(mean.pointwise(|mean| ops::sub(&pixel, mean)))
    }
}

fn network(classes: usize) -> Result<Model<f32>> {
    let zeros = Padding::parse("zeros")?;
    let padding = Padding::parse("reflect")?.extent(Extent::Uniform(1));
    let window = Window::square(3);
    let body = Sequential::new()
        .named("pass", HighPass(Windowed { window, padding }))
        .named("conv", Conv2d::new(8, 8, 3, zeros))
        .named("norm", BatchNorm2d::new(8));
    let root = Sequential::new()
        .named("stem", Conv2d::new(1, 8, 3, padding))
        .named("block", Residual::new(body))
        .named("relu", Relu)
        .named("pool", GlobalAvgPool2d)
        .named("head", Linear::new(8, classes));
    Model::new(root, [1, 16, 16], Seed(0))
}

/// Noise, of twice the contrast in every other image.
fn images(count: usize, side: usize, seed: u64) -> Tensor<f32> {
    let mut images = Tensor::randn(&[count, 1, side, side], &mut Seed(seed).rng());
    let twice = images.data_mut().chunks_mut(side * side).skip(1).step_by(2);
    twice.flatten().for_each(|v| *v *= 2.0);
    images
}

fn main() -> Result<()> {
    let labels = |count| (0..count).map(|i| i % 2).collect();
    let train = Tensors::new(images(400, 16, 1), labels(400))?;
    let test = Tensors::new(images(100, 16, 2), labels(100))?;
    let wide = WideTensors::new(images(100, 32, 3), 8)?;
    let data = Dataset::new(train, test, ["flat", "steep"])?.standardise()?;
    let data = data.with_wide(wide)?;

    let mut model = network(2)?;
    model.freeze("stem")?;
    let config = TrainConfig {
        groups: vec![ParamGroup::new("head").rate(2.0)],
        ..TrainConfig::default()
    };
    // Cross-entropy, and a price on large logits.
    let loss = |logits: &Var<f32>, labels: &[usize]| {
        let size = ops::mean(&ops::mul(logits, logits), &[]);
        ops::add(
            &ops::cross_entropy(logits, labels, 0.0),
            &ops::mul_scalar(&size, 0.01),
        )
    };
    let records = fit(&mut model, &data, FitOptions::new(config).loss(loss))?;
    if let Some(last) = records.last() {
        println!("test accuracy {:.2}", last.test.accuracy);
    }

    let path = std::env::temp_dir().join("own.safetensors");
    model.state.save(&path)?;
    let mut other = network(5)?;
    println!("another head: {}", other.state.load_partial(&path)?);

    let options = MeasureOptions {
        images: 100,
        ..MeasureOptions::default()
    };
    for layer in measure(&other, &data, &options, &mut |_| {})?.layers {
        let found = layer.get(Metric::NMae).and_then(|m| m.value);
        println!("{:10}  nMAE {:.3}", layer.name, found.unwrap_or(f64::NAN));
    }
    Ok(())
}
