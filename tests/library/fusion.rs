//! What layers compute together is what they compute apart.

use padgrad::autodiff::{Tape, Var, ops};
use padgrad::kernels::Scalar;
use padgrad::nn::layers::{BatchNorm2d, Conv2d, Relu, Residual, Sequential};
use padgrad::nn::{Context, Feature, Mode, Model, models};
use padgrad::padding::{Padding, plain_samples};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn model() -> Model<f32> {
    let padding = Padding::parse("reflect").unwrap();
    let small = models::find("small").unwrap();
    small.build([3, 12, 12], 4, padding, Seed(1)).unwrap()
}

fn images() -> Tensor<f32> {
    Tensor::randn(&[6, 3, 12, 12], &mut Seed(2).rng())
}

/// Logits, gradients and new statistics of a pass in which a tap sees the layers that `wanted` names.
fn pass(mode: Mode, wanted: Option<&dyn Fn(&str) -> bool>) -> (Vec<Tensor<f32>>, Vec<String>) {
    let (model, tape, mut seen) = (model(), Tape::new(), Vec::new());
    let mut tap = |name: &str, _: &Feature<f32>| seen.push(name.to_string());
    let mut cx = Context::new(&model.state, mode).tape(&tape);
    if let Some(wanted) = wanted {
        cx = cx.tap(&mut tap).only(wanted);
    }
    let input = Feature::images(Var::constant(images()));
    let logits = model.forward(input, &mut cx).unwrap().value;
    let collected = cx.finish();
    let loss = ops::cross_entropy(&logits, &[0, 1, 2, 3, 0, 1], 0.0);
    let mut gradients = loss.backward();
    let mut found = vec![logits.into_value()];
    found.extend(
        collected
            .leaves
            .values()
            .filter_map(|leaf| gradients.take(leaf)),
    );
    found.extend(collected.buffers.into_iter().map(|(_, value)| value));
    (found, seen)
}

#[test]
fn a_tap_changes_no_bit_of_a_pass_and_sees_what_it_asked_for() {
    for mode in [Mode::Train, Mode::Eval, Mode::Calibrate { momentum: 0.5 }] {
        let (together, _) = pass(mode, None);
        let (apart, all) = pass(mode, Some(&|_: &str| true));
        assert_eq!(together, apart, "{mode:?}");
        assert!(
            ["features.1", "features.2"]
                .iter()
                .all(|n| all.contains(&n.to_string()))
        );
        // The ReLU of a normalisation that is not asked for is shown all the same.
        let (relu_alone, seen) = pass(mode, Some(&|name: &str| name == "features.2"));
        assert_eq!(
            (relu_alone, seen),
            (together, vec!["features.2".to_string()])
        );
    }
}

/// Every way in which a convolution, a normalisation and a ReLU follow each other.
fn sequences<T: Scalar>(padding: Padding) -> Model<T> {
    let conv = |inputs, outputs| Conv2d::new(inputs, outputs, 3, padding);
    let grouped = conv(20, 6).without_bias().groups(2);
    let mut body = Sequential::new();
    body.push(conv(6, 6));
    body.push(Relu);
    body.push(BatchNorm2d::new(6));
    let mut root = Sequential::new();
    root.push(conv(3, 20).stride(2));
    root.push(BatchNorm2d::new(20));
    root.push(Relu);
    root.push(grouped);
    root.push(BatchNorm2d::new(6));
    root.push(Residual::new(body));
    root.push(conv(6, 6));
    let mut model = Model::new(root, [3, 12, 12], Seed(3)).unwrap();
    // The statistics and weights of a fresh normalisation would change too little.
    for (name, value) in &mut model.state.buffers {
        let draw = Tensor::<T>::randn(value.shape(), &mut Seed(4).child(name.as_str()).rng());
        *value = draw.map(|v| v * v);
    }
    for (name, value) in &mut model.state.parameters {
        *value = Tensor::randn(value.shape(), &mut Seed(5).child(name.as_str()).rng());
    }
    model
}

/// The output of an evaluation in which a tap sees the layers that `wanted` names, and theirs.
fn evaluation<T: Scalar>(
    model: &Model<T>,
    wanted: &dyn Fn(&str) -> bool,
) -> (Tensor<T>, Vec<(String, Tensor<T>)>) {
    let mut seen = Vec::new();
    let mut tap =
        |name: &str, y: &Feature<T>| seen.push((name.to_string(), y.value.value().clone()));
    let mut cx = Context::new(&model.state, Mode::Eval)
        .tap(&mut tap)
        .only(wanted);
    let input = Feature::images(Var::constant(images().cast()));
    let y = model.forward(input, &mut cx).unwrap().value.into_value();
    (y, seen)
}

fn taps_change_no_bit<T: Scalar>(padding: Padding) {
    let model = sequences::<T>(padding);
    let (apart, all) = evaluation(&model, &|_| true);
    let (together, none) = evaluation(&model, &|_| false);
    assert!(apart == together && none.is_empty(), "{padding}");
    assert_eq!(all.len(), 10, "{padding}");
    for (name, value) in &all {
        let (together, seen) = evaluation(&model, &|wanted| wanted == name);
        let right = together == apart && seen == [(name.clone(), value.clone())];
        assert!(right, "the tap at {name} under {padding}");
    }
}

#[test]
fn an_evaluation_is_the_same_whatever_is_tapped_under_every_scheme() {
    for padding in plain_samples() {
        taps_change_no_bit::<f32>(padding);
        taps_change_no_bit::<f64>(padding);
    }
}
