//! Operations on whole tensors of any rank, for constants and for what is no map.
//!
//! A tensor at run time begins with the axis of the images. A function here serves both constants, in f64, and the
//! values of a network.

use super::constant::Constant;
use super::node::{OnnxNode, from_end};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::tensor::{Tensor, shape};

/// Where an input comes from.
#[derive(Clone)]
pub enum Source<E: Scalar> {
    /// The variable of this number.
    Live(usize),
    /// A constant, [1, …].
    Fixed(Tensor<E>),
}

/// An input of an operation.
#[derive(Clone)]
pub struct Input<E: Scalar> {
    /// As the file has it, with one image.
    pub shape: Vec<usize>,
    /// Whether axis 0 is the images'.
    pub batched: bool,
    pub source: Source<E>,
}

impl<E: Scalar> Input<E> {
    /// The variable itself.
    pub fn of(&self, variables: &[Var<E>]) -> Var<E> {
        match &self.source {
            Source::Live(index) => variables[*index].clone(),
            Source::Fixed(tensor) => Var::constant(tensor.clone()),
        }
    }

    /// The axis at run time.
    ///
    /// # Errors
    /// Where it is that of the images.
    fn axis(&self, axis: usize) -> Result<usize, String> {
        match (self.batched, axis) {
            (true, 0) => Err("it mixes the images of a batch".to_string()),
            (batched, axis) => Ok(axis + usize::from(!batched)),
        }
    }

    /// The shape of one image.
    fn per_image(&self) -> &[usize] {
        &self.shape[usize::from(self.batched)..]
    }
}

pub type Function<E> = Box<dyn Fn(&[Var<E>]) -> Var<E> + Send + Sync>;

/// An output of an operation.
pub struct Output<E: Scalar> {
    pub shape: Vec<usize>,
    pub batched: bool,
    pub function: Function<E>,
}

/// What an operation gives.
pub struct Operation<E: Scalar> {
    pub outputs: Vec<Output<E>>,
}

/// An operation of one output.
pub fn one<E: Scalar>(
    shape: Vec<usize>,
    batched: bool,
    function: impl Fn(&[Var<E>]) -> Var<E> + Send + Sync + 'static,
) -> Operation<E> {
    let function = Box::new(function);
    Operation {
        outputs: vec![Output {
            shape,
            batched,
            function,
        }],
    }
}

/// f of every element.
pub fn unary<E: Scalar>(
    x: Input<E>,
    f: impl Fn(&Var<E>) -> Var<E> + Send + Sync + 'static,
) -> Operation<E> {
    one(x.shape.clone(), x.batched, move |v| f(&x.of(v)))
}

/// f of all inputs in turn, from the left, element by element with broadcasting.
///
/// # Errors
/// Where there is none, or they do not broadcast.
pub fn joined<E: Scalar>(
    inputs: Vec<Input<E>>,
    f: fn(&Var<E>, &Var<E>) -> Var<E>,
) -> Result<Operation<E>, String> {
    if inputs.is_empty() {
        return Err("it has no input".to_string());
    }
    let (shape, batched, views) = broadcast(&inputs.iter().collect::<Vec<_>>())?;
    Ok(one(shape, batched, move |v| {
        let mut each = inputs
            .iter()
            .zip(&views)
            .map(|(i, view)| viewed(&i.of(v), view));
        let first = each
            .next()
            .unwrap_or_else(|| Var::constant(Tensor::zeros(&[1])));
        each.fold(first, |sum, x| f(&sum, &x))
    }))
}

/// The shape to which all broadcast, whether it has the images' axis, and the shape per image of each in it.
type Broadcast = (Vec<usize>, bool, Vec<Vec<usize>>);

fn broadcast<E: Scalar>(inputs: &[&Input<E>]) -> Result<Broadcast, String> {
    let mut shape = Vec::new();
    for input in inputs {
        shape = shape::broadcast(&shape, &input.shape).ok_or_else(|| {
            let shapes: Vec<&[usize]> = inputs.iter().map(|i| &i.shape[..]).collect();
            format!("the shapes {shapes:?} do not broadcast")
        })?;
    }
    let rank = shape.len();
    let batched = inputs.iter().any(|i| i.batched && i.shape.len() == rank);
    let per_image = rank - usize::from(batched);
    let mut views = Vec::new();
    for input in inputs {
        let own = match batched && !input.batched && input.shape.len() == rank {
            true if input.shape[0] == 1 => &input.shape[1..],
            true => return Err("it mixes the images of a batch".to_string()),
            false => input.per_image(),
        };
        let missing = per_image - own.len();
        views.push([vec![1; missing], own.to_vec()].concat());
    }
    Ok((shape, batched, views))
}

/// The variable with another shape per image.
fn viewed<E: Scalar>(x: &Var<E>, per_image: &[usize]) -> Var<E> {
    match &x.shape()[1..] == per_image {
        true => x.clone(),
        false => ops::reshape(x, &[&x.shape()[..1], per_image].concat()),
    }
}

