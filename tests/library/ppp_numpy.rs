//! The PPP metrics against an independent implementation in NumPy: `benches/peers/check_ppp.py`.
//!
//! `tests/fixtures/ppp.json` holds what it computes, in double precision, for weights and images that both
//! sides draw from the same linear congruential generator.

use padgrad::nn::{Model, models};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, Metric, Quantity, Region, measure_images};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use serde_json::Value;

const TOLERANCE: f64 = 1e-4;

/// Numbers in [-1/2, 1/2): x → 1664525 x + 1013904223 mod 2³², over 2³².
struct Draws(u32);

impl Draws {
    fn tensor(&mut self, shape: &[usize], scale: f64, offset: f64) -> Tensor<f32> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(self.0) / 4_294_967_296.0 - 0.5) * scale + offset
        };
        let data = (0..shape.iter().product()).map(|_| next() as f32);
        Tensor::from_vec(data.collect(), shape)
    }
}

/// Fills the features of `model` in the order of their names.
fn fill(model: &mut Model<f32>, draws: &mut Draws) {
    let state = &mut model.state;
    let all = state.parameters.iter_mut().chain(&mut state.buffers);
    let mut named: Vec<(&String, &mut Tensor<f32>)> = all
        .filter(|(name, _)| name.starts_with("features"))
        .collect();
    named.sort_by_key(|(name, _)| (*name).clone());
    for (name, tensor) in named {
        let shape = tensor.shape().to_vec();
        let of_conv = shape.len() == 4;
        let positive = name.ends_with("running_var") || name.ends_with("weight") && !of_conv;
        let fan_in: usize = shape[1..].iter().product();
        let scale = if of_conv {
            f64::from((12.0 / fan_in as f64).sqrt() as f32)
        } else {
            1.0
        };
        *tensor = draws.tensor(&shape, scale, f64::from(u8::from(positive)));
    }
}

#[test]
fn metrics_agree_with_numpy() {
    let text = include_str!("../fixtures/ppp.json");
    let fixture: Value = serde_json::from_str(text).expect("a fixture");
    let size = |name: &str| fixture[name].as_u64().expect("a size") as usize;
    let (side, margin, count) = (size("side"), size("margin"), size("images"));
    let expected = fixture["expected"].as_object().expect("schemes");
    assert_eq!(expected.len(), 6);
    for (scheme, layers) in expected {
        let padding = Padding::parse(scheme).expect("a scheme");
        let small = models::find("small").expect("an architecture");
        let mut model = small
            .build([3, side, side], 10, padding, Seed(0))
            .expect("a network");
        let mut draws = Draws(1);
        fill(&mut model, &mut draws);
        let wide = side + 2 * margin;
        let images = draws.tensor(&[count, 3, wide, wide], 4.0, 0.5);
        let of_image = 3 * wide * wide;
        let cut = |range: std::ops::Range<usize>| {
            let data = images.data()[range.start * of_image..range.end * of_image].to_vec();
            Ok(Tensor::from_vec(data, &[range.len(), 3, wide, wide]))
        };
        let options = MeasureOptions {
            images: count,
            batch: 16,
            ..MeasureOptions::default()
        };
        let found = measure_images(&model, cut, margin, &options, &mut |_| {}).expect("metrics");
        assert_eq!(found.layers.len(), 5);
        for layer in &found.layers {
            compare(scheme, layer, &layers[&layer.name]);
        }
    }
}

/// Compares every metric of a layer that the fixture has.
fn compare(scheme: &str, layer: &padgrad::ppp::LayerMeasurement, expected: &Value) {
    let number = |name: &str| expected[name].as_f64();
    let (energy, power) = (number("energy").unwrap(), number("power").unwrap());
    let names: Vec<&String> = expected.as_object().expect("metrics").keys().collect();
    assert_eq!(names.len(), 15);
    for name in names.into_iter().filter(|name| *name != "power") {
        let quantity = match name.as_str() {
            "edge_mae" => Quantity::from((Metric::MaePpp, Region::Edge)),
            whole => whole.parse::<Metric>().expect("a name").into(),
        };
        let metric = layer.get(quantity).expect(name);
        let place = format!("{scheme} {} {name}", layer.name);
        let (Some(own), Some(other)) = (metric.value, number(name)) else {
            assert_eq!(metric.value, number(name), "{place}");
            continue;
        };
        // An energy is a difference of nearly equal numbers: it is judged by the mean of D², a part of which it is.
        let scale = match name.as_str() {
            "energy" => power,
            "channel_mean_rms" if other > 0.0 => power / other,
            "channel_mean_rms" => power.sqrt(),
            "rms_ppp" | "nrms" | "snr_ppp" | "coherence" => {
                other.abs() * (power / energy.abs()).max(1.0)
            }
            _ => other.abs(),
        };
        let close = (own - other).abs() <= TOLERANCE * scale;
        assert!(close, "{place}: {own} is not NumPy's {other}");
    }
}
