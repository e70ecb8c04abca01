//! 11. Everything one's own: data, a layer with a window, a loss, and images to measure on.
//!
//! **Question**: the block pads with zeros and with reflected pixels. Will this network, trained on noise, show
//! a pattern?
//!
//! A residual network with two paddings is trained on tensors, its stem frozen and its head at twice the rate; it
//! is saved, loaded with another head, and measured for PPP on wide images that the training never saw. No
//! feature is needed: `padgrad = { default-features = false }`.
//!
//! Run with `cargo run --release --no-default-features --example 11_own_data_and_layer`. It prints, values within 5%:
//!
//! ```text
//! epoch 1: test accuracy 1.00
//! epoch 2: test accuracy 1.00
//! epoch 3: test accuracy 1.00
//! another head: misshaped: head.bias with the shape [2] where the network has [5], head.weight with the shape [2, 8] where the network has [5, 8]
//! stem        nRMS 0.000
//! block.conv  nRMS 0.000
//! ```
//!
//! Noise has a mean of 0 inside and outside the image, so that reflecting it leaves no pattern.
//!
//! **Exercise**: pad the stem with `constant:1` instead of reflected pixels, and measure again. Which of the
//! two layers shows it, and does the accuracy notice? Then see the end of the file, and add `-- --answer` to the
//! command.

use padgrad::prelude::*;

/// A pixel without the mean of the 3×3 window around it.
struct HighPass(Windowed);

impl Layer<f32> for HighPass {
    fn geometry(&self) -> Geometry {
        Geometry::Window(self.0)
    }

    fn forward(&self, x: &[Feature<f32>], cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        let pool = PoolOptions::new(3).stride(1);
        let window = |x: &Var<f32>, padding| x.avg_pool2d(&pool.padding(padding));
        let mean = self.0.apply(&x[0], cx, window)?;
        // Under optimal padding the window has used up some of the margin.
        Ok(mean.pointwise(|m| x[0].cropped(mean.margin).value - m))
    }
}

fn network(classes: usize, stem: Padding) -> Result<Model<f32>> {
    let body = Sequential::new()
        .named("pass", HighPass(Windowed::new(3, Padding::reflect(1))))
        .named("conv", Conv2d::new(8, 8, 3, Padding::zeros(1)))
        .named("norm", BatchNorm2d::new(8));
    let root = Sequential::new()
        .named("stem", Conv2d::new(1, 8, 3, stem))
        .named("block", Residual::new(body))
        .named("relu", Relu)
        .named("pool", GlobalAvgPool2d)
        .named("head", Linear::new(8, classes));
    Model::new(root, [1, 16, 16], Seed(0))
}

/// Noise, of four times the contrast in every other image.
fn images(count: usize, side: usize, seed: u64) -> Tensor<f32> {
    let mut images = Tensor::randn(&[count, 1, side, side], &mut Seed(seed).rng());
    let steep = images.data_mut().chunks_mut(side * side).skip(1).step_by(2);
    steep.flatten().for_each(|v| *v *= 4.0);
    images
}

fn main() -> Result<()> {
    let stem = stem_padding()?;
    let labels = |count| (0..count).map(|i| i % 2).collect();
    let train = Tensors::new(images(400, 16, 1), labels(400))?;
    let test = Tensors::new(images(100, 16, 2), labels(100))?;
    let data = Dataset::new(train, test, ["flat", "steep"])?.standardise()?;
    let data = data.with_wide(WideTensors::new(images(100, 32, 3), 8)?)?;

    let mut model = network(2, stem)?;
    model.freeze("stem")?;
    // Cross-entropy, and a price on large logits.
    let loss = |y: &Var<f32>, k: &[usize]| y.cross_entropy(k, 0.0) + 0.01 * (y * y).mean(&[]);
    let twice = ParamGroup::new("head").rate(2.0);
    let options = FitOptions::default().loss(loss).group(twice);
    for record in fit(&mut model, &data, options)? {
        let accuracy = record.test.accuracy;
        println!("epoch {}: test accuracy {accuracy:.2}", record.epoch);
    }
    let path = std::env::temp_dir().join("own.safetensors");
    model.state.save(&path)?;
    let mut other = network(5, stem)?;
    println!("another head: {}", other.state.load_partial(&path)?);
    for layer in measure(&other, &data, &MeasureOptions::images(100), &mut |_| {})?.layers {
        let nrms = layer.value(Metric::NRms).unwrap_or(f64::NAN);
        println!("{:10}  nRMS {nrms:.3}", layer.name);
    }
    Ok(())
}

/// **Answer**: both: the stem's border lies above the mean of the noise, and the block reads it. The accuracy does not
/// notice, so a network that is right may still carry a pattern
/// (values within 5%).
///
/// ```text
/// epoch 1: test accuracy 0.98
/// epoch 2: test accuracy 1.00
/// epoch 3: test accuracy 1.00
/// another head: misshaped: head.bias with the shape [2] where the network has [5], head.weight with the shape [2, 8] where the network has [5, 8]
/// stem        nRMS 0.248
/// block.conv  nRMS 0.132
/// ```
fn stem_padding() -> Result<Padding> {
    match std::env::args().any(|argument| argument == "--answer") {
        true => Padding::parse("constant:1@1"),
        false => Ok(Padding::reflect(1)),
    }
}
