//! What is summed of one network while it runs over all images.

use std::collections::BTreeMap;

use super::accumulator::Accumulator;
use super::convergence::{Convergence, Frame, Frames};
use super::impact::Impact;
use super::metric::Metrics;
use super::metrics::{LayerMeasurement, evaluate};
use super::options::MeasureOptions;
use super::passes::Pass;
use super::predictions::{Changed, Changes};
use crate::kernels::Scalar;
use crate::nn::LayerInfo;
use crate::statistics::{BLOCKS, holm};

/// What was measured on one network.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Images that were measured.
    pub images: usize,
    /// In the order in which the layers run.
    pub layers: Vec<LayerMeasurement>,
    /// What padding does to the logits.
    pub impact: Metrics,
    /// Those that were asked for, by ascending number of images.
    pub frames: Vec<Frame>,
    /// How often predictions change, at the layers that were asked for.
    pub changed: Vec<Changed>,
}

impl Measurement {
    /// The layers that show a pattern at all: those whose `pattern_p` is at most 0.05 after Holm's correction for
    /// their number.
    pub fn layers_with_pattern(&self) -> Vec<&LayerMeasurement> {
        const SIGNIFICANCE: f64 = 0.05;
        let p: Vec<f64> = self.layers.iter().map(|layer| layer.power.p).collect();
        let layers = self.layers.iter().zip(holm(&p));
        let claimed = layers.filter(|(_, p)| *p <= SIGNIFICANCE);
        claimed.map(|(layer, _)| layer).collect()
    }
}

/// The sums of one network.
pub(super) struct Gathered<'m> {
    layers: &'m [LayerInfo],
    options: &'m MeasureOptions,
    sums: BTreeMap<&'m str, Accumulator>,
    impact: Impact,
    changes: Vec<Changes>,
    frames: Frames,
}

impl<'m> Gathered<'m> {
    pub fn new(layers: &'m [LayerInfo], options: &'m MeasureOptions) -> Gathered<'m> {
        let most = options.most_features.unwrap_or(usize::MAX);
        let sums_of = |l: &'m LayerInfo| {
            let sums = Accumulator::at_most(most, l.shape, options.images);
            (l.name.as_str(), sums)
        };
        let sums: BTreeMap<&str, Accumulator> = layers.iter().map(sums_of).collect();
        let mut changes: Vec<Changes> = options.predicting.iter().map(Changes::new).collect();
        changes.retain(|changes| sums.contains_key(changes.layer()));
        Gathered {
            layers,
            options,
            sums,
            impact: Impact::default(),
            changes,
            frames: Frames::default(),
        }
    }

    /// The bytes that the sums of these layers take.
    pub fn bytes(layers: &[LayerInfo], options: &MeasureOptions) -> usize {
        let most = options.most_features.unwrap_or(usize::MAX);
        let features = |l: &LayerInfo| l.shape.iter().product::<usize>().min(most);
        let features: usize = layers.iter().map(features).sum();
        features * BLOCKS * Accumulator::BYTES_A_FEATURE
    }

    /// Adds a batch of both passes that ends before image `end`.
    pub fn add<T: Scalar>(&mut self, a: &Pass<T>, b: &Pass<T>, end: usize) {
        for (name, sums) in &mut self.sums {
            sums.add(&a.features[*name], &b.features[*name]);
        }
        for changes in &mut self.changes {
            changes.add(&a.features[changes.layer()], &b.features[changes.layer()]);
        }
        self.impact.add(&a.logits, &b.logits);
        if let Some(convergence) = &self.options.convergence
            && convergence.counts.contains(&end)
            && let Some(sums) = self.sums.get(convergence.layer.as_str())
        {
            self.frames.keep(end, sums);
        }
    }

    /// What all images have shown.
    pub fn measurement(mut self) -> Measurement {
        let layers = self.layers.iter().filter_map(|layer| {
            let sums = self.sums.remove(layer.name.as_str())?;
            Some(evaluate(layer, sums, self.options.tau))
        });
        let strongest = |convergence: &Convergence| self.frames.strongest(&convergence.layer);
        Measurement {
            images: self.options.images,
            layers: layers.collect(),
            impact: self.impact.metrics(),
            frames: (self.options.convergence.as_ref()).map_or_else(Vec::new, strongest),
            changed: self.changes.into_iter().map(Changes::changed).collect(),
        }
    }
}
