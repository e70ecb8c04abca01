#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, elementwise, lanes, reduce};
use crate::tensor::Tensor;

/// The mean over the samples of -Σₖ qₖ log softmax(x)ₖ, with q the smoothed label.
///
/// q = (1 - ε)·onehot(label) + ε/K, with ε the `label_smoothing`.
///
/// # Shapes
/// Logits [N, K] and N labels below K to a scalar.
///
/// # Backward
/// (softmax(x) - q) · grad / N.
///
/// # Panics
/// If the logits do not have two axes, there is not one label per sample, a label is K or more, or ε
/// does not lie in [0, 1].
#[track_caller]
pub fn cross_entropy<T: Scalar>(logits: &Var<T>, labels: &[usize], label_smoothing: f64) -> Var<T> {
    let &[samples, classes] = logits.shape() else {
        panic!(
            "cross_entropy: the logits must have the shape [N, K], not {:?}",
            logits.shape()
        )
    };
    assert!(
        labels.len() == samples,
        "cross_entropy: {} labels for logits of shape {:?}, which need {samples}",
        labels.len(),
        logits.shape()
    );
    if let Some(label) = labels.iter().find(|&&label| label >= classes) {
        panic!("cross_entropy: the label {label} is not below the number of classes, {classes}")
    }
    assert!(
        (0.0..=1.0).contains(&label_smoothing),
        "cross_entropy: a label smoothing of {label_smoothing} does not lie in [0, 1]"
    );
    let log_probabilities = lanes::log_softmax(logits.value().data(), [samples, classes, 1]);
    let even = label_smoothing / classes as f64;
    let loss = |(row, &label): (&[T], &usize)| {
        let spread_out = if even > 0.0 {
            even * reduce::sum(row, |v| v)
        } else {
            0.0
        };
        (1.0 - label_smoothing) * row[label].as_f64() + spread_out
    };
    let rows = log_probabilities.chunks(classes.max(1));
    let total: f64 = rows.zip(labels).map(loss).sum();
    let value = Tensor::scalar(T::from_f64(-total / samples as f64));
    Var::record(value, &[logits], || CrossEntropy {
        log_probabilities: Tensor::from_vec(log_probabilities, &[samples, classes]),
        labels: labels.to_vec(),
        label_smoothing,
    })
}

struct CrossEntropy<T> {
    log_probabilities: Tensor<T>,
    labels: Vec<usize>,
    label_smoothing: f64,
}

impl<T: Scalar> Backward<T> for CrossEntropy<T> {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let shape = self.log_probabilities.shape();
        let classes = shape[1];
        let scale = grad.item() / T::from_usize(shape[0]);
        let even = T::from_f64(self.label_smoothing / classes as f64);
        let of_label = T::from_f64(1.0 - self.label_smoothing);
        let mut dx = elementwise::map(self.log_probabilities.data(), |v| (v.exp() - even) * scale);
        for (row, &label) in dx.chunks_mut(classes.max(1)).zip(&self.labels) {
            row[label] -= of_label * scale;
        }
        vec![Some(Tensor::from_vec(dx, shape))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    const LABELS: [usize; 3] = [2, 0, 4];
    let smoothed = [0.0, 0.1, 1.0].map(|smoothing| {
        let name = format!("3 samples of 5, smoothing {smoothing}");
        case!(name, [spread("x", &[3, 5])], |v| cross_entropy(
            &v[0], &LABELS, smoothing
        ))
    });
    let one = case!("1 sample of 2", [spread("x", &[1, 2])], |v| cross_entropy(
        &v[0],
        &[1],
        0.0
    ));
    smoothed.into_iter().chain([one]).collect()
}