/// The variable repeated to this shape per image and to `samples` images.
fn expanded<E: Scalar>(x: &Var<E>, samples: usize, per_image: &[usize]) -> Var<E> {
    let to = [&[samples], per_image].concat();
    match x.shape() == to {
        true => x.clone(),
        false => ops::mul(&Var::constant(Tensor::ones(&to)), x),
    }
}

fn samples<E: Scalar>(variables: &[Var<E>]) -> usize {
    variables.first().map_or(1, |v| v.shape()[0])
}

/// The elements in the same order under another shape of as many.
pub fn reshape<E: Scalar>(x: Input<E>, shape: Vec<usize>) -> Operation<E> {
    // One image stays one; whatever the axis in front is called, it is the images' if it has one entry.
    let batched = x.batched && shape.first() == Some(&1);
    let per_image = shape[usize::from(batched)..].to_vec();
    one(shape, batched, move |v| viewed(&x.of(v), &per_image))
}

/// The axes in another order.
///
/// # Errors
/// Where the images' axis would move.
pub fn transpose<E: Scalar>(x: Input<E>, order: &[usize]) -> Result<Operation<E>, String> {
    let shape: Vec<usize> = order.iter().map(|&axis| x.shape[axis]).collect();
    let (batched, moved) = match x.batched {
        false => (false, order.iter().map(|axis| axis + 1).collect()),
        true if order.first() == Some(&0) => (true, order[1..].to_vec()),
        true => {
            // One image: its axis may go anywhere, and is then an ordinary one.
            return transpose_of_one(x, order, shape);
        }
    };
    let order: Vec<usize> = [vec![0], moved].concat();
    Ok(one(shape, batched, move |v| ops::permute(&x.of(v), &order)))
}

fn transpose_of_one<E: Scalar>(
    x: Input<E>,
    order: &[usize],
    shape: Vec<usize>,
) -> Result<Operation<E>, String> {
    let inner: Vec<usize> = order.iter().copied().filter(|&axis| axis != 0).collect();
    let inner = [vec![0], inner].concat();
    let per_image = shape.clone();
    Ok(one(shape, false, move |v| {
        viewed(&ops::permute(&x.of(v), &inner), &per_image)
    }))
}

/// The inputs one after the other along an axis.
///
/// # Errors
/// Where they do not fit, or it is the images' axis.
pub fn concat<E: Scalar>(inputs: Vec<Input<E>>, axis: i64) -> Result<Operation<E>, String> {
    let Some(first) = inputs.first() else {
        return Err("nothing to join".to_string());
    };
    let axis = from_end(axis, first.shape.len())?;
    let mut shape = first.shape.clone();
    for input in &inputs {
        let fits = input.shape.len() == shape.len()
            && (0..shape.len()).all(|a| a == axis || input.shape[a] == shape[a]);
        if !fits {
            let (a, b) = (&first.shape, &input.shape);
            return Err(format!("the shapes {a:?} and {b:?} cannot be joined"));
        }
    }
    shape[axis] = inputs.iter().map(|i| i.shape[axis]).sum();
    let batched = inputs.iter().any(|i| i.batched);
    if batched && axis == 0 {
        return Err("it mixes the images of a batch".to_string());
    }
    let skip = usize::from(batched);
    let at = axis + 1 - skip;
    Ok(one(shape, batched, move |v| {
        let each = inputs.iter().map(|i| {
            let per_image = &i.shape[skip..];
            expanded(&viewed(&i.of(v), per_image), samples(v), per_image)
        });
        let each: Vec<Var<E>> = each.collect();
        ops::concat(&each.iter().collect::<Vec<_>>(), at)
    }))
}

/// The entries `picked` of an axis, in this order.
///
/// # Errors
/// Where it is the images' axis.
pub fn pick<E: Scalar>(
    x: Input<E>,
    axis: usize,
    picked: Vec<usize>,
) -> Result<Operation<E>, String> {
    let mut shape = x.shape.clone();
    shape[axis] = picked.len();
    if x.batched && axis == 0 && picked == [0] {
        return Ok(unary(x, Var::clone));
    }
    let at = x.axis(axis)?;
    let batched = x.batched;
    Ok(one(shape, batched, move |v| {
        picked_from(&x.of(v), at, &picked)
    }))
}

/// The entries `picked` of an axis.
pub fn picked_from<E: Scalar>(x: &Var<E>, axis: usize, picked: &[usize]) -> Var<E> {
    let mut parts = Vec::new();
    let mut rest = picked;
    while let Some(&start) = rest.first() {
        let run = rest
            .iter()
            .zip(start..)
            .take_while(|(a, b)| **a == *b)
            .count();
        parts.push(ops::narrow(x, axis, start, run));
        rest = &rest[run..];
    }
    match parts.as_slice() {
        [] => ops::narrow(x, axis, 0, 0),
        [part] => part.clone(),
        parts => ops::concat(&parts.iter().collect::<Vec<_>>(), axis),
    }
}

