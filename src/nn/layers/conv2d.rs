use crate::autodiff::Var;
use crate::autodiff::ops::{self, ConvOptions, Sums};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::init::{ConvInit, Fan, kaiming_normal, symmetric_uniform};
use crate::nn::state::dotted;
use crate::nn::windowed::Windowed;
use crate::nn::{Context, Feature, Kind, Mode, Module, Part, State};
use crate::padding::{Extent, Padding, Sides, Window};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A convolution with a parameter `weight` `[O, C/groups, k, k]` and, if asked for, a `bias` `[O]`.
///
/// In training the gradient of its input is summed by tiles ([`Sums::Tiled`]), else as its options say.
#[derive(Clone, Debug)]
pub struct Conv2d {
    pub channels: usize,
    pub filters: usize,
    pub kernel: usize,
    pub options: ConvOptions,
    pub bias: bool,
    pub init: ConvInit,
}

impl Conv2d {
    /// Stride 1; a padding without an extent keeps the size (k/2 pixels per side).
    pub fn new(channels: usize, filters: usize, kernel: usize, padding: Padding) -> Conv2d {
        Conv2d {
            channels,
            filters,
            kernel,
            options: ConvOptions::new(padding.or_extent(Extent::Uniform(kernel / 2))),
            bias: true,
            init: ConvInit::Default,
        }
    }

    /// The same convolution with another start.
    pub fn init(self, init: ConvInit) -> Conv2d {
        Conv2d { init, ..self }
    }

    /// The same convolution with another stride.
    pub fn stride(self, stride: usize) -> Conv2d {
        Conv2d {
            options: self.options.stride(stride),
            ..self
        }
    }

    /// The same convolution without a bias, as in front of a batch norm.
    pub fn without_bias(self) -> Conv2d {
        Conv2d {
            bias: false,
            ..self
        }
    }

    /// The output of `operation`, which is `conv2d` and perhaps more.
    pub(super) fn apply<T: Scalar>(
        &self,
        x: Feature<T>,
        cx: &mut Context<'_, T>,
        operation: impl FnOnce(&Var<T>, &Var<T>, Option<&Var<T>>, &ConvOptions) -> Var<T>,
    ) -> Result<Feature<T>> {
        let weight = cx.parameter("weight");
        let bias = self.bias.then(|| cx.parameter("bias"));
        let input_grad = match cx.mode() {
            Mode::Train => Sums::Tiled,
            Mode::Calibrate { .. } | Mode::Eval => self.options.input_grad,
        };
        self.windowed().apply(x, cx, |x, padding| {
            let options = ConvOptions {
                padding,
                input_grad,
                ..self.options
            };
            operation(x, &weight, bias.as_ref(), &options)
        })
    }

    fn windowed(&self) -> Windowed {
        Windowed {
            window: Window {
                kernel: [self.kernel; 2],
                stride: self.options.stride,
                dilation: self.options.dilation,
            },
            padding: self.options.padding,
        }
    }
}

impl<T: Scalar> Module<T> for Conv2d {
    fn kind(&self) -> Kind {
        Kind::Conv2d
    }

    fn part(&self) -> Part<'_> {
        Part::Conv2d(self)
    }

    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        let per_group = self.channels / self.options.groups;
        let shape = [self.filters, per_group, self.kernel, self.kernel];
        let bound = 1.0 / ((per_group * self.kernel * self.kernel).max(1) as f64).sqrt();
        let (weight, bias) = (dotted(path, "weight"), dotted(path, "bias"));
        let uniform =
            |name: &str, shape: &[usize]| symmetric_uniform(shape, bound, seed.child(name));
        let (weights, biases) = match self.init {
            ConvInit::Default => (uniform(&weight, &shape), uniform(&bias, &[self.filters])),
            ConvInit::KaimingFanOut => (
                kaiming_normal(&shape, Fan::Out, seed.child(weight.as_str())),
                Tensor::zeros(&[self.filters]),
            ),
        };
        state.parameters.insert(weight, weights);
        if self.bias {
            state.parameters.insert(bias, biases);
        }
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        self.apply(x, cx, ops::conv2d)
    }

    fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        self.windowed().output_size(path, size)
    }

    fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        self.windowed().needed_margin(path, size, output)
    }

    fn output_shape(&self, path: &str, [_, h, w]: [usize; 3]) -> Result<[usize; 3]> {
        let [h, w] = self.windowed().output_size(path, [h, w])?;
        Ok([self.filters, h, w])
    }
}
