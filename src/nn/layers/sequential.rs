use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::module::Visitor;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Mode, Module, Part, State};
use crate::padding::Sides;
use crate::rng::Seed;

/// Named modules, one after the other.
pub struct Sequential<T> {
    children: Vec<Child<T>>,
}

impl<T: Scalar> Default for Sequential<T> {
    fn default() -> Sequential<T> {
        Sequential::new()
    }
}

impl<T: Scalar> Sequential<T> {
    /// Nothing yet: the identity.
    pub fn new() -> Sequential<T> {
        Sequential {
            children: Vec::new(),
        }
    }

    /// Adds a module under a name of its own.
    pub fn named(mut self, name: &str, module: impl Module<T> + 'static) -> Sequential<T> {
        self.children.push((name.to_string(), Box::new(module)));
        self
    }

    /// Adds a module named by its number, as in PyTorch's `Sequential`.
    pub fn push(&mut self, module: impl Module<T> + 'static) {
        let name = self.children.len().to_string();
        self.children.push((name, Box::new(module)));
    }
}

/// A module with its name.
type Child<T> = (String, Box<dyn Module<T>>);

/// Runs as many of the first children together as can be, and says how many.
fn first_together<T: Scalar>(
    children: &[Child<T>],
    x: Feature<T>,
    cx: &mut Context<'_, T>,
) -> Result<(usize, Feature<T>)> {
    let evaluates = cx.mode() == Mode::Eval;
    let name = |i: usize| children[i].0.as_str();
    let output = match unwatched(children, cx)[..] {
        [Part::Conv2d(conv), Part::BatchNorm2d(norm), Part::Relu] if evaluates => {
            let norm = cx.at(name(1), |cx| norm.running(cx));
            let all = |x: &_, w: &_, b: Option<&_>, options: &_| {
                ops::conv2d_batch_norm2d_eval_relu(x, w, b, options, &norm)
            };
            (
                3,
                cx.layers([name(0), name(2)], |cx| conv.apply(x, cx, all)),
            )
        }
        [Part::Conv2d(conv), Part::BatchNorm2d(norm), ..] if evaluates => {
            let norm = cx.at(name(1), |cx| norm.running(cx));
            let both = |x: &_, w: &_, b: Option<&_>, options: &_| {
                ops::conv2d_batch_norm2d_eval(x, w, b, options, &norm)
            };
            (
                2,
                cx.layers([name(0), name(1)], |cx| conv.apply(x, cx, both)),
            )
        }
        [Part::Conv2d(conv), Part::Relu, ..] => {
            let both = |cx: &mut Context<'_, T>| conv.apply(x, cx, ops::conv2d_relu);
            (2, cx.layers([name(0), name(1)], both))
        }
        [Part::BatchNorm2d(norm), Part::Relu, ..] => {
            let both = |cx: &mut Context<'_, T>| Ok(norm.forward_relu(x, cx));
            (2, cx.layers([name(0), name(1)], both))
        }
        _ => (1, cx.layer(name(0), |cx| children[0].1.forward(x, cx))),
    };
    let (count, y) = output;
    Ok((count, y?))
}

/// The first children up to one whose output must be computed by itself, at most three.
fn unwatched<'a, T: Scalar>(children: &'a [Child<T>], cx: &Context<'_, T>) -> Vec<Part<'a>> {
    let mut parts = Vec::with_capacity(3);
    for (name, module) in children.iter().take(3) {
        parts.push(module.part());
        if cx.watches(name) {
            break;
        }
    }
    parts
}

impl<T: Scalar> Module<T> for Sequential<T> {
    fn kind(&self) -> Kind {
        Kind::Composition
    }

    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        for (name, module) in &self.children {
            module.init(&dotted(path, name), state, seed);
        }
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let mut x = x;
        let mut rest = &self.children[..];
        while !rest.is_empty() {
            let (count, y) = first_together(rest, x, cx)?;
            x = y;
            rest = &rest[count..];
        }
        Ok(x)
    }

    fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        self.children.iter().try_fold(size, |size, (name, module)| {
            module.output_size(&dotted(path, name), size)
        })
    }

    fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        let mut sizes = vec![size];
        for (name, module) in &self.children {
            let size = sizes[sizes.len() - 1];
            sizes.push(module.output_size(&dotted(path, name), size)?);
        }
        let backwards = self.children.iter().zip(sizes).rev();
        backwards
            .into_iter()
            .try_fold(output, |margin, ((name, module), size)| {
                module.needed_margin(&dotted(path, name), size, margin)
            })
    }

    fn output_shape(&self, path: &str, input: [usize; 3]) -> Result<[usize; 3]> {
        self.children
            .iter()
            .try_fold(input, |shape, (name, module)| {
                module.output_shape(&dotted(path, name), shape)
            })
    }

    fn visit(&self, path: &str, input: [usize; 3], visit: Visitor<'_, T>) -> Result<()> {
        let mut shape = input;
        for (name, module) in &self.children {
            let path = dotted(path, name);
            module.visit(&path, shape, visit)?;
            shape = module.output_shape(&path, shape)?;
            visit(&path, module.as_ref(), shape);
        }
        Ok(())
    }
}
