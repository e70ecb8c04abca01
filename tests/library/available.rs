//! Surroundings that end: padding stands in far outside, and what lies between is true.

use std::collections::BTreeMap;

use padgrad::autodiff::Var;
use padgrad::nn::{Context, Feature, Mode, Model, Surroundings, models};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

/// Features of every convolution and the logits, on the image's own grid.
fn features(
    model: &Model<f32>,
    wide: &Tensor<f32>,
    margin: usize,
    surroundings: Surroundings,
) -> BTreeMap<String, Tensor<f32>> {
    let mut found = BTreeMap::new();
    let mut tap = |name: &str, feature: &Feature<f32>| {
        found.insert(name.to_string(), feature.on_grid().into_value());
    };
    let wide = Feature::wide(Var::constant(wide.clone()), margin);
    let cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
    let logits = model
        .forward(wide, &mut cx.borders_from(surroundings))
        .expect("features");
    found.insert("logits".into(), logits.value.into_value());
    found
}

/// Where padding is further away than the network sees, available surroundings are the true ones, bit for bit; with
/// none they are the padding.
#[test]
fn far_enough_out_padding_changes_no_bit() {
    for (name, padding, side) in [
        ("resnet20", "zeros", 16),
        ("small", "reflect", 16),
        ("resnet18", "zeros", 33),
    ] {
        let padding = Padding::parse(padding).expect("a padding");
        let architecture = models::find(name).expect("an architecture");
        let model: Model<f32> = architecture
            .build([3, side, side], 5, padding, Seed(4))
            .expect("a network");
        let needed = model.needed_margin().expect("a margin");
        // A margin that is no multiple of the strides is cropped on its way.
        let margin = needed.next_multiple_of(32) + 3;
        let whole = side + 2 * margin;
        let wide = Tensor::randn(&[1, 3, whole, whole], &mut Seed(5).rng());
        let [own, true_ones] = [Surroundings::Available, Surroundings::True]
            .map(|surroundings| features(&model, &wide, margin, surroundings));
        assert!(own == true_ones, "{name}: features differ");
        let image = Feature::wide(Var::constant(wide), margin)
            .on_grid()
            .into_value();
        let [own, padded] = [Surroundings::Available, Surroundings::Padded]
            .map(|surroundings| features(&model, &image, 0, surroundings));
        assert!(
            own == padded,
            "{name}: features without surroundings differ"
        );
    }
}

#[test]
fn what_is_near_moves_towards_the_truth() {
    let zeros = Padding::parse("zeros").expect("a padding");
    let resnet = models::find("resnet20").expect("an architecture");
    let model: Model<f32> = resnet
        .build([3, 16, 16], 5, zeros, Seed(4))
        .expect("a network");
    let margin = 64;
    let wide = Tensor::randn(
        &[2, 3, 16 + 2 * margin, 16 + 2 * margin],
        &mut Seed(6).rng(),
    );
    let truth = features(&model, &wide, margin, Surroundings::True);
    let far = |margin_kept: usize| {
        let cut = margin - margin_kept;
        let kept = Feature::wide(Var::constant(wide.clone()), margin);
        let sides = padgrad::padding::Sides::uniform(margin_kept);
        let image = kept.cropped(sides).value.into_value();
        assert_eq!(image.shape()[2], 16 + 2 * margin - 2 * cut);
        let found = features(&model, &image, margin_kept, Surroundings::Available);
        let pairs = found["layer3"].data().iter().zip(truth["layer3"].data());
        pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
    };
    let [none, some, more, all] = [0, 8, 16, 64].map(far);
    assert!(
        none > some && some > more && more > all,
        "{none} {some} {more} {all}"
    );
    assert_eq!(all, 0.0);
}

/// Of a margin that is too small for the network, what the first layers see is the truth, bit for bit.
#[test]
fn layers_that_a_margin_suffices_for_are_exact() {
    let zeros = Padding::parse("zeros").expect("a padding");
    let resnet = models::find("resnet20").expect("an architecture");
    let model: Model<f32> = resnet
        .build([3, 16, 16], 5, zeros, Seed(4))
        .expect("a network");
    let margin = model.needed_margin().expect("a margin");
    let side = 16 + 2 * margin;
    let wide = Tensor::randn(&[1, 3, side, side], &mut Seed(7).rng());
    let truth = features(&model, &wide, margin, Surroundings::True);
    for few in [3, 10, 30] {
        let kept = Feature::wide(Var::constant(wide.clone()), margin);
        let sides = padgrad::padding::Sides::uniform(few);
        let image = kept.cropped(sides).value.into_value();
        let found = features(&model, &image, few, Surroundings::Available);
        let beyond = model.first_layer_beyond(few).expect("a layer");
        let layers = model.layers().expect("layers").into_iter();
        let mut exact = 0;
        for layer in layers.take_while(|layer| layer.name != beyond) {
            if let (Some(a), Some(b)) = (found.get(&layer.name), truth.get(&layer.name)) {
                assert!(a == b, "{} of {few}", layer.name);
                exact += 1;
            }
        }
        assert!(exact > 1, "{few}");
        assert!(found["layer3"] != truth["layer3"], "{few}");
    }
}
