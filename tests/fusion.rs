//! What layers compute together is what they compute apart.

use padgrad::autodiff::{Tape, Var, ops};
use padgrad::nn::{Context, Feature, Mode, Model, models};
use padgrad::padding::Padding;
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
