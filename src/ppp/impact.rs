//! What padding does to the logits.

use super::metric::{Metric, Metrics};
use crate::kernels::Scalar;
use crate::statistics::{mean_over_images, share};
use crate::tensor::Tensor;

/// Per image: whether the prediction changed, and the mean absolute change of its logits.
#[derive(Default)]
pub(super) struct Impact {
    changed: Vec<f64>,
    shift: Vec<f64>,
}

impl Impact {
    pub fn add<T: Scalar>(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        // Where the output is a map, all of it is the prediction.
        let classes = (a.len() / a.shape()[0].max(1)).max(1);
        for (a, b) in a.data().chunks(classes).zip(b.data().chunks(classes)) {
            let shift: f64 = a
                .iter()
                .zip(b)
                .map(|(a, b)| (a.as_f64() - b.as_f64()).abs())
                .sum();
            self.shift.push(shift / classes as f64);
            self.changed
                .push(f64::from(u8::from(largest(a) != largest(b))));
        }
    }

    pub fn metrics(&self) -> Metrics {
        let images = self.changed.len();
        let changed = self.changed.iter().sum::<f64>() / images as f64;
        let mut metrics = Metrics::default();
        metrics.push(Metric::ImpactChanged, share(changed, images));
        let shift = mean_over_images(&self.shift).at_least(0.0);
        metrics.push(Metric::ImpactLogitShift, shift);
        metrics
    }
}

fn largest<T: Scalar>(logits: &[T]) -> Option<usize> {
    (0..logits.len()).reduce(|best, i| if logits[i] > logits[best] { i } else { best })
}
