use std::ops::Range;

#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::conv::{self, ConvShape, Epilogue, Sums};
use crate::kernels::{Border, Halo, Scalar, reduce};
use crate::padding::{Axis, Window};
use crate::tensor::Tensor;

const NAME: &str = "conv_transpose2d";

/// The adjoint of a convolution, of whose full output the window `parts` (rows, columns) is computed.
///
/// y\[n,o,u,v\] = b\[o\] + Σ over c, i, j of x\[n,c,i,j\] · w\[c,o, (u - i·s)/d, (v - j·s)/d\], wherever those are taps. The
/// full output has (H - 1)·s + d·(Kh - 1) + 1 rows; rows behind it are the bias alone.
///
/// # Shapes
/// x [N, C, H, W], weight [C, O/groups, Kh, Kw], bias \[O\]; the output is [N, O, rows, columns].
///
/// # Backward
/// ∂x is the convolution of the gradient with the weight, ∂w that convolution's gradient with x in place of ∂y.
///
/// # Panics
/// If the shapes do not fit each other, or a part is empty.
///
/// # Source
/// Zeiler et al., *Deconvolutional Networks*, CVPR 2010.
#[track_caller]
pub fn conv_transpose2d<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: Option<&Var<T>>,
    window: &Window,
    groups: usize,
    parts: [Range<usize>; 2],
) -> Var<T> {
    let [batch, channels, h, w] = x.value().nchw(NAME);
    let [kh, kw] = window.kernel;
    let &[inputs, per_group, ..] = weight.shape() else {
        panic!(
            "{NAME}: the weight must have the shape [C, O/groups, Kh, Kw], not {:?}",
            weight.shape()
        )
    };
    assert!(
        groups > 0
            && inputs == channels
            && channels % groups == 0
            && weight.shape()[2..] == [kh, kw],
        "{NAME}: input {:?} and weight {:?} do not fit with groups {groups} and kernel {:?}",
        x.shape(),
        weight.shape(),
        window.kernel
    );
    let outputs = per_group * groups;
    let size = parts.each_ref().map(|part| part.len());
    let full = [h, w].map(|n| n.saturating_sub(1));
    let axes = [0, 1].map(|axis| {
        let full = full[axis] * window.stride[axis] + window.span(axis);
        cut(full, &parts[axis])
    });
    // The convolution whose adjoint it is: from the output here to the input here.
    let shape = ConvShape {
        batch,
        channels: outputs,
        out_channels: channels,
        groups,
        window: *window,
        input: size,
        output: [h, w],
    };
    let (pixels, w) = (x.value().data(), weight.value().data());
    let mut y = conv::grad_input(&shape, &axes, None, w, pixels, Sums::Exact).x;
    if let Some(bias) = bias {
        assert!(
            bias.shape() == [outputs],
            "{NAME}: the bias must have the shape [{outputs}], not {:?}",
            bias.shape()
        );
        let maps = y.chunks_mut((size[0] * size[1]).max(1));
        for (map, &b) in maps.zip(bias.value().data().iter().cycle()) {
            map.iter_mut().for_each(|y| *y += b);
        }
    }
    let inputs: Vec<&Var<T>> = [x, weight].into_iter().chain(bias).collect();
    let value = Tensor::from_vec(y, &[batch, outputs, size[0], size[1]]);
    Var::record(value, &inputs, || ConvTranspose2d {
        shape,
        axes,
        x: x.value().clone(),
        weight: weight.value().clone(),
    })
}

/// The axis of which a part is kept, as the convolution that reads it sees it: the rest is halo.
fn cut(full: usize, part: &Range<usize>) -> Axis {
    let padded = full.max(part.end);
    Axis::new(part.len(), part.start, padded - part.end, |_, _| None)
}

struct ConvTranspose2d<T> {
    shape: ConvShape,
    axes: [Axis; 2],
    x: Tensor<T>,
    weight: Tensor<T>,
}

impl<T: Scalar> Backward<T> for ConvTranspose2d<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let halo = Halo::Constant(T::zero());
        let border = Border {
            axes: &self.axes,
            halo,
        };
        let (shape, g) = (&self.shape, grad.data());
        let x = needs[0].then(|| {
            let epilogue = Epilogue::bias(None);
            let dx = conv::forward(shape, &border, g, self.weight.data(), epilogue);
            Tensor::from_vec(dx, self.x.shape())
        });
        let weight = needs[1].then(|| {
            let dw = conv::grad_weight(shape, &border, g, self.x.data(), false).weight;
            Tensor::from_vec(dw, self.weight.shape())
        });
        let mut grads = vec![x, weight];
        if let Some(&wanted) = needs.get(2) {
            grads.push(wanted.then(|| {
                let pixels = (shape.input[0] * shape.input[1]).max(1);
                let mut sums = vec![T::zero(); shape.channels];
                for (i, map) in g.chunks(pixels).enumerate() {
                    sums[i % shape.channels] += T::from_f64(reduce::total(map));
                }
                Tensor::from_vec(sums, &[shape.channels])
            }));
        }
        grads
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let window = |kernel, stride, dilation| Window {
        kernel,
        stride,
        dilation,
    };
    [
        (
            "3×3 stride 2",
            window([3, 3], [2, 2], [1, 1]),
            1,
            [[1, 8], [1, 8]],
        ),
        (
            "2×4 stride 2×1",
            window([2, 4], [2, 1], [1, 1]),
            1,
            [[0, 6], [0, 7]],
        ),
        (
            "2×2 dilation 2, groups",
            window([2, 2], [1, 1], [2, 2]),
            2,
            [[0, 5], [2, 6]],
        ),
        (
            "beyond the last window",
            window([2, 2], [3, 3], [1, 1]),
            1,
            [[0, 10], [1, 13]],
        ),
    ]
    .map(|(name, window, groups, parts)| {
        let [kh, kw] = window.kernel;
        let inputs = [
            spread("x", &[2, 2, 3, 4]),
            spread("weight", &[2, 2, kh, kw]),
            spread("bias", &[2 * groups]),
        ];
        case!(name, inputs, |v| conv_transpose2d(
            &v[0],
            &v[1],
            Some(&v[2]),
            &window,
            groups,
            parts.map(|[start, end]| start..end)
        ))
        .linear_in(&[0, 1, 2])
    })
    .into()
}
