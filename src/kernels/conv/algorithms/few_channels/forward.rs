//! The pass forward with vectors along the rows of the image.
#![allow(unsafe_code)]

use crate::kernels::conv::passes::Forward;
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::{blocks, largest};
use crate::kernels::conv::shared::factors::{Factors, Piece};
use crate::kernels::conv::shared::memory::{Output, Scratch};
use crate::kernels::conv::shared::strip::Layout;
use crate::kernels::simd::Simd;
use crate::kernels::simd::finish::Finish;
use crate::kernels::simd::places::{Place, PlaceSums};

/// What the pieces have in common.
struct Plan {
    layout: Layout,
    /// The weights of every group.
    factors: Vec<Factors>,
    /// Where the terms of a sum lie, from the start of its window.
    offsets: Vec<u32>,
}

/// Numbers of a strip, such that it stays in the second-level cache.
const STRIP: usize = 96 << 10;

/// Whether sums are short, and rows fill vectors but for a ninth.
pub fn suits<S: Simd>(_: S, shape: &ConvShape) -> bool {
    const TERMS: usize = 160;
    let across = shape.output[1];
    // The last vector of a row ends with it and computes some pixels again.
    let computed = across.div_ceil(S::LANES) * S::LANES;
    shape.depth() <= TERMS
        && shape.window.stride == [1, 1]
        && across >= S::LANES
        && computed * 8 <= across * 9
}

impl Forward<'_> {
    /// The pass with vectors along the rows of the image.
    pub fn few_channels<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let padded = self.border.axes[1].padded();
        let rows = (STRIP / (shape.group_channels() * padded).max(1)).max(2 * shape.window.span(0));
        let target = (rows - shape.window.span(0) + 1) * shape.output[1];
        // Parts of one image, lest a piece be too large to share out.
        let blocks = blocks(shape, 0..shape.batch, target.min(shape.output_pixels()));
        let layout = Layout::new(shape, largest(blocks.iter()), padded);
        let plan = Plan {
            offsets: layout.terms(shape.group_channels(), shape.taps()),
            factors: self.factors(),
            layout,
        };
        let work = |piece: &Piece, scratch: &mut Scratch, y: &Output| {
            self.piece_few_channels(simd, &plan, piece, scratch, y);
        };
        // SAFETY: a piece is written whole, and nothing beyond it.
        unsafe { self.in_pieces(&plan.factors, &blocks, work) }
    }

    fn piece_few_channels<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, block) = (self.shape, &piece.block);
        let per_group = shape.group_channels();
        let channels = piece.group * per_group..(piece.group + 1) * per_group;
        let strip = scratch.strip.take(per_group * plan.layout.channel);
        let layout = &plan.layout;
        layout.fill(simd, self.source(), false, block, channels, strip);
        let places = places::<S>(shape, layout, block.rows.len());
        for (out_channels, factors) in &plan.factors[piece.group].blocks[piece.out_channels.clone()]
        {
            let first = piece.group * shape.group_out_channels() + out_channels.start;
            let of_all = first..first + out_channels.len();
            let (bias, norms) = (self.start(of_all.clone()), self.norms(of_all));
            for (i, n) in block.images.clone().enumerate() {
                let map = (n * shape.out_channels + first) * shape.output_pixels();
                simd.vectorize(PlaceSums {
                    source: &strip[i * layout.image..],
                    places: &places,
                    offsets: &plan.offsets,
                    factors,
                    start: &bias,
                    maps: out_channels.len(),
                    finish: Finish {
                        norms: norms.as_ref(),
                        relu: self.epilogue.relu,
                    },
                    // SAFETY: no other piece has these output channels at these pixels.
                    out: unsafe { y.at(map + block.rows.start * shape.output[1]) },
                    map: shape.output_pixels(),
                });
            }
        }
    }
}

/// The vectors of some rows; the last of a row ends with it and may overlap the one before.
fn places<S: Simd>(shape: &ConvShape, layout: &Layout, rows: usize) -> Vec<Place> {
    let across = shape.output[1];
    let of_row = |row: usize| {
        let firsts = (0..across).step_by(S::LANES);
        firsts.map(move |first| {
            let column = first.min(across - S::LANES);
            Place {
                source: (row * layout.width + column) as u32,
                out: (row * across + column) as u32,
            }
        })
    };
    (0..rows).flat_map(of_row).collect()
}
