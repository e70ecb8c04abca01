//! Convolutions: the pass `f` is forward, `fw` with the weight's gradient, `fb` with the input's too.

use padgrad::autodiff::ops::{ConvOptions, Sums, conv2d};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

use super::{Ready, Work};

pub fn prepare(work: &Work) -> Ready {
    let [batch, channels, out_channels, size, kernel] =
        ["batch", "channels", "out_channels", "size", "kernel"].map(|key| work.number(key));
    let [stride, dilation, groups] =
        ["stride", "dilation", "groups"].map(|key| work.number_or(key, 1));
    let padding = Padding::parse(work.find("scheme").unwrap_or("zeros"))
        .expect("a padding scheme in works.csv")
        .extent(Extent::Uniform(dilation * (kernel / 2)));
    // As in training.
    let options = ConvOptions::new(padding)
        .input_grad(Sums::Tiled)
        .stride(stride)
        .dilation(dilation)
        .groups(groups);
    let mut rng = Seed(1).child(work.name).rng();
    let mut randn = |shape: &[usize]| Tensor::<f32>::randn(shape, &mut rng);
    let x = randn(&[batch, channels, size, size]);
    let weight = randn(&[out_channels, channels / groups, kernel, kernel]);
    let bias = randn(&[out_channels]);
    let forward = move |x: &Var<f32>, w: &Var<f32>, b: &Var<f32>| conv2d(x, w, Some(b), &options);
    let constant = |t: &Tensor<f32>| Var::constant(t.clone());
    let y = forward(&constant(&x), &constant(&weight), &constant(&bias));
    let y_grad = randn(y.shape());
    let products = y.value().len() * channels / groups * kernel * kernel;
    let (passes, input) = match work.text("pass") {
        "f" => (1, false),
        "fw" => (2, false),
        "fb" => (3, true),
        pass => panic!("no such pass: {pass}"),
    };
    let run = move || {
        if passes == 1 {
            forward(&constant(&x), &constant(&weight), &constant(&bias));
            return;
        }
        let tape = Tape::new();
        let x = if input {
            tape.leaf(x.clone())
        } else {
            constant(&x)
        };
        let (w, b) = (tape.leaf(weight.clone()), tape.leaf(bias.clone()));
        forward(&x, &w, &b).backward_with(y_grad.clone());
    };
    Ready {
        run: Box::new(run),
        gflop: Some(2e-9 * (products * passes) as f64),
    }
}
