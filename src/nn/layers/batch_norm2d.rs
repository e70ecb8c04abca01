use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Mode, Module, State};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Batch normalisation with parameters `weight` and `bias` and buffers `running_mean` and
/// `running_var`, all of shape `[C]`; ε = 1e-5, momentum 0.1, as in PyTorch.
#[derive(Clone, Debug)]
pub struct BatchNorm2d {
    pub channels: usize,
}

const EPS: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

impl BatchNorm2d {
    /// The layer for maps of this many channels.
    pub fn new(channels: usize) -> BatchNorm2d {
        BatchNorm2d { channels }
    }
}

impl<T: Scalar> Module<T> for BatchNorm2d {
    fn kind(&self) -> Kind {
        Kind::BatchNorm2d
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

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let (weight, bias) = (cx.parameter("weight"), cx.parameter("bias"));
        let (mean, var) = (cx.buffer("running_mean"), cx.buffer("running_var"));
        let momentum = match cx.mode() {
            Mode::Eval => {
                let norm = |x: &_| ops::batch_norm2d_eval(x, mean, var, &weight, &bias, EPS);
                return Ok(x.pointwise(norm));
            }
            Mode::Train => MOMENTUM,
            Mode::Calibrate { momentum } => momentum,
        };
        let (value, moments) = ops::batch_norm2d_train(&x.value, &weight, &bias, EPS);
        let (mut mean, mut var) = (mean.clone(), var.clone());
        moments.update_running(&mut mean, &mut var, momentum);
        cx.update_buffer("running_mean", mean);
        cx.update_buffer("running_var", var);
        Ok(Feature { value, ..x })
    }
}
