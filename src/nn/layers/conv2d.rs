use crate::autodiff::ops::{self, ConvOptions, RunningNorm, Sums};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::init::{ConvInit, Fan, kaiming_normal, symmetric_uniform};
use crate::nn::layer::{divides, takes};
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Mode, State, Windowed, dotted};
use crate::padding::{Extent, Padding, Window};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A size per axis (rows, columns): one value for both, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair(pub [usize; 2]);

impl From<usize> for Pair {
    fn from(both: usize) -> Pair {
        Pair([both; 2])
    }
}

impl From<[usize; 2]> for Pair {
    fn from(axes: [usize; 2]) -> Pair {
        Pair(axes)
    }
}

/// y\[o\] = b\[o\] + Σ over c of w\[o,c\] ⋆ x̃\[c\], the cross-correlation of the padded input x̃, with a
/// parameter `weight` `[O, C/groups, Kh, Kw]` and a `bias` `[O]`.
///
/// In training the gradient of its input is summed by tiles ([`Sums::Tiled`]), else as `input_grad` says.
///
/// # Shapes
/// [N, C, H, W] to [N, O, Ho, Wo]; see [`ops::conv2d`], whose layer it is.
///
/// # Errors
/// Building a network fails where other than C channels arrive, the groups do not divide C and O, or the window
/// does not fit.
///
/// ```
/// use padgrad::nn::layers::Conv2d;
/// use padgrad::padding::Padding;
///
/// let reflect = Padding::parse("reflect")?;
/// let depthwise = Conv2d::new(8, 16, [1, 5], reflect).groups(8).stride([1, 2]).bias(false);
/// assert_eq!(depthwise.kernel, [1, 5]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
///
/// # Source
/// PyTorch's definition of `torch.nn.Conv2d`, here with any padding.
#[derive(Clone, Debug)]
pub struct Conv2d {
    /// Channels C of the input.
    pub in_channels: usize,
    /// Channels O of the output.
    pub out_channels: usize,
    /// Kernel size per axis (rows, columns).
    pub kernel: [usize; 2],
    /// Stride per axis.
    pub stride: [usize; 2],
    /// Dilation per axis.
    pub dilation: [usize; 2],
    /// Groups into which input and output channels are split.
    pub groups: usize,
    /// Without an extent it reaches d·⌊k/2⌋ pixels per side, which keeps the size for odd kernels.
    pub padding: Padding,
    /// Whether each output channel has a bias.
    pub bias: bool,
    /// How weights and bias begin.
    pub init: ConvInit,
    /// How the input's gradient is summed outside of training.
    pub input_grad: Sums,
}

impl Conv2d {
    /// Stride 1, dilation 1, one group, a bias; a padding without an extent keeps the size for odd kernels.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel: impl Into<Pair>,
        padding: Padding,
    ) -> Conv2d {
        Conv2d {
            in_channels,
            out_channels,
            kernel: kernel.into().0,
            stride: [1; 2],
            dilation: [1; 2],
            groups: 1,
            padding,
            bias: true,
            init: ConvInit::Default,
            input_grad: Sums::Exact,
        }
    }

    /// The same convolution with other initial weights.
    pub fn init(self, init: ConvInit) -> Conv2d {
        Conv2d { init, ..self }
    }

    /// The same convolution with another stride.
    pub fn stride(self, stride: impl Into<Pair>) -> Conv2d {
        let Pair(stride) = stride.into();
        Conv2d { stride, ..self }
    }

    /// The same convolution with another dilation.
    pub fn dilation(self, dilation: impl Into<Pair>) -> Conv2d {
        let Pair(dilation) = dilation.into();
        Conv2d { dilation, ..self }
    }

    /// The same convolution with its channels in this many groups.
    pub fn groups(self, groups: usize) -> Conv2d {
        Conv2d { groups, ..self }
    }

    /// The same convolution with a bias or without, as in front of a batch norm.
    pub fn bias(self, bias: bool) -> Conv2d {
        Conv2d { bias, ..self }
    }

    /// [`Conv2d::bias`]`(false)`.
    pub fn without_bias(self) -> Conv2d {
        self.bias(false)
    }

    /// The output of the convolution, normalised and rectified in the same pass where that is asked for.
    pub(in crate::nn) fn apply<T: Scalar>(
        &self,
        x: &Feature<T>,
        cx: &mut Context<'_, T>,
        norm: Option<&RunningNorm<T>>,
        relu: bool,
    ) -> Result<Feature<T>> {
        let weight = cx.parameter("weight");
        let bias = self.bias.then(|| cx.parameter("bias"));
        let input_grad = match cx.mode() {
            Mode::Train => Sums::Tiled,
            Mode::Calibrate { .. } | Mode::Eval => self.input_grad,
        };
        self.windowed().apply(x, cx, |x, padding| {
            let options = ConvOptions {
                stride: self.stride,
                dilation: self.dilation,
                groups: self.groups,
                padding,
                input_grad,
            };
            ops::conv2d_then([x, &weight], bias.as_ref(), &options, norm, relu)
        })
    }

    fn windowed(&self) -> Windowed {
        let [v, h] = [0, 1].map(|axis| self.dilation[axis] * (self.kernel[axis] / 2));
        let extent = match v == h {
            true => Extent::Uniform(v),
            false => Extent::Explicit {
                top: v,
                left: h,
                bottom: v,
                right: h,
            },
        };
        Windowed {
            window: Window {
                kernel: self.kernel,
                stride: self.stride,
                dilation: self.dilation,
            },
            padding: self.padding.or_extent(extent),
        }
    }
}

impl<T: Scalar> Layer<T> for Conv2d {
    fn kind(&self) -> Kind {
        Kind::Conv2d
    }

    fn geometry(&self) -> Geometry {
        Geometry::Window(self.windowed())
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        takes(path, inputs, self.in_channels)?;
        divides(path, self.groups, [self.in_channels, self.out_channels])?;
        Ok(self.out_channels)
    }

    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        let per_group = self.in_channels / self.groups;
        let [kh, kw] = self.kernel;
        let shape = [self.out_channels, per_group, kh, kw];
        let bound = 1.0 / ((per_group * kh * kw).max(1) as f64).sqrt();
        let (weight, bias) = (dotted(path, "weight"), dotted(path, "bias"));
        let uniform =
            |name: &str, shape: &[usize]| symmetric_uniform(shape, bound, seed.child(name));
        let of_outputs = [self.out_channels];
        let (weights, biases) = match self.init {
            ConvInit::Default => (uniform(&weight, &shape), uniform(&bias, &of_outputs)),
            ConvInit::KaimingFanOut => (
                kaiming_normal(&shape, Fan::Out, seed.child(weight.as_str())),
                Tensor::zeros(&of_outputs),
            ),
        };
        state.parameters.insert(weight, weights);
        if self.bias {
            state.parameters.insert(bias, biases);
        }
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        self.apply(&inputs[0], cx, None, false)
    }

    fn set_padding(&mut self, padding: Padding) -> bool {
        self.padding = padding.or_extent_of(self.padding);
        true
    }
}
