use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::init::symmetric_uniform;
use crate::nn::layer::{divides, takes};
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Sampled, Sampling, State, dotted};
use crate::padding::{Sides, Window};
use crate::rng::Seed;

/// The adjoint of a convolution: each input pixel spreads over a window of the output.
///
/// `sides` are cut off the full output of (n - 1)·s + d·(k - 1) + 1 pixels, and `output_padding` rows and columns
/// stay at the bottom and right. Near a border fewer input pixels reach an output pixel: zeros lie around the input.
///
/// # Shapes
/// [N, C, H, W] to [N, O, Ho, Wo], weight `[C, O/groups, Kh, Kw]`, bias `[O]`; see [`ops::conv_transpose2d`].
///
/// # Errors
/// Building a network fails where other than C channels arrive, the groups do not divide C and O, or nothing is left.
///
/// # Source
/// Zeiler et al., *Deconvolutional Networks*, CVPR 2010; PyTorch's definition of `torch.nn.ConvTranspose2d`.
#[derive(Clone, Debug)]
pub struct ConvTranspose2d {
    /// Channels C of the input.
    pub in_channels: usize,
    /// Channels O of the output.
    pub out_channels: usize,
    /// Kernel, stride and dilation.
    pub window: Window,
    /// Groups into which input and output channels are split.
    pub groups: usize,
    /// What is cut off the full output.
    pub sides: Sides,
    /// Rows and columns that are added at the bottom and right.
    pub output_padding: [usize; 2],
    /// Whether each output channel has a bias.
    pub bias: bool,
}

impl ConvTranspose2d {
    fn sampled(&self) -> Sampled {
        Sampled([0, 1].map(|axis| Sampling::Transposed {
            span: self.window.span(axis),
            stride: self.window.stride[axis],
            before: self.sides.before(axis),
            beyond: self.output_padding[axis] as isize - self.sides.after(axis) as isize,
        }))
    }
}

impl<T: Scalar> Layer<T> for ConvTranspose2d {
    fn kind(&self) -> Kind {
        Kind::Conv2d
    }

    fn geometry(&self) -> Geometry {
        Geometry::Sampled(self.sampled())
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        takes(path, inputs, self.in_channels)?;
        divides(path, self.groups, [self.in_channels, self.out_channels])?;
        Ok(self.out_channels)
    }

    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        let [kh, kw] = self.window.kernel;
        let shape = [self.in_channels, self.out_channels / self.groups, kh, kw];
        let bound = 1.0 / ((shape[1] * kh * kw).max(1) as f64).sqrt();
        let mut draw = |name: &str, shape: &[usize]| {
            let name = dotted(path, name);
            let value = symmetric_uniform(shape, bound, seed.child(name.as_str()));
            state.parameters.insert(name, value);
        };
        draw("weight", &shape);
        if self.bias {
            draw("bias", &[self.out_channels]);
        }
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let weight = cx.parameter("weight");
        let bias = self.bias.then(|| cx.parameter("bias"));
        let x = &inputs[0];
        let reached = self.sampled().reached(x, cx)?;
        let (margin, size) = (reached.margin, reached.size);
        // Output pixel 0 of the grid is pixel `before` of the full output, counted from the map's own first pixel.
        let range = |axis: usize| {
            let start = self.sides.before(axis) + x.margin.before(axis) * self.window.stride[axis]
                - margin.before(axis);
            start..start + margin.before(axis) + size[axis] + margin.after(axis)
        };
        let parts = [range(0), range(1)];
        let value = ops::conv_transpose2d(
            &x.value,
            &weight,
            bias.as_ref(),
            &self.window,
            self.groups,
            parts,
        );
        Ok(Feature {
            value,
            margin,
            size,
        })
    }
}
