#[cfg(feature = "gradcheck")]
mod cases;

#[cfg(feature = "gradcheck")]
pub(super) use cases::cases;

use super::relu::gate;
use super::{ConvOptions, Sums};
use crate::autodiff::border::{ImageBorder, windows};
use crate::autodiff::{Backward, Var};
use crate::kernels::batchnorm::Affine;
use crate::kernels::conv::{self, ConvShape, Epilogue};
use crate::kernels::{Scalar, elementwise};
use crate::padding::{Axis, Padding, Rule, Window};
use crate::tensor::Tensor;

/// Convolution (cross-correlation, as in PyTorch) over an input whose border is filled by a padding.
///
/// y\[n,o,i,j\] = b\[o\] + Σ over c, k, l of w\[o,c,k,l\] · x̃\[n,c, i·s + k·d, j·s + l·d\], x̃ the padded input.
/// Under `partial` padding the sum is scaled by Kh·Kw over the number of taps inside the image, and the
/// output is 0 where there is none.
///
/// # Shapes
/// x [N, C, H, W], weight [O, C/groups, Kh, Kw], bias \[O\]; the output is [N, O, Ho, Wo] with
/// Ho = ⌊(top + H + bottom - d·(Kh-1) - 1) / s⌋ + 1.
///
/// # Backward
/// ∂x goes back through the padding: an index scheme adds a padded pixel's gradient to the pixel that it
/// read, `randn` sends it to the map's mean and deviation, a detached padding drops it.
///
/// # Panics
/// If the shapes do not fit each other or the window does not fit the padded input.
///
/// # Source
/// `partial`: Liu et al. 2018, arXiv 1811.11718.
#[track_caller]
pub fn conv2d<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: Option<&Var<T>>,
    options: &ConvOptions,
) -> Var<T> {
    recorded([x, weight], bias, options, None, false)
}

const NAME: &str = "conv2d";

/// The convolution with what follows it in the same pass; no gradient goes through `norm`.
#[track_caller]
pub(super) fn recorded<T: Scalar>(
    [x, weight]: [&Var<T>; 2],
    bias: Option<&Var<T>>,
    options: &ConvOptions,
    norm: Option<&[Affine<T>]>,
    relu: bool,
) -> Var<T> {
    let plan = Plan::new(x.value(), weight.value(), bias.map(Var::value), options);
    let bias_data = bias.map(|b| b.value().data());
    let epilogue = Epilogue {
        bias: bias_data,
        norm,
        relu,
    };
    let value = plan.output(x.value(), weight, epilogue);
    let mut inputs = vec![x, weight];
    inputs.extend(bias);
    Var::record(value.clone(), &inputs, || Conv2d {
        plan,
        x: x.value().clone(),
        weight: weight.value().clone(),
        rectified: relu.then_some(value),
        has_bias: bias.is_some(),
    })
}

/// A convolution of known shape and border.
struct Plan<T> {
    shape: ConvShape,
    border: ImageBorder<T>,
    /// See [`partial_ratio`].
    ratio: Option<Vec<T>>,
    input_grad: Sums,
}

impl<T: Scalar> Plan<T> {
    /// Checks the shapes and computes the border.
    #[track_caller]
    fn new(
        x: &Tensor<T>,
        weight: &Tensor<T>,
        bias: Option<&Tensor<T>>,
        options: &ConvOptions,
    ) -> Plan<T> {
        let (shape, border) = prepare(x, weight, bias, options);
        let ratio = partial_ratio(
            &shape,
            &border.forward().axes.each_ref(),
            options.padding.padding,
        );
        Plan {
            shape,
            border,
            ratio,
            input_grad: options.input_grad,
        }
    }

    /// The output that the epilogue makes.
    fn output(&self, x: &Tensor<T>, weight: &Var<T>, epilogue: Epilogue<T>) -> Tensor<T> {
        let forward = |epilogue| {
            let border = self.border.forward();
            let (shape, x, w) = (&self.shape, x.data(), weight.value());
            // Weights that are learnt will be others in the next pass.
            match weight.requires_grad() {
                true => conv::forward(shape, &border, x, w.data(), epilogue),
                false => conv::forward_again(shape, &border, x, w, epilogue),
            }
        };
        let y = match &self.ratio {
            None => forward(epilogue),
            // The scaling of a partial convolution leaves the bias alone.
            Some(ratio) => {
                let mut y = forward(Epilogue::bias(None));
                scale(&mut y, ratio);
                if let Some(bias) = epilogue.bias {
                    add_bias(&mut y, ratio, bias);
                }
                epilogue.after_bias().apply(&self.shape, &mut y);
                y
            }
        };
        let [rows, columns] = self.shape.output;
        Tensor::from_vec(
            y,
            &[self.shape.batch, self.shape.out_channels, rows, columns],
        )
    }
}

