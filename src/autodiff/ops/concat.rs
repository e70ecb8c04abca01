#[cfg(feature = "gradcheck")]
use super::case::*;
use super::softmax::lanes_along;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// The inputs one after the other along `axis`; PyTorch calls it `cat`.
///
/// # Shapes
/// At least one input, of shapes that differ along `axis` alone; there the output has their sum.
///
/// # Backward
/// Each input gets its part of the gradient.
///
/// # Panics
/// If there is no input, the axis does not exist or the shapes differ elsewhere.
#[track_caller]
pub fn concat<T: Scalar>(inputs: &[&Var<T>], axis: usize) -> Var<T> {
    let Some(first) = inputs.first() else {
        panic!("concat: there is no input")
    };
    let mut shape = first.shape().to_vec();
    let [outer, ..] = lanes_along("concat", &shape, axis);
    let others = |s: &[usize]| [&s[..axis.min(s.len())], &s[(axis + 1).min(s.len())..]].concat();
    for x in inputs {
        assert!(
            x.value().rank() == shape.len() && others(x.shape()) == others(&shape),
            "concat: the shapes {:?} and {:?} differ elsewhere than along axis {axis}",
            first.shape(),
            x.shape()
        );
    }
    shape[axis] = inputs.iter().map(|x| x.shape()[axis]).sum();
    let rows = |x: &&Var<T>| x.value().len() / outer.max(1);
    let lengths: Vec<usize> = inputs.iter().map(rows).collect();
    let mut data = Vec::with_capacity(outer * lengths.iter().sum::<usize>());
    for block in 0..outer {
        for (x, &length) in inputs.iter().zip(&lengths) {
            data.extend_from_slice(&x.value().data()[block * length..][..length]);
        }
    }
    Var::record(Tensor::from_vec(data, &shape), inputs, || Concat {
        shapes: inputs.iter().map(|x| x.shape().to_vec()).collect(),
        lengths,
    })
}

struct Concat {
    shapes: Vec<Vec<usize>>,
    /// How many neighbouring elements of the output come from each input in turn.
    lengths: Vec<usize>,
}

impl<T: Scalar> Backward<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let total: usize = self.lengths.iter().sum();
        let mut start = 0;
        let mut gradients = Vec::with_capacity(needs.len());
        for ((shape, &length), &needed) in self.shapes.iter().zip(&self.lengths).zip(needs) {
            let own = start..start + length;
            start += length;
            gradients.push(needed.then(|| {
                let blocks = grad.data().chunks(total.max(1));
                let data = blocks.flat_map(|block| &block[own.clone()]);
                Tensor::from_vec(data.copied().collect(), shape)
            }));
        }
        gradients
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        (0, [vec![2, 3], vec![1, 3], vec![2, 3]]),
        (1, [vec![2, 3, 2], vec![2, 1, 2], vec![2, 2, 2]]),
        (2, [vec![2, 1, 1], vec![2, 1, 4], vec![2, 1, 2]]),
    ]
    .map(|(axis, shapes)| {
        let inputs = ["a", "b", "c"];
        let inputs = inputs.into_iter().zip(&shapes).map(|(l, s)| spread(l, s));
        case!(format!("axis {axis}"), inputs, |v| {
            concat(&v.iter().collect::<Vec<_>>(), axis)
        })
        .linear_in(&[0, 1, 2])
    })
    .into()
}
