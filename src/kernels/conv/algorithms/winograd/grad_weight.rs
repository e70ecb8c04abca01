//! The gradient of the weight: in every plane, rows are channels, steps are tiles, panels hold output channels.

use crate::kernels::conv::algorithms::winograd::frame::{Frame, Maps};
use crate::kernels::conv::algorithms::winograd::lines::{Input, OutputGrad, Transform, WeightGrad};
use crate::kernels::conv::algorithms::winograd::planes::{Planes, Product};
use crate::kernels::conv::algorithms::winograd::{Grid, SIDE, SPAN, TILES};
use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::passes::GradWeight;
use crate::kernels::conv::pieces::weight_pieces::Piece;
use crate::kernels::conv::shared::block::{Block, largest};
use crate::kernels::conv::shared::memory::{Buffer, Scratch};
use crate::kernels::conv::shared::strip::{Layout, prepare};
use crate::kernels::simd::Simd;
use crate::kernels::simd::sweep::{Row, Step};

/// Tiles per block. Their number says which sums are added before others, and so does not follow what is best
/// for the cache.
const BLOCK: usize = 2 * TILES;

/// What the pieces have in common.
struct Plan {
    grid: Grid,
    columns: Vec<Columns>,
    /// Blocks of tiles.
    blocks: Vec<Block>,
    /// Whether no block is a part of an image.
    whole_images: bool,
    layout: Layout,
}

/// Buffers for the factors of the products.
struct Factors {
    /// Whether the strip already holds the border.
    prepared: bool,
    inputs: Buffer,
    grads: Buffer,
}

