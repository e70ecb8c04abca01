//! Layers and losses from outside the crate, and mistakes in them.

use padgrad::ppp::measure_images;
use padgrad::prelude::*;

/// A pool that does not say so.
struct Silent;

impl Layer<f32> for Silent {
    fn forward(&self, x: &[Feature<f32>], cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
        let pool = PoolOptions::new(3).stride(1);
        let windowed = Windowed::new(3, Padding::zeros(1));
        windowed.apply(&x[0], cx, |x, padding| x.avg_pool2d(&pool.padding(padding)))
    }
}

fn behind(layer: impl Layer<f32>) -> Model<f32> {
    let root = Sequential::new()
        .named("own", layer)
        .named("pool", GlobalAvgPool2d)
        .named("head", Linear::new(1, 2));
    Model::new(root, [1, 8, 8], Seed(0)).unwrap()
}

#[test]
fn a_layer_that_hides_its_window_is_named() {
    let model = behind(Silent);
    let wide = Tensor::randn(&[40, 1, 12, 12], &mut Seed(1).rng());
    let options = MeasureOptions {
        taps: Taps::All,
        ..MeasureOptions::images(40)
    };
    let whole = |range: std::ops::Range<usize>| {
        let image = 144;
        let part = wide.data()[range.start * image..range.end * image].to_vec();
        Ok(Tensor::from_vec(part, &[range.len(), 1, 12, 12]))
    };
    let refused = measure_images(&model, whole, 2, &options, &mut |_| {});
    let text = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("own") && text.contains("geometry"), "{text}");
}

#[test]
fn fewer_outputs_than_classes_are_refused_unless_the_loss_is_ones_own() {
    let images = |n| Tensor::randn(&[n, 1, 8, 8], &mut Seed(2).rng());
    let three = |n| Tensors::new(images(n), (0..n).map(|i| i % 3).collect()).unwrap();
    let data = Dataset::new(three(12), three(6), ["a", "b", "c"]).unwrap();
    let config = || TrainConfig {
        epochs: 1,
        batch_size: 6,
        ..TrainConfig::default()
    };
    let text = fit(&mut behind(Relu), &data, FitOptions::new(config()))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("3 classes") && text.contains("2 outputs"),
        "{text}"
    );
    let options = FitOptions::new(config()).loss(|y, _| y.pow_scalar(2.0).mean(&[]));
    assert!(fit(&mut behind(Relu), &data, options).is_ok());
}

#[test]
fn the_sum_of_a_block_can_be_measured() {
    let body = Sequential::new().named("conv", Conv2d::new(1, 1, 3, Padding::zeros(1)));
    let root = Sequential::new()
        .named("block", Residual::new(body))
        .named("relu", Relu);
    let model = Model::<f32>::new(root, [1, 8, 8], Seed(0)).unwrap();
    let names = |taps: Taps| -> Vec<String> {
        let layers = taps.select(&model).unwrap();
        layers.into_iter().map(|l| l.name).collect()
    };
    assert_eq!(names(Taps::All), ["block.conv", "block", "relu"]);
    assert_eq!(names(Taps::parse("block")), ["block"]);
}
