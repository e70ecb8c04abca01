//! Gradients that are wrong on purpose, each a mistake that is easily made; a check that does not catch
//! them is worth nothing.

use std::fmt;
use std::sync::Arc;

use crate::autodiff::{Backward, Tape, Var, ops};
use crate::error::{Error, Result};
use crate::padding::{Axis, Padding, Sides};
use crate::tensor::Tensor;

/// A planted mistake in the backward pass; the forward pass stays right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// What flows to padded pixels is lost.
    HaloDropped,
    /// Of all the padded pixels that show the same pixel one counts, as if `=` stood for `+=`.
    HaloCountedOnce,
    /// The image's gradient with rows and columns swapped.
    TransposedAxes,
    /// What flows to a padded pixel lands one column beside the pixel that it shows.
    OffByOne,
    /// The bias gets no gradient.
    MissingBias,
}

impl Broken {
    /// Every kind.
    pub const ALL: [Broken; 5] = [
        Broken::HaloDropped,
        Broken::HaloCountedOnce,
        Broken::TransposedAxes,
        Broken::OffByOne,
        Broken::MissingBias,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Broken::HaloDropped => "halo-dropped",
            Broken::HaloCountedOnce => "halo-counted-once",
            Broken::TransposedAxes => "transposed-axes",
            Broken::OffByOne => "off-by-one",
            Broken::MissingBias => "missing-bias",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// A usage error that lists the names where it is none of them.
    pub fn parse(name: &str) -> Result<Broken> {
        let found = Broken::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| Error::unknown("break", name, Broken::ALL.map(Broken::name)))
    }

    /// The operation `apply` on the inputs `v`, of which the first is padded on `sides`, with this mistake in its
    /// gradients.
    pub fn planted(
        self,
        (padding, sides): (Padding, Sides),
        v: &[Var<f64>],
        apply: impl Fn(&[Var<f64>], Padding) -> Var<f64> + Send + Sync + 'static,
    ) -> Var<f64> {
        let windowed = Windowed {
            sides,
            padding,
            apply: Arc::new(apply),
        };
        run(self, &windowed, v)
    }

    /// Whether the operation has what this breaks.
    pub(super) fn breaks(self, op: &str) -> bool {
        self != Broken::MissingBias || op == "conv2d"
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Broken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Broken> {
        Broken::parse(text)
    }
}

type Apply = dyn Fn(&[Var<f64>], Padding) -> Var<f64> + Send + Sync;

/// An operation whose first input is padded, and the border of its input.
#[derive(Clone)]
pub(super) struct Windowed {
    pub sides: Sides,
    pub padding: Padding,
    pub apply: Arc<Apply>,
}

/// The operation with its forward pass and the gradients of `kind`.
pub(super) fn run(kind: Broken, windowed: &Windowed, v: &[Var<f64>]) -> Var<f64> {
    let constants: Vec<Var<f64>> = v.iter().map(Var::detach).collect();
    let value = (windowed.apply)(&constants, windowed.padding).into_value();
    let inputs: Vec<&Var<f64>> = v.iter().collect();
    Var::record(value, &inputs, || Wrong {
        kind,
        windowed: windowed.clone(),
        inputs: constants.into_iter().map(Var::into_value).collect(),
    })
}

struct Wrong {
    kind: Broken,
    windowed: Windowed,
    inputs: Vec<Tensor<f64>>,
}

impl Backward<f64> for Wrong {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    fn backward(self: Box<Self>, grad: Tensor<f64>, _needs: &[bool]) -> Vec<Option<Tensor<f64>>> {
        let Windowed { padding, .. } = self.windowed;
        match self.kind {
            Broken::HaloDropped => self.gradients(padding.detach(), grad),
            Broken::TransposedAxes => {
                let mut grads = self.gradients(padding, grad);
                grads[0] = grads[0].as_ref().map(transposed);
                grads
            }
            Broken::MissingBias => {
                let mut grads = self.gradients(padding, grad);
                grads[2] = None;
                grads
            }
            Broken::HaloCountedOnce => {
                self.halo_again(grad, |sum, padded, to| sum[to] = padded, |column, _| column)
            }
            Broken::OffByOne => self.halo_again(
                grad,
                |sum, padded, to| sum[to] += padded,
                |column, n| (column + 1) % n,
            ),
        }
    }
}

impl Wrong {
    /// The gradients that the operation itself gives under `padding`.
    fn gradients(&self, padding: Padding, grad: Tensor<f64>) -> Vec<Option<Tensor<f64>>> {
        differentiate(&self.inputs, grad, |v| (self.windowed.apply)(v, padding))
    }