impl GradWeight<'_> {
    /// The pass by tiles.
    pub fn winograd<S: Simd>(&self, simd: S) -> Vec<f32> {
        let plan = self.plan_winograd::<S>();
        let sum =
            |piece: &Piece, scratch: &mut Scratch| self.piece_winograd(simd, &plan, piece, scratch);
        self.in_pieces(simd, &plan.columns, plan.blocks.len(), sum)
    }

    fn plan_winograd<S: Simd>(&self) -> Plan {
        let grid = Grid::new(self.shape.output);
        let blocks = grid.blocks(self.shape, 0..self.shape.batch, BLOCK);
        let [images, rows] = largest(blocks.iter());
        Plan {
            whole_images: rows == grid.down,
            grid,
            columns: Columns::split::<S>(self.shape.group_out_channels()),
            layout: Layout::new(
                self.shape,
                [images, rows * SIDE],
                self.border.axes[1].padded(),
            ),
            blocks,
        }
    }

    /// Panel after panel the sums of a piece, rows (channel, tap).
    fn piece_winograd<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
    ) -> Buffer {
        let channels = Columns::new::<S>(piece.channels.clone());
        let taps = self.shape.taps();
        let of_panel = channels.count * taps;
        let width: usize = plan.columns.iter().map(|c| c.width).sum();
        let mut all_sums = Buffer::borrow();
        let mut rest = all_sums.take(of_panel * width);
        let strip = scratch.strip.take(channels.count * plan.layout.channel);
        let mut factors = Factors {
            prepared: plan.whole_images && prepare(self.border, strip),
            inputs: Buffer::borrow(),
            grads: Buffer::borrow(),
        };
        for (panel, out_channels) in plan.columns.iter().enumerate() {
            // What a lone block reads stays the same from panel to panel.
            let knows_inputs = panel > 0 && piece.blocks.len() == 1;
            let of = (&channels, out_channels, knows_inputs);
            let planes = self.products(simd, plan, piece, of, &mut factors, scratch);
            let (to, later) = rest.split_at_mut(of_panel * out_channels.width);
            rest = later;
            let offset = |c: usize| [c, c * taps].map(|row| (row * out_channels.width) as u32);
            simd.vectorize(Transform::new(
                WeightGrad,
                (scratch.sums.get(planes.len()), planes.strides()),
                (to, [3 * out_channels.width, out_channels.width]),
                &(0..channels.count).map(offset).collect::<Vec<_>>(),
                out_channels.vectors,
            ));
        }
        factors.inputs.give_back();
        factors.grads.give_back();
        all_sums
    }

    /// The products of some channels and output channels, summed over the blocks of a piece.
    fn products<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        (channels, out_channels, knows_inputs): (&Columns, &Columns, bool),
        factors: &mut Factors,
        scratch: &mut Scratch,
    ) -> Planes {
        let row = |c| Row { source: c, out: c };
        let rows: Vec<Row> = (0..channels.count as u32).map(row).collect();
        let of_sums = Planes::new(channels.count, out_channels.width);
        let sums = scratch.sums.take(of_sums.len());
        let blocks = &plan.blocks[piece.blocks.clone()];
        // What is transformed for several panels is kept whole.
        let at_once = match plan.columns.len() > 1 && blocks.len() == 1 {
            true => blocks[0].images.len(),
            false => (TILES / plan.grid.tiles()).max(1),
        };
        let parts = blocks.iter().flat_map(|block| block.by_images(at_once));
        for (i, block) in parts.enumerate() {
            let tiles = Frame::new(plan.grid, &block, 0).tiles();
            let of_inputs = Planes::new(tiles, channels.width);
            let inputs = factors.inputs.take(of_inputs.len());
            if !knows_inputs {
                let of = (piece.group, channels, factors.prepared);
                let buffers = [&mut scratch.strip, &mut scratch.transposed];
                self.input_tiles(simd, plan, of, &block, buffers, (inputs, of_inputs));
            }
            let of_grads = Planes::new(tiles, out_channels.width);
            let grads = factors.grads.take(of_grads.len());
            let transposed = &mut scratch.transposed;
            self.grad_tiles(
                simd,
                plan,
                (piece.group, out_channels),
                &block,
                transposed,
                (grads, of_grads),
            );
            let step = |tile: usize| Step {
                source: (tile * channels.width) as u32,
                panel: tile as u32,
            };
            let product = Product {
                rows: &rows,
                steps: &(0..tiles).map(step).collect(),
                left: (inputs, of_inputs),
                right: (grads, of_grads),
                columns: out_channels,
                goes_on: i > 0,
            };
            product.run(simd, (sums, of_sums));
        }
        of_sums
    }

    /// What the tiles of a block read of some channels, transformed.
    fn input_tiles<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        (group, channels, prepared): (usize, &Columns, bool),
        block: &Block,
        [strip, transposed]: [&mut Buffer; 2],
        to: (&mut [f32], Planes),
    ) {
        let first = group * self.shape.group_channels() + channels.first;
        let strip = strip.take(channels.count * plan.layout.channel);
        let pixels = plan.grid.pixels(block, self.shape.output[0]);
        let all = first..first + channels.count;
        plan.layout
            .fill(simd, self.source(), prepared, &pixels, all, strip);
        let maps = |n: usize| Maps {
            pixels: &strip[n * plan.layout.image..],
            stride: plan.layout.channel,
            rows: pixels.rows.len() + SPAN - SIDE,
            across: self.border.axes[1].padded(),
            lead: [0, 0],
        };
        let frame = Frame::new(plan.grid, block, SPAN - SIDE);
        frame.transform(simd, Input, channels, maps, transposed, to);
    }

    /// The gradient of some output channels in the tiles of a block, transformed.
    fn grad_tiles<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        (group, out_channels): (usize, &Columns),
        block: &Block,
        transposed: &mut Buffer,
        to: (&mut [f32], Planes),
    ) {
        let shape = self.shape;
        let first = group * shape.group_out_channels() + out_channels.first;
        let pixels = plan.grid.pixels(block, shape.output[0]);
        let maps = |n: usize| {
            let map =
                ((pixels.images.start + n) * shape.out_channels + first) * shape.output_pixels();
            Maps {
                pixels: &self.y_grad[map + pixels.rows.start * shape.output[1]..],
                stride: shape.output_pixels(),
                rows: pixels.rows.len(),
                across: shape.output[1],
                lead: [0, 0],
            }
        };
        let frame = Frame::new(plan.grid, block, 0);
        frame.transform(simd, OutputGrad, out_channels, maps, transposed, to);
    }
}
