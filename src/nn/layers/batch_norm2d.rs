use crate::autodiff::ops::{self, RunningNorm};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::layer::takes;
use crate::nn::{Context, Feature, Kind, Layer, Mode, State, dotted};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// y = (x - μ)/√(σ² + ε) · weight + bias per channel.
///
/// In training μ and σ² are the batch's, and running ← (1 - momentum)·running + momentum·batch; in
/// evaluation they are the running ones. `weight` and `bias` are parameters, `running_mean` and
/// `running_var` buffers, all of shape `[C]`.
///
/// # Shapes
/// [N, C, H, W] to the same; see [`ops::batch_norm2d_train`] and [`ops::batch_norm2d_eval`].
///
/// # Errors
/// Building a network fails where other than C channels arrive.
///
/// # Source
/// Ioffe and Szegedy, ICML 2015, arXiv 1502.03167.
#[derive(Clone, Debug)]
pub struct BatchNorm2d {
    /// Channels C.
    pub channels: usize,
    /// ε, which keeps the denominator from 0.
    pub eps: f64,
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
}

impl BatchNorm2d {
    /// The layer for maps of this many channels, with PyTorch's ε = 1e-5 and momentum 0.1.
    pub fn new(channels: usize) -> BatchNorm2d {
        BatchNorm2d {
            channels,
            eps: 1e-5,
            momentum: 0.1,
        }
    }

    /// The same layer with another ε.
    pub fn eps(self, eps: f64) -> BatchNorm2d {
        BatchNorm2d { eps, ..self }
    }

    /// The same layer with another momentum of its running statistics.
    pub fn momentum(self, momentum: f64) -> BatchNorm2d {
        BatchNorm2d { momentum, ..self }
    }

    /// What the layer does in evaluation.
    pub(in crate::nn) fn running<T: Scalar>(&self, cx: &mut Context<'_, T>) -> RunningNorm<T> {
        RunningNorm {
            running_mean: cx.buffer("running_mean").clone(),
            running_var: cx.buffer("running_var").clone(),
            weight: cx.parameter("weight"),
            bias: cx.parameter("bias"),
            eps: self.eps,
        }
    }

    /// The layer, with a ReLU behind it or without.
    pub(in crate::nn) fn apply<T: Scalar, const RELU: bool>(
        &self,
        x: &Feature<T>,
        cx: &mut Context<'_, T>,
    ) -> Feature<T> {
        let momentum = match cx.mode() {
            Mode::Eval => {
                let norm = self.running(cx);
                return x.pointwise(|x| norm.apply::<RELU>(x));
            }
            Mode::Train => self.momentum,
            Mode::Calibrate { momentum } => momentum,
        };
        let (weight, bias) = (cx.parameter("weight"), cx.parameter("bias"));
        let (value, moments) = ops::train_norm::<T, RELU>([&x.value, &weight, &bias], self.eps);
        let mut mean = cx.buffer("running_mean").clone();
        let mut var = cx.buffer("running_var").clone();
        moments.update_running(&mut mean, &mut var, momentum);
        cx.update_buffer("running_mean", mean);
        cx.update_buffer("running_var", var);
        x.pointwise(|_| value)
    }
}

impl<T: Scalar> Layer<T> for BatchNorm2d {
    fn kind(&self) -> Kind {
        Kind::BatchNorm2d
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        takes(path, inputs, self.channels)?;
        Ok(self.channels)
    }

    fn init(&self, path: &str, state: &mut State<T>, _seed: Seed) {
        let shape = [self.channels];
        let (zeros, ones) = (Tensor::zeros(&shape), Tensor::ones(&shape));
        state
            .parameters
            .insert(dotted(path, "weight"), ones.clone());
        state.parameters.insert(dotted(path, "bias"), zeros.clone());
        state.buffers.insert(dotted(path, "running_mean"), zeros);
        state.buffers.insert(dotted(path, "running_var"), ones);
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        Ok(self.apply::<T, false>(&inputs[0], cx))
    }
}