    /// The gradients with what flows to padded pixels gathered anew: `land` puts the gradient of a
    /// padded pixel where it belongs, `column` says beside which pixel. Paddings that show no pixels
    /// keep their gradient.
    fn halo_again(
        &self,
        grad: Tensor<f64>,
        land: impl Fn(&mut [f64], f64, usize),
        column: impl Fn(usize, usize) -> usize,
    ) -> Vec<Option<Tensor<f64>>> {
        let Windowed { padding, sides, .. } = self.windowed;
        if !matches!(padding.rule(), crate::padding::Rule::Index(_)) || padding.stops_gradient() {
            return self.gradients(padding, grad);
        }
        let written = padding.extent(sides);
        let mut inputs = self.inputs.clone();
        inputs[0] = ops::pad2d(&Var::constant(inputs[0].clone()), written).into_value();
        let mut grads = differentiate(&inputs, grad, |v| {
            (self.windowed.apply)(v, Padding::valid())
        });
        let [.., h, w] = self.inputs[0].nchw("pad2d");
        let [rows, columns] = padding.axes(sides, [h, w]);
        grads[0] = grads[0].as_ref().map(|padded| {
            let map = rows.padded() * columns.padded();
            let maps = padded.data().chunks(map.max(1));
            let folded = maps.flat_map(|map| fold(map, [&rows, &columns], &land, &column));
            Tensor::from_vec(folded.collect(), self.inputs[0].shape())
        });
        grads
    }
}

/// The gradient of one map from that of its padded self: the inside as it is, plus the halo's.
fn fold(
    padded: &[f64],
    [rows, columns]: [&Axis; 2],
    land: &impl Fn(&mut [f64], f64, usize),
    beside: &impl Fn(usize, usize) -> usize,
) -> Vec<f64> {
    let (mut inside, mut halo) = (vec![0.0; rows.n * columns.n], vec![0.0; rows.n * columns.n]);
    for (i, &grad) in padded.iter().enumerate() {
        let (row, column) = (i / columns.padded(), i % columns.padded());
        let (y, x) = (rows.source[row] as usize, columns.source[column] as usize);
        if rows.inside().contains(&row) && columns.inside().contains(&column) {
            inside[y * columns.n + x] = grad;
        } else {
            land(&mut halo, grad, y * columns.n + beside(x, columns.n));
        }
    }
    inside.iter().zip(halo).map(|(i, h)| i + h).collect()
}

fn differentiate(
    inputs: &[Tensor<f64>],
    grad: Tensor<f64>,
    f: impl Fn(&[Var<f64>]) -> Var<f64>,
) -> Vec<Option<Tensor<f64>>> {
    let tape = Tape::new();
    let leaves: Vec<Var<f64>> = inputs.iter().map(|x| tape.leaf(x.clone())).collect();
    let mut gradients = f(&leaves).backward_with(grad);
    leaves.iter().map(|leaf| gradients.take(leaf)).collect()
}

/// Every map with its columns where its rows should be.
fn transposed(x: &Tensor<f64>) -> Tensor<f64> {
    let [.., h, w] = x.nchw("transposed-axes");
    let maps = x.data().chunks((h * w).max(1));
    let columns =
        |map: &[f64]| -> Vec<f64> { (0..h * w).map(|i| map[i % h * w + i / h]).collect() };
    Tensor::from_vec(maps.flat_map(columns).collect(), x.shape())
}
