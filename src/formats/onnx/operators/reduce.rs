//! Reductions, and the indices of largest and smallest elements.

use super::super::builder::Builder;
use super::super::call::Call;
use super::super::generic::axes_of;
use super::super::node::from_end;
use super::super::slot::{Bound, Slot};
use super::binary::apart;
use super::pool::over_grid;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::Kind;
use crate::nn::layers::Pixelwise;
use crate::tensor::{Tensor, shape};

/// A function over axes of a variable.
pub type Reduction<E> = fn(&Var<E>, &[usize]) -> Var<E>;

/// The axes of a reduction, whether they stay with size 1, and its function.
type Reduced<E> = (Vec<usize>, bool, Reduction<E>);

/// The axes, whether they stay with size 1, and the function of a reduction; `None` for other operators.
///
/// # Errors
/// Where an axis does not exist or is not known.
pub fn reduction<E: Scalar>(call: &Call) -> Result<Option<Reduced<E>>, String> {
    if let Some(found) = index(call)? {
        return Ok(Some(found));
    }
    let f: Reduction<E> = match call.operator() {
        "ReduceMean" => ops::mean,
        "ReduceSum" => ops::sum,
        "ReduceMax" => ops::max,
        "ReduceMin" => |x, axes| ops::neg(&ops::max(&ops::neg(x), axes)),
        "ReduceL1" => |x, axes| ops::sum(&ops::abs(x), axes),
        "ReduceL2" => |x, axes| ops::sqrt(&ops::sum(&ops::mul(x, x), axes)),
        "ReduceSumSquare" => |x, axes| ops::sum(&ops::mul(x, x), axes),
        "ReduceLogSum" => |x, axes| ops::ln(&ops::sum(x, axes)),
        "ReduceLogSumExp" => log_sum_exp,
        "ReduceProd" => product,
        _ => return Ok(None),
    };
    let rank = rank(call)?;
    let given = axes_of(call.node, call.constant(1)?, rank)?;
    let all = || match call.node.int("noop_with_empty_axes", 0) {
        0 => (0..rank).collect(),
        _ => Vec::new(),
    };
    let axes = given.filter(|axes| !axes.is_empty()).unwrap_or_else(all);
    Ok(Some((axes, call.node.int("keepdims", 1) != 0, f)))
}

/// The number of axes of a call's first input.
fn rank(call: &Call) -> Result<usize, String> {
    Ok(match call.input(0)? {
        Bound::Constant(constant) => constant.shape().len(),
        Bound::Live(slot) => slot.shape.len(),
    })
}

/// `ArgMax` and `ArgMin` as reductions.
fn index<E: Scalar>(call: &Call) -> Result<Option<Reduced<E>>, String> {
    let last = call.node.int("select_last_index", 0) != 0;
    let f: Reduction<E> = match (call.operator(), last) {
        ("ArgMax", false) => |x, axes| index_of(x, axes[0], |a, best| a > best),
        ("ArgMax", true) => |x, axes| index_of(x, axes[0], |a, best| a >= best),
        ("ArgMin", false) => |x, axes| index_of(x, axes[0], |a, best| a < best),
        ("ArgMin", true) => |x, axes| index_of(x, axes[0], |a, best| a <= best),
        _ => return Ok(None),
    };
    let axis = from_end(call.node.int("axis", 0), rank(call)?)?;
    Ok(Some((vec![axis], call.node.int("keepdims", 1) != 0, f)))
}

/// The index along an axis of the element that is better than all others; a constant, since its slope is 0 wherever it
/// has one.
fn index_of<E: Scalar>(x: &Var<E>, axis: usize, better: fn(E, E) -> bool) -> Var<E> {
    let shape = x.shape();
    let (before, n, behind) = shape::split_at_axes(shape, axis..axis + 1);
    let data = x.value().data();
    let best = |lane: usize| {
        let at = |i: usize| data[(lane / behind * n + i) * behind + lane % behind];
        (1..n).fold(0, |best, i| if better(at(i), at(best)) { i } else { best })
    };
    let indices = (0..before * behind).map(|lane| E::from_usize(best(lane)));
    let left = [&shape[..axis], &shape[axis + 1..]].concat();
    Var::constant(Tensor::from_vec(indices.collect(), &left))
}

/// ln Σ eˣ, which does not overflow.
fn log_sum_exp<E: Scalar>(x: &Var<E>, axes: &[usize]) -> Var<E> {
    let largest = x
        .value()
        .data()
        .iter()
        .copied()
        .fold(E::neg_infinity(), E::max);
    let shift = if largest.is_finite() {
        largest.as_f64()
    } else {
        0.0
    };
    let sum = ops::sum(&ops::exp(&ops::add_scalar(x, -shift)), axes);
    ops::add_scalar(&ops::ln(&sum), shift)
}

/// Π x, entry by entry along each axis.
fn product<E: Scalar>(x: &Var<E>, axes: &[usize]) -> Var<E> {
    let mut found = x.clone();
    for &axis in axes.iter().rev() {
        let entries = (0..found.shape()[axis]).map(|i| ops::narrow(&found, axis, i, 1));
        let product = entries.reduce(|a, b| ops::mul(&a, &b));
        let mut shape = found.shape().to_vec();
        shape.remove(axis);
        found = match product {
            Some(product) => ops::reshape(&product, &shape),
            None => Var::constant(Tensor::ones(&shape)),
        };
    }
    found
}

/// Reductions over channels alone, or over rows and columns alone.
pub fn on_map<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
    x: &Slot,
) -> Result<Option<Vec<Bound>>, String> {
    let Some((mut axes, keep, f)) = reduction::<T>(call)? else {
        return Ok(None);
    };
    let (Some(map), true) = (x.map, x.batched) else {
        return Ok(None);
    };
    axes.sort_unstable();
    let mut sorted = map;
    sorted.sort_unstable();
    if axes == sorted && keep {
        return Ok(Some(vec![Bound::Live(over_grid(builder, x, move |x| {
            f(x, &[2, 3])
        }))]));
    }
    let others = x.others();
    let at: Option<Vec<usize>> = axes
        .iter()
        .map(|axis| others.iter().position(|o| o == axis).map(|p| p + 1))
        .collect();
    let Some(at) = at.filter(|at| !at.is_empty()) else {
        return Ok(None);
    };
    let sizes: Vec<usize> = others.iter().map(|&axis| x.shape[axis]).collect();
    let mut shape = x.shape.clone();
    axes.iter().for_each(|&axis| shape[axis] = 1);
    let mut reduced = Slot { shape, ..x.clone() };
    if !keep {
        for &axis in axes.iter().rev() {
            reduced.shape.remove(axis);
        }
        let before = |side: usize| axes.iter().filter(|&&axis| axis < side).count();
        reduced.map = Some(map.map(|side| side - before(side)));
    }
    let channels = reduced.channels();
    let layer = Pixelwise::new(Kind::Other, channels, move |x: &[Var<T>]| {
        let [n, _, h, w] = x[0].value().nchw("a reduction");
        ops::reshape(&f(&apart(&x[0], &sizes), &at), &[n, channels, h, w])
    });
    let value = builder.add(layer, &[x.value]);
    Ok(Some(vec![Bound::Live(Slot { value, ..reduced })]))
}
