use super::Sequential;
use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::feature::{larger, smaller};
use crate::nn::module::Visitor;
use crate::nn::state::dotted;
use crate::nn::{Context, Feature, Kind, Module, State};
use crate::padding::Sides;
use crate::rng::Seed;

/// The sum of a body and a shortcut; the shortcut's layers are named `downsample`, as in torchvision.
///
/// Under optimal padding both branches are cropped to the smaller margin of the two.
pub struct Residual<T> {
    body: Sequential<T>,
    shortcut: Sequential<T>,
}

const SHORTCUT: &str = "downsample";

impl<T: Scalar> Residual<T> {
    /// body(x) + x.
    pub fn new(body: Sequential<T>) -> Residual<T> {
        Residual {
            body,
            shortcut: Sequential::new(),
        }
    }

    /// body(x) + shortcut(x).
    pub fn with_shortcut(body: Sequential<T>, shortcut: Sequential<T>) -> Residual<T> {
        Residual { body, shortcut }
    }
}

impl<T: Scalar> Module<T> for Residual<T> {
    fn kind(&self) -> Kind {
        Kind::Composition
    }

    fn init(&self, path: &str, state: &mut State<T>, seed: Seed) {
        self.body.init(path, state, seed);
        self.shortcut.init(&dotted(path, SHORTCUT), state, seed);
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let body = self.body.forward(x.clone(), cx)?;
        let shortcut = cx.layer(SHORTCUT, |cx| self.shortcut.forward(x, cx))?;
        let margin = smaller(body.margin, shortcut.margin);
        let (body, shortcut) = (body.cropped(margin), shortcut.cropped(margin));
        Ok(body.pointwise(|body| ops::add(body, &shortcut.value)))
    }

    fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        self.body.output_size(path, size)
    }

    fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        let body = self.body.needed_margin(path, size, output)?;
        let shortcut = self
            .shortcut
            .needed_margin(&dotted(path, SHORTCUT), size, output)?;
        Ok(larger(body, shortcut))
    }

    fn output_shape(&self, path: &str, input: [usize; 3]) -> Result<[usize; 3]> {
        self.body.output_shape(path, input)
    }

    fn visit(&self, path: &str, input: [usize; 3], visit: Visitor<'_, T>) -> Result<()> {
        self.body.visit(path, input, visit)?;
        self.shortcut.visit(&dotted(path, SHORTCUT), input, visit)
    }
}