#[track_caller]
fn prepare<T: Scalar>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    options: &ConvOptions,
) -> (ConvShape, ImageBorder<T>) {
    let [batch, channels, h, w] = x.nchw(NAME);
    let &[out_channels, per_group, kh, kw] = weight.shape() else {
        panic!(
            "{NAME}: the weight must have the shape [O, C/groups, Kh, Kw], not {:?}",
            weight.shape()
        )
    };
    let groups = options.groups;
    assert!(groups > 0, "{NAME}: groups 0 must be positive");
    assert!(
        per_group * groups == channels && out_channels % groups == 0,
        "{NAME}: input {:?} and weight {:?} do not fit with groups {groups}: the weight needs C/groups \
         input channels and a multiple of groups output channels",
        x.shape(),
        weight.shape()
    );
    if let Some(bias) = bias {
        assert!(
            bias.shape() == [out_channels],
            "{NAME}: the bias must have the shape [{out_channels}], not {:?}",
            bias.shape()
        );
    }
    let window = Window {
        kernel: [kh, kw],
        stride: options.stride,
        dilation: options.dilation,
    };
    let (sides, windows) = windows(NAME, window, &options.padding.padding, [h, w]);
    let border = ImageBorder::new(NAME, x, options.padding, sides);
    let (input, output) = ([h, w], windows.output);
    (
        ConvShape {
            batch,
            channels,
            out_channels,
            groups,
            window,
            input,
            output,
        },
        border,
    )
}

/// Per output pixel Kh·Kw / (taps inside), 0 where there is none; `None` but for `partial`.
fn partial_ratio<T: Scalar>(
    shape: &ConvShape,
    axes: &[&Axis; 2],
    padding: Padding,
) -> Option<Vec<T>> {
    if !matches!(padding.rule(), Rule::Excluded) {
        return None;
    }
    let Window {
        kernel,
        stride,
        dilation,
    } = shape.window;
    let [rows, columns] = [0, 1].map(|axis| {
        axes[axis].taps_inside(
            shape.output[axis],
            kernel[axis],
            stride[axis],
            dilation[axis],
        )
    });
    let taps = (kernel[0] * kernel[1]) as f64;
    let ratio = |inside: usize| {
        if inside == 0 {
            0.0
        } else {
            taps / inside as f64
        }
    };
    let pixel = |y: &usize| {
        columns
            .iter()
            .map(|x| T::from_f64(ratio(y * x)))
            .collect::<Vec<T>>()
    };
    Some(rows.iter().flat_map(pixel).collect())
}

/// y ← y · ratio, the ratio repeated over every map.
fn scale<T: Scalar>(y: &mut [T], ratio: &[T]) {
    y.chunks_mut(ratio.len())
        .for_each(|map| elementwise::zip_assign(map, ratio, |y, r| *y *= r));
}

/// Adds the bias of each output channel wherever its window met the image.
fn add_bias<T: Scalar>(y: &mut [T], ratio: &[T], bias: &[T]) {
    for (map, &b) in y.chunks_mut(ratio.len()).zip(bias.iter().cycle()) {
        map.iter_mut()
            .zip(ratio)
            .filter(|(_, r)| **r > T::zero())
            .for_each(|(y, _)| *y += b);
    }
}

struct Conv2d<T> {
    plan: Plan<T>,
    x: Tensor<T>,
    weight: Tensor<T>,
    /// The output, where a ReLU made it.
    rectified: Option<Tensor<T>>,
    has_bias: bool,
}

impl<T: Scalar> Conv2d<T> {
    fn x_grad(&self, y_grad: &[T]) -> Tensor<T> {
        let Plan {
            shape,
            border,
            input_grad,
            ..
        } = &self.plan;
        let (axes, ring) = (border.backward_axes(), border.ring_wanted());
        let weight = self.weight.data();
        let mut grads = conv::grad_input(shape, &axes, ring, weight, y_grad, *input_grad);
        border.ring_backward(&self.x, &grads.ring, &mut grads.x);
        Tensor::from_vec(grads.x, self.x.shape())
    }

    /// ∂weight and ∂bias, where they are wanted.
    fn parameter_grads(
        &self,
        y_grad: &Tensor<T>,
        [weight, bias]: [bool; 2],
    ) -> [Option<Tensor<T>>; 2] {
        let shape = &self.plan.shape;
        let per_channel = |bias| Tensor::from_vec(bias, &[shape.out_channels]);
        let bias_alone = || per_channel(conv::grad_bias(shape, y_grad.data()));
        if !weight {
            return [None, bias.then(bias_alone)];
        }
        let (border, x) = (self.plan.border.forward(), self.x.data());
        let grads = conv::grad_weight(shape, &border, x, y_grad.data(), bias);
        let weight = Tensor::from_vec(grads.weight, self.weight.shape());
        [Some(weight), grads.bias.map(per_channel)]
    }
}

impl<T: Scalar> Backward<T> for Conv2d<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn backward(self: Box<Self>, mut grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        if let Some(output) = &self.rectified {
            gate(&mut grad, output);
        }
        let mut wanted = [needs[1], self.has_bias && needs[2]];
        let mut partial_bias = None;
        if let Some(ratio) = &self.plan.ratio {
            if std::mem::take(&mut wanted[1]) {
                // The bias was added wherever a window met the image, whatever the ratio.
                let met = |&r: &T| if r > T::zero() { T::one() } else { T::zero() };
                let met: Vec<T> = ratio.iter().map(met).collect();
                let mut masked = grad.clone();
                scale(masked.data_mut(), &met);
                [_, partial_bias] = self.parameter_grads(&masked, [false, true]);
            }
            scale(grad.data_mut(), ratio);
        }
        let [weight, bias] = self.parameter_grads(&grad, wanted);
        let x = needs[0].then(|| self.x_grad(grad.data()));
        let mut grads = vec![x, weight];
        if self.has_bias {
            grads.push(partial_bias.or(bias));
        }
        grads
    }
}
