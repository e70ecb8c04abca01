use crate::autodiff::Var;
use crate::autodiff::ops::{self, BatchMoments, RunningNorm};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Mode, Module, Part, State};
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

type EvalOp<T> = fn(&Var<T>, &Tensor<T>, &Tensor<T>, &Var<T>, &Var<T>, f64) -> Var<T>;
type TrainOp<T> = fn(&Var<T>, &Var<T>, &Var<T>, f64) -> (Var<T>, BatchMoments<T>);

impl BatchNorm2d {
    /// The layer and the ReLU behind it.
    pub(super) fn forward_relu<T: Scalar>(
        &self,
        x: Feature<T>,
        cx: &mut Context<'_, T>,
    ) -> Feature<T> {
        self.normalised(
            x,
            cx,
            ops::batch_norm2d_eval_relu,
            ops::batch_norm2d_train_relu,
        )
    }

    /// What the layer does in evaluation, for the operation before it.
    pub(super) fn running<T: Scalar>(&self, cx: &mut Context<'_, T>) -> RunningNorm<T> {
        RunningNorm {
            running_mean: cx.buffer("running_mean").clone(),
            running_var: cx.buffer("running_var").clone(),
            weight: cx.parameter("weight"),
            bias: cx.parameter("bias"),
            eps: EPS,
        }
    }

    /// The layer by the operation for the pass.
    fn normalised<T: Scalar>(
        &self,
        x: Feature<T>,
        cx: &mut Context<'_, T>,
        eval: EvalOp<T>,
        train: TrainOp<T>,
    ) -> Feature<T> {
        let (weight, bias) = (cx.parameter("weight"), cx.parameter("bias"));
        let (mean, var) = (cx.buffer("running_mean"), cx.buffer("running_var"));
        let momentum = match cx.mode() {
            Mode::Eval => return x.pointwise(|x| eval(x, mean, var, &weight, &bias, EPS)),
            Mode::Train => MOMENTUM,
            Mode::Calibrate { momentum } => momentum,
        };
        let (value, moments) = train(&x.value, &weight, &bias, EPS);
        let (mut mean, mut var) = (mean.clone(), var.clone());
        moments.update_running(&mut mean, &mut var, momentum);
        cx.update_buffer("running_mean", mean);
        cx.update_buffer("running_var", var);
        Feature { value, ..x }
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

    fn part(&self) -> Part<'_> {
        Part::BatchNorm2d(self)
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        Ok(self.normalised(x, cx, ops::batch_norm2d_eval, ops::batch_norm2d_train))
    }
}