/// The tensor repeated to a shape that it broadcasts to.
///
/// # Errors
/// Where it does not.
pub fn expand<E: Scalar>(x: Input<E>, to: &[usize]) -> Result<Operation<E>, String> {
    let ones = Input {
        shape: to.to_vec(),
        batched: false,
        source: Source::Fixed(Tensor::ones(&[&[1], to].concat())),
    };
    joined(vec![ones, x], ops::mul)
}

/// A reduction over axes.
///
/// # Errors
/// Where one of them is the images'.
pub fn reduce<E: Scalar>(
    x: Input<E>,
    axes: &[usize],
    keep: bool,
    f: impl Fn(&Var<E>, &[usize]) -> Var<E> + Send + Sync + 'static,
) -> Result<Operation<E>, String> {
    let at: Vec<usize> = axes.iter().map(|&a| x.axis(a)).collect::<Result<_, _>>()?;
    let kept: Vec<usize> = (x.shape.iter().enumerate())
        .map(|(a, &n)| if axes.contains(&a) { 1 } else { n })
        .collect();
    let left = |a: &usize| keep || !axes.contains(a);
    let shape: Vec<usize> = (0..kept.len()).filter(left).map(|a| kept[a]).collect();
    let batched = x.batched;
    let per_image = shape[usize::from(batched)..].to_vec();
    if at.is_empty() {
        return Ok(unary(x, Var::clone));
    }
    Ok(one(shape, batched, move |v| {
        viewed(&f(&x.of(v), &at), &per_image)
    }))
}

/// A function along one axis that keeps the shape, such as a softmax.
///
/// # Errors
/// Where it is the images' axis.
pub fn along<E: Scalar>(
    x: Input<E>,
    axis: i64,
    f: impl Fn(&Var<E>, usize) -> Var<E> + Send + Sync + 'static,
) -> Result<Operation<E>, String> {
    let at = x.axis(from_end(axis, x.shape.len())?)?;
    Ok(unary(x, move |v| f(v, at)))
}

/// The matrix product, matrices in the last two axes, the others broadcast.
///
/// # Errors
/// Where the shapes do not fit.
pub fn matmul<E: Scalar>(a: Input<E>, b: Input<E>) -> Result<Operation<E>, String> {
    let unfit = || format!("the product of {:?} and {:?}", a.shape, b.shape);
    let (n, m) = (a.shape.len(), b.shape.len());
    if n < 2 || m < 2 || a.shape[n - 1] != b.shape[m - 2] {
        return Err(unfit());
    }
    let rows_are_images = a.batched && n == 2;
    // Rows that are images stay so only before a matrix that is the same for all of them.
    let mixed = match rows_are_images {
        true => b.batched || m != 2,
        false => b.batched && m == 2,
    };
    if mixed {
        return Err("it mixes the images of a batch".to_string());
    }
    let matrix = [a.shape[n - 2], b.shape[m - 1]];
    if rows_are_images {
        return Ok(one(matrix.to_vec(), true, move |v| {
            let b = b.of(v);
            let b = ops::reshape(&b, &b.shape()[1..]);
            ops::matmul(&a.of(v), &b)
        }));
    }
    let strip = |x: &Input<E>| Input {
        shape: x.shape[..x.shape.len() - 2].to_vec(),
        ..x.clone()
    };
    let (front, batched, views) = broadcast(&[&strip(&a), &strip(&b)])?;
    let shape = [&front[..], &matrix[..]].concat();
    let per_image = front[usize::from(batched)..].to_vec();
    let (last_a, last_b) = (
        [a.shape[n - 2], a.shape[n - 1]],
        [b.shape[m - 2], b.shape[m - 1]],
    );
    Ok(one(shape, batched, move |v| {
        let of = |x: &Input<E>, view: &[usize], last: [usize; 2]| {
            let x = viewed(&x.of(v), &[view, &last[..]].concat());
            expanded(&x, samples(v), &[&per_image[..], &last[..]].concat())
        };
        ops::matmul(&of(&a, &views[0], last_a), &of(&b, &views[1], last_b))
    }))
}

/// What the operation gives for constants alone.
pub fn evaluate(operation: Operation<f64>) -> Vec<Tensor<f64>> {
    let outputs = operation.outputs.into_iter();
    outputs
        .map(|o| (o.function)(&[]).into_value().reshape(&o.shape))
        .collect()
}

/// Axes from an attribute or a constant input, each once and in order; none where they are not given.
///
/// # Errors
/// Where one does not exist or is not known.
pub fn axes_of(
    node: &OnnxNode,
    input: Option<&Constant>,
    rank: usize,
) -> Result<Option<Vec<usize>>, String> {
    let given = node.ints("axes").or_else(|| input.map(Constant::to_ints));
    let Some(given) = given else { return Ok(None) };
    let mut axes: Vec<usize> = given
        .iter()
        .map(|&axis| from_end(axis, rank))
        .collect::<Result<_, _>>()?;
    axes.sort_unstable();
    axes.dedup();
    Ok(Some(axes))
}
