use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::init::symmetric_uniform;
use crate::nn::{Context, Feature, Kind, Layer, State, dotted, misfit};
use crate::rng::Seed;

/// y = x·wᵀ + b with parameters `weight` `[O, I]` and `bias` `[O]`.
///
/// # Shapes
/// [N, I] to [N, O]; see [`ops::linear`].
///
/// # Errors
/// Building a network fails where its input has rows and columns, or other than I channels.
///
/// # Source
/// PyTorch's definition of `torch.nn.Linear`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// I.
    pub in_features: usize,
    /// O.
    pub out_features: usize,
}

impl Linear {
    /// The layer with these sizes.
    pub fn new(in_features: usize, out_features: usize) -> Linear {
        Linear {
            in_features,
            out_features,
        }
    }
}

impl<T: Scalar> Layer<T> for Linear {
    fn kind(&self) -> Kind {
        Kind::Linear
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        if inputs == [[self.in_features, 1, 1]] {
            return Ok(self.out_features);
        }
        Err(misfit(
            path,
            format!(
                "it takes {} features, and is given {inputs:?} (channels, rows, columns)",
                self.in_features
            ),
            "give it as many features as arrive, and a global pool in front",
        ))
    }

    /// Uniform in ±1/√I, PyTorch's default.
    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        let bound = 1.0 / (self.in_features.max(1) as f64).sqrt();
        for (name, shape) in [
            ("weight", vec![self.out_features, self.in_features]),
            ("bias", vec![self.out_features]),
        ] {
            let name = dotted(path, name);
            let value = symmetric_uniform(&shape, bound, seed.child(name.as_str()));
            state.parameters.insert(name, value);
        }
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let (weight, bias) = (cx.parameter("weight"), cx.parameter("bias"));
        Ok(inputs[0].pointwise(|x| ops::linear(x, &weight, Some(&bias))))
    }
}
