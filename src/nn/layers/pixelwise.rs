use crate::autodiff::Var;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Layer, aligned};

/// A function that computes each output pixel from the pixels at the same position alone.
///
/// Inputs that are `spread` have one pixel, which is read everywhere: a gate computed from the whole image. Under
/// optimal padding the others are cropped to the smallest margin among them.
///
/// # Shapes
/// Inputs [N, Cᵢ, H, W], spread ones [N, Cᵢ, 1, 1], to [N, C, H, W].
///
/// # Errors
/// None of its own: building a network relies on `channels` and does not run the function.
///
/// ```
/// use padgrad::autodiff::{Var, ops};
/// use padgrad::nn::{Kind, layers::Pixelwise};
/// let gate = Pixelwise::<f32>::new(Kind::Activation, 8, |x: &[Var<f32>]| ops::mul(&x[0], &x[1].sigmoid()));
/// let gate = gate.spread(vec![false, true]);
/// assert_eq!(gate.channels, 8);
/// ```
///
/// # Source
/// This project's; the gate is that of Hu, Shen and Sun, *Squeeze-and-Excitation Networks*, CVPR 2018.
pub struct Pixelwise<T: Scalar> {
    /// What kind of layer it is.
    pub kind: Kind,
    /// Channels C of the output.
    pub channels: usize,
    spread: Vec<bool>,
    function: Function<T>,
}

/// A function of variables that any thread may call.
pub(super) type Function<T> = Box<dyn Fn(&[Var<T>]) -> Var<T> + Send + Sync>;

impl<T: Scalar> Pixelwise<T> {
    /// The layer of a function that gives this many channels; no input is spread.
    pub fn new(
        kind: Kind,
        channels: usize,
        function: impl Fn(&[Var<T>]) -> Var<T> + Send + Sync + 'static,
    ) -> Pixelwise<T> {
        Pixelwise {
            kind,
            channels,
            spread: Vec::new(),
            function: Box::new(function),
        }
    }

    /// Says for each input whether it is one pixel that is read everywhere.
    pub fn spread(self, spread: Vec<bool>) -> Pixelwise<T> {
        Pixelwise { spread, ..self }
    }

    fn is_spread(&self, index: usize) -> bool {
        self.spread.get(index) == Some(&true)
    }
}

impl<T: Scalar> Layer<T> for Pixelwise<T> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn spreads(&self, index: usize) -> bool {
        self.is_spread(index)
    }

    fn channels(&self, _path: &str, _inputs: &[[usize; 3]]) -> Result<usize> {
        Ok(self.channels)
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let own = (0..inputs.len()).filter(|&i| !self.is_spread(i));
        let own: Vec<Feature<T>> = own.map(|i| inputs[i].clone()).collect();
        let own = aligned(&own);
        let mut maps = own.iter();
        let mut variables = Vec::with_capacity(inputs.len());
        for (i, input) in inputs.iter().enumerate() {
            let taken = if self.is_spread(i) { None } else { maps.next() };
            variables.push(taken.map_or_else(|| input.on_grid(), |x| x.value.clone()));
        }
        Ok(Feature {
            value: (self.function)(&variables),
            margin: own[0].margin,
            size: own[0].size,
        })
    }
}
