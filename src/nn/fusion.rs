//! Which neighbouring layers are computed together, bit for bit as if apart.

use std::any::Any;

use super::context::{Context, Mode};
use super::feature::Feature;
use super::layers::{BatchNorm2d, Conv2d, Relu};
use super::network::Node;
use crate::error::Result;
use crate::kernels::Scalar;

/// Runs as many nodes of a chain together as can be, and says how many.
pub(super) fn first_together<T: Scalar>(
    chain: &[Node<T>],
    inputs: &[Feature<T>],
    cx: &mut Context<'_, T>,
) -> Result<(usize, Feature<T>)> {
    let [first, after @ ..] = chain else {
        unreachable!("a chain begins with the node that is to run")
    };
    let rectified = |i: usize| {
        after
            .get(i)
            .is_some_and(|node| is::<T, Relu>(node).is_some())
    };
    if let Some(conv) = is::<T, Conv2d>(first) {
        let norm = after.first().and_then(|node| evaluating(node, cx));
        let relu = rectified(usize::from(norm.is_some()));
        enter(first, cx);
        let output = conv.apply(&inputs[0], cx, norm.as_ref(), relu)?;
        return Ok((1 + usize::from(norm.is_some()) + usize::from(relu), output));
    }
    enter(first, cx);
    match is::<T, BatchNorm2d>(first) {
        Some(norm) if rectified(0) => Ok((2, norm.apply::<T, true>(&inputs[0], cx))),
        _ => Ok((1, first.layer.forward(inputs, cx)?)),
    }
}

/// What a normalisation by running statistics does, for the convolution before it.
fn evaluating<T: Scalar>(
    node: &Node<T>,
    cx: &mut Context<'_, T>,
) -> Option<crate::autodiff::ops::RunningNorm<T>> {
    let norm = is::<T, BatchNorm2d>(node)?;
    enter(node, cx);
    (cx.mode() == Mode::Eval).then(|| norm.running(cx))
}

fn enter<T: Scalar>(node: &Node<T>, cx: &mut Context<'_, T>) {
    cx.enter(&node.name, node.frozen, node.evaluates);
}

/// The layer of a node, where it is an `L`.
fn is<T: Scalar, L: 'static>(node: &Node<T>) -> Option<&L> {
    (node.layer.as_ref() as &dyn Any).downcast_ref()
}
