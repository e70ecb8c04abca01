//! Where work runs.

/// Runs `work` inside the pool of threads that operations share out their loops to.
///
/// From any other thread every operation waits for one of the pool to begin and to end it. Training, a single
/// [`Step`](crate::train::Step), scoring, calibrating, measuring, and a model's logits and features enter the pool by
/// themselves; a loop of a program's own over single operations runs faster when all of it runs inside.
///
/// ```
/// use padgrad::tensor::Tensor;
/// let sum = padgrad::in_pool(|| (Tensor::<f32>::ones(&[2]) + 1.0).data().iter().sum::<f32>());
/// assert_eq!(sum, 4.0);
/// ```
pub fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
