use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::init::symmetric_uniform;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Module, State};
use crate::rng::Seed;

/// y = x·wᵀ + b with parameters `weight` `[O, I]` and `bias` `[O]`.
#[derive(Clone, Debug)]
pub struct Linear {
    pub inputs: usize,
    pub outputs: usize,
}

impl Linear {
    /// The layer with these sizes.
    pub fn new(inputs: usize, outputs: usize) -> Linear {
        Linear { inputs, outputs }
    }
}

impl<T: Scalar> Module<T> for Linear {
    fn kind(&self) -> Kind {
        Kind::Linear
    }

    /// Uniform in ±1/√I, PyTorch's default.
    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        let bound = 1.0 / (self.inputs.max(1) as f64).sqrt();
        for (name, shape) in [
            ("weight", vec![self.outputs, self.inputs]),
            ("bias", vec![self.outputs]),
        ] {
            let name = dotted(path, name);
            let value = symmetric_uniform(&shape, bound, seed.child(name.as_str()));
            state.parameters.insert(name, value);
        }
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let (weight, bias) = (cx.parameter("weight"), cx.parameter("bias"));
        Ok(x.pointwise(|x| ops::linear(x, &weight, Some(&bias))))
    }

    fn output_shape(&self, _path: &str, [_, h, w]: [usize; 3]) -> Result<[usize; 3]> {
        Ok([self.outputs, h, w])
    }
}
