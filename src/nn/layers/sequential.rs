use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::module::Visitor;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Module, Part, State};
use crate::padding::Sides;
use crate::rng::Seed;

/// Named modules, one after the other.
pub struct Sequential<T> {
    children: Vec<(String, Box<dyn Module<T>>)>,
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
        let mut children = self.children.iter().peekable();
        while let Some((name, module)) = children.next() {
            let relu = children
                .peek()
                .filter(|(_, m)| matches!(m.part(), Part::Relu));
            x = match (module.part(), relu) {
                (Part::BatchNorm2d(norm), Some((relu, _))) if !cx.watches(name) => {
                    let both = cx.layers([name, relu], |cx| Ok(norm.forward_relu(x, cx)));
                    children.next();
                    both
                }
                _ => cx.layer(name, |cx| module.forward(x, cx)),
            }?;
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
