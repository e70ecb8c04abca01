//! The planes of transformed tiles, and the products that they are the factors of.

use crate::kernels::conv::algorithms::winograd::{PLANES, SPAN};
use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::shared::memory::apart;
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::{MAX_WIDTH, TileEpilogue};
use crate::kernels::simd::sweep::{Row, Start, Steps, Sweep};

/// Where planes lie one after the other.
#[derive(Clone, Copy)]
pub struct Planes {
    /// From one plane to the next.
    plane: usize,
}

impl Planes {
    /// Planes of `rows` rows of `width` elements.
    pub fn new(rows: usize, width: usize) -> Planes {
        Planes {
            plane: apart(rows * width),
        }
    }

    pub fn len(&self) -> usize {
        PLANES * self.plane
    }

    /// From one row of planes to the next, and from one plane to the next.
    pub fn strides(&self) -> [usize; 2] {
        [SPAN * self.plane, self.plane]
    }
}

/// In every plane out\[row\] ← start + Σ over steps of left · right.
pub struct Product<'a> {
    pub rows: &'a [Row],
    pub steps: &'a Steps,
    pub left: (&'a [f32], Planes),
    pub right: (&'a [f32], Planes),
    pub columns: &'a Columns,
    /// Whether the sums go on from what `out` holds.
    pub goes_on: bool,
}

impl Product<'_> {
    pub fn run<S: Simd>(&self, simd: S, (out, planes): (&mut [f32], Planes)) {
        let zeros = [0.0; MAX_WIDTH];
        for plane in 0..PLANES {
            simd.vectorize(Sweep {
                source: &self.left.0[plane * self.left.1.plane..],
                rows: self.rows,
                steps: self.steps,
                panel: &self.right.0[plane * self.right.1.plane..],
                vectors: self.columns.vectors,
                start: match self.goes_on {
                    true => Start::Output,
                    false => Start::Vectors(&zeros),
                },
                out: &mut out[plane * planes.plane..],
                shift: 0,
                epilogue: TileEpilogue::default(),
            });
        }
    }
}
