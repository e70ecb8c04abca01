//! The training step: a pass forward, its gradients, and the update.

use super::diagnose;
use super::pass::{Gradients, Pass};
use crate::autodiff::{Tape, Var};
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::nn::{Feature, Mode, Model};
use crate::optim::Optimizer;
use crate::tensor::Tensor;
use crate::threads::in_pool;

/// The loss of one batch and its gradients, before the update.
///
/// Between the two, gradients may be read, clipped or changed:
///
/// ```
/// use padgrad::autodiff::ops;
/// use padgrad::nn::models;
/// use padgrad::optim::{OptimizerConfig, clip_grad_norm};
/// use padgrad::padding::Padding;
/// use padgrad::rng::Seed;
/// use padgrad::tensor::Tensor;
/// use padgrad::train::{Pass, Step};
///
/// let padding = Padding::parse("reflect")?;
/// let mut model = models::find("small")?.build::<f32>([1, 12, 12], 2, padding, Seed(0))?;
/// let mut optimizer = OptimizerConfig::parse("adamw")?.build();
/// let images = Tensor::randn(&[4, 1, 12, 12], &mut Seed(1).rng());
/// let mut losses = Vec::new();
/// for _ in 0..5 {
///     let mut step = Step::new(&model, images.clone(), Pass::default(), |logits| {
///         ops::cross_entropy(logits, &[0, 1, 0, 1], 0.0)
///     })?;
///     clip_grad_norm(&mut step.gradients, 1.0);
///     losses.push(step.loss);
///     step.update(&mut model, &mut *optimizer, 1e-3);
/// }
/// assert!(losses[4] < losses[0]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
pub struct Step<T: Scalar = f32> {
    /// The value of the loss.
    pub loss: f64,
    /// By parameter; a frozen one, or one that the loss does not depend on, has none.
    pub gradients: Gradients<T>,
    buffers: Vec<(String, Tensor<T>)>,
}

impl<T: Scalar> Step<T> {
    /// Runs the model in training mode on images [N, C, H, W], or wide ones with their margin, and
    /// differentiates `loss` of its output; all of it [in the pool](crate::in_pool).
    ///
    /// # Errors
    /// Where the images are too small, and where the loss or a gradient is not finite: the error names
    /// the layer or the parameter.
    ///
    /// # Panics
    /// If the loss is not one element, or does not depend on a parameter that is not frozen.
    pub fn new(
        model: &Model<T>,
        images: impl Into<Feature<T>> + Send,
        pass: Pass<'_, T>,
        loss: impl FnOnce(&Var<T>) -> Var<T> + Send,
    ) -> Result<Step<T>> {
        in_pool(|| Step::here(model, images.into(), pass, loss))
    }

    /// The same on this thread.
    fn here(
        model: &Model<T>,
        images: Feature<T>,
        pass: Pass<'_, T>,
        loss: impl FnOnce(&Var<T>) -> Var<T>,
    ) -> Result<Step<T>> {
        let tape = Tape::new();
        let cx = pass.given(&images, &model.state, Mode::Train);
        let mut cx = cx.tape(&tape);
        let loss = loss(&model.forward(images.clone(), &mut cx)?.value);
        let collected = cx.finish();
        let shape = loss.value().shape();
        assert!(
            shape.iter().product::<usize>() == 1,
            "the loss has the shape {shape:?} and must be one element; end it with .mean(&[])"
        );
        assert!(
            loss.requires_grad(),
            "the loss depends on no parameter; compute it from the given logits, and do not freeze every layer"
        );
        let value = loss.value().item().as_f64();
        if !value.is_finite() {
            return Err(diagnose::loss(model, images, pass));
        }
        let mut found = loss.backward();
        let mut gradients = Gradients::new();
        for (name, leaf) in collected.leaves {
            if let Some(gradient) = found.take(&leaf) {
                gradients.insert(name, gradient);
            }
        }
        diagnose::gradients(&gradients)?;
        Ok(Step {
            loss: value,
            gradients,
            buffers: collected.buffers,
        })
    }

    /// Moves the parameters of `model` at the rate `lr`, and renews its running statistics.
    pub fn update(self, model: &mut Model<T>, optimizer: &mut dyn Optimizer<T>, lr: f64) {
        let parameters = &mut model.state.parameters;
        in_pool(|| optimizer.step(lr, parameters, &self.gradients));
        model.state.buffers.extend(self.buffers);
    }
}

/// The same error with another word for what could not go on.
pub(crate) fn error_of(what: String, error: Error) -> Error {
    match error {
        Error::Invalid {
            problem, remedy, ..
        } => Error::invalid(what, problem, remedy),
        Error::Diverged {
            problem, remedy, ..
        } => Error::diverged(what, problem, remedy),
        other => other,
    }
}
