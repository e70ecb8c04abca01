//! What padding does to the outputs of a network.

use super::findings::{Effect, Interval, Predictions, Stage};
use crate::autodiff::Var;
use crate::error::Result;
use crate::nn::{Context, Feature, Mode, Model};
use crate::ppp::{LayerMeasurement, Measurement, Metric, Region};
use crate::statistics::{Measured, share};
use crate::study::subject::Output;
use crate::tensor::Tensor;

/// The findings of logits, `photographs` of them independent of each other.
pub(super) fn of_classes(found: &Measurement, photographs: usize) -> Effect {
    let of = |metric| found.impact.get(metric).cloned().unwrap_or_default();
    let changed = of(Metric::ImpactChanged);
    let changed = match changed.value {
        // Windows of one photograph change together, so that they must not count as many.
        Some(value) if photographs < found.images => share(value, photographs),
        _ => changed,
    };
    Effect::Classes {
        changed: Interval::from(&changed),
        logit_shift: Interval::from(&of(Metric::ImpactLogitShift)),
    }
}

/// Whether maps of this shape are pictures, as large as the images or larger.
pub(super) fn is_picture([channels, h, w]: [usize; 3], [_, rows, columns]: [usize; 3]) -> bool {
    matches!(channels, 1 | 3) && h >= rows && w >= columns
}

/// The findings of maps that are no pictures.
pub(super) fn of_map(stage: &Stage, predictions: Option<Predictions>) -> Effect {
    let at = |ring: Option<&Interval>| ring.copied().unwrap_or_default();
    Effect::Map {
        border: at(stage.profile.first()),
        middle: at(stage.profile.last()),
        stage: stage.name.clone(),
        predictions,
    }
}

/// The findings of what has no rows and columns.
pub(super) fn of_values(output: &LayerMeasurement, predictions: Option<Predictions>) -> Effect {
    let all = output.get(Metric::Rmsd).map(Interval::from);
    Effect::Values {
        difference: all
            .unwrap_or_default()
            .times(1.0 / output.content_deviation),
        predictions,
    }
}

/// What becomes of the predictions at the positions of an output, where it has some.
pub(super) fn predictions(found: &Measurement, output: &Output) -> Option<Predictions> {
    let predicting = output.predicting.as_ref()?;
    let changed = (found.changed.iter()).find(|changed| changed.layer == predicting.layer)?;
    Some(Predictions {
        classes: predicting.classes,
        changed: Interval::from(&changed.whole),
        border: changed.border.as_ref().map(Interval::from),
    })
}

/// The findings of pictures, with the outermost `spoiled` of their rings, at least one, as the border.
pub(super) fn of_pictures(
    output: &LayerMeasurement,
    shape: [usize; 3],
    spoiled: usize,
    range: f64,
) -> Effect {
    let [_, h, w] = shape;
    let rings = h.min(w).div_ceil(2);
    let border = spoiled.clamp(1, rings.max(2) - 1);
    let psnr = |from: usize, to: usize| {
        let power = |end: fn(&Measured) -> Option<f64>| {
            let (mut sum, mut positions) = (0.0, 0.0);
            for ring in from..to {
                let value = end(output.get((Metric::Rmsd, Region::Ring(ring)))?)?;
                let size = ring_size(h, w, ring);
                sum += value * value * size;
                positions += size;
            }
            Some(sum / positions)
        };
        let decibels = |power: f64| 10.0 * (range * range / power).log10();
        let decibels = |power: Option<f64>| power.filter(|power| *power > 0.0).map(decibels);
        // The ends of all rings together: at least as wide as the interval of their mean.
        Interval {
            value: decibels(power(|rmsd| rmsd.value)),
            lo: decibels(power(|rmsd| rmsd.hi)),
            hi: decibels(power(|rmsd| rmsd.lo)),
        }
    };
    Effect::Image {
        range,
        rings: border,
        border: psnr(0, border),
        interior: psnr(border, rings),
    }
}

/// The positions of an h×w map at this distance from the border.
fn ring_size(h: usize, w: usize, ring: usize) -> f64 {
    let inside = |d: usize| (h.saturating_sub(2 * d) * w.saturating_sub(2 * d)) as f64;
    inside(ring) - inside(ring + 1)
}

/// The range of values of an output of the network on some images.
pub(super) fn range(model: &Model<f32>, index: usize, images: Tensor<f32>) -> Result<f64> {
    let mut cx = Context::new(&model.state, Mode::Eval);
    let outputs = model.outputs(Feature::images(Var::constant(images)), &mut cx)?;
    let values = outputs[index].value.value().data();
    let [lo, hi] = values
        .iter()
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[lo, hi], v| {
            [lo.min(*v), hi.max(*v)]
        });
    Ok(f64::from(hi - lo))
}

#[cfg(test)]
mod tests {
    use super::ring_size;

    #[test]
    fn rings_cover_a_map() {
        for (h, w) in [(1usize, 1usize), (5, 4), (8, 8), (7, 9)] {
            let rings = (0..h.min(w).div_ceil(2)).map(|d| ring_size(h, w, d));
            assert_eq!(rings.sum::<f64>(), (h * w) as f64, "{h}×{w}");
        }
        assert_eq!(ring_size(5, 4, 0), 14.0);
    }
}
