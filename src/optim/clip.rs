//! Bounds on gradients, as PyTorch's `clip_grad_norm_` and `clip_grad_value_` set them.

use std::collections::BTreeMap;

use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Scales all gradients by min(1, `max_norm` / (‖g‖ + 10⁻⁶)) and returns ‖g‖, the Euclidean norm of all
/// their elements together.
///
/// ```
/// use std::collections::BTreeMap;
/// use padgrad::{optim::clip_grad_norm, tensor::Tensor};
/// let of = |v: f64| Tensor::from_vec(vec![v], &[1]);
/// let mut gradients = BTreeMap::from([("a".to_string(), of(3.0)), ("b".to_string(), of(-4.0))]);
/// assert_eq!(clip_grad_norm(&mut gradients, 1.0), 5.0);
/// assert!((gradients["b"].item() + 0.8).abs() < 1e-6);
/// ```
pub fn clip_grad_norm<T: Scalar>(
    gradients: &mut BTreeMap<String, Tensor<T>>,
    max_norm: f64,
) -> f64 {
    let squares = |g: &Tensor<T>| g.data().iter().map(|v| v.as_f64().powi(2)).sum::<f64>();
    let norm = gradients.values().map(squares).sum::<f64>().sqrt();
    let scale = max_norm / (norm + 1e-6);
    if scale < 1.0 {
        let scale = T::from_f64(scale);
        let elements = gradients.values_mut().flat_map(|g| g.data_mut());
        elements.for_each(|v| *v *= scale);
    }
    norm
}

/// Limits every element of every gradient to [-`most`, `most`].
///
/// ```
/// use std::collections::BTreeMap;
/// use padgrad::{optim::clip_grad_value, tensor::Tensor};
/// let of = Tensor::from_vec(vec![0.5, -3.0], &[2]);
/// let mut gradients = BTreeMap::from([("a".to_string(), of)]);
/// clip_grad_value(&mut gradients, 1.0);
/// assert_eq!(gradients["a"].data(), [0.5, -1.0]);
/// ```
pub fn clip_grad_value<T: Scalar>(gradients: &mut BTreeMap<String, Tensor<T>>, most: f64) {
    let most = T::from_f64(most);
    let elements = gradients.values_mut().flat_map(|g| g.data_mut());
    elements.for_each(|v| *v = v.max(-most).min(most));
}
