//! The gradient of the input: in every plane, rows are tiles, steps are output channels, panels hold channels.

use crate::kernels::conv::algorithms::winograd::frame::{Frame, Maps};
use crate::kernels::conv::algorithms::winograd::lines::{FlippedWeight, Input, Output, Transform};
use crate::kernels::conv::algorithms::winograd::planes::{Planes, Product};
use crate::kernels::conv::algorithms::winograd::ring::Ring;
use crate::kernels::conv::algorithms::winograd::{Grid, SIDE, SPAN, TILES};
use crate::kernels::conv::packing::{Columns, Panels};
use crate::kernels::conv::passes::{GradInput, Problem};
use crate::kernels::conv::pieces::channel_shares::Share;
use crate::kernels::conv::shape::{InputGrad, Sums};
use crate::kernels::conv::shared::block::{Block, pieces};
use crate::kernels::conv::shared::fold::Fold;
use crate::kernels::conv::shared::memory::Buffer;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::sweep::{Row, Step};
use crate::padding::Axis;

/// What the shares have in common.
struct Plan {
    panels: Panels,
    grid: Grid,
    /// The output channels of a group, some at a time.
    parts: Vec<Columns>,
}

/// Output channels at a time.
const OUT_CHANNELS: usize = 64;

/// Buffers for the factors of the products, and for the products.
struct Factors {
    grads: Buffer,
    weights: Buffer,
    products: Buffer,
}

impl GradInput<'_> {
    /// The pass by tiles.
    pub fn winograd<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let out_channels = 0..self.shape.group_out_channels();
        let plan = Plan {
            panels: Panels::of_channels(simd, self.shape, self.weight),
            grid: Grid::new(self.shape.input),
            parts: pieces(out_channels, OUT_CHANNELS)
                .map(Columns::new::<S>)
                .collect(),
        };
        let images = self.images(TILES * SIDE * SIDE);
        let fold = Fold::new(self.axes, self.ring);
        let ring = (!fold.drops_all()).then(|| Ring::new(self));
        let sum = |share: &Share, [strip, transposed]: [&mut Buffer; 2], sums: &mut [f32]| {
            if let Some(ring) = &ring {
                ring.sum(simd, &plan.panels, share, strip, sums);
            }
            self.inside(simd, &plan, share, transposed, sums);
        };
        self.in_shares(simd, &plan.panels, &images, sum)
    }

    /// Writes the sums of the image's pixels.
    fn inside<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        share: &Share,
        transposed: &mut Buffer,
        sums: &mut [f32],
    ) {
        let columns = &plan.panels.columns[share.panel];
        let mut factors = Factors {
            grads: Buffer::borrow(),
            weights: Buffer::borrow(),
            products: Buffer::borrow(),
        };
        let blocks = plan.grid.blocks(self.shape, share.images.clone(), TILES);
        for (i, block) in blocks.iter().enumerate() {
            let knows_weights = i > 0 && plan.parts.len() == 1;
            let at = (share, block);
            let products = self.products(simd, plan, at, knows_weights, &mut factors, transposed);
            let frame = Frame::new(plan.grid, block, 0);
            let pixels = transposed.take(block.images.len() * frame.image() * columns.width);
            let offsets = frame.offsets(columns).into_iter();
            simd.vectorize(Transform::new(
                Output,
                (factors.products.get(products.len()), products.strides()),
                (pixels, frame.strides(columns)),
                &offsets
                    .map(|[pixel, tile]| [tile, pixel])
                    .collect::<Vec<_>>(),
                columns.vectors,
            ));
            self.offset(simd, plan, at, (pixels, &frame), sums);
        }
        let Factors {
            grads,
            weights,
            products,
        } = factors;
        for buffer in [grads, weights, products] {
            buffer.give_back();
        }
    }

    /// The products of a block of tiles, summed over all output channels.
    fn products<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        (share, block): (&Share, &Block),
        knows_weights: bool,
        factors: &mut Factors,
        transposed: &mut Buffer,
    ) -> Planes {
        let columns = &plan.panels.columns[share.panel];
        let tiles = Frame::new(plan.grid, block, 0).tiles();
        let of_products = Planes::new(tiles, columns.width);
        let products = factors.products.take(of_products.len());
        for (i, out_channels) in plan.parts.iter().enumerate() {
            let of_grads = Planes::new(tiles, out_channels.width);
            let of_weights = Planes::new(out_channels.count, columns.width);
            let grads = factors.grads.take(of_grads.len());
            self.grad_tiles(
                simd,
                plan,
                (share.group, out_channels),
                block,
                transposed,
                (grads, of_grads),
            );
            let weights = factors.weights.take(of_weights.len());
            if !knows_weights {
                self.weight_tiles(simd, plan, share, out_channels, (weights, of_weights));
            }
            let row = |tile: usize| Row {
                source: (tile * out_channels.width) as u32,
                out: tile as u32,
            };
            let step = |o| Step {
                source: o,
                panel: o,
            };
            let product = Product {
                rows: &(0..tiles).map(row).collect::<Vec<_>>(),
                steps: &(0..out_channels.count as u32).map(step).collect(),
                left: (grads, of_grads),
                right: (weights, of_weights),
                columns,
                goes_on: i > 0,
            };
            product.run(simd, (products, of_products));
        }
        of_products
    }

    /// The output gradient around the tiles of a block, transformed.
    fn grad_tiles<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        (group, out_channels): (usize, &Columns),
        block: &Block,
        transposed: &mut Buffer,
        to: (&mut [f32], Planes),
    ) {
        let GradInput {
            shape,
            axes,
            y_grad,
            ..
        } = self;
        let first = group * shape.group_out_channels() + out_channels.first;
        let frame = Frame::new(plan.grid, block, SPAN - SIDE);
        let rows = readers(
            &axes[0],
            block.rows.start * SIDE,
            frame.rows,
            shape.output[0],
        );
        let across = readers(&axes[1], 0, frame.across, shape.output[1]);
        let maps = |n: usize| {
            let map =
                ((block.images.start + n) * shape.out_channels + first) * shape.output_pixels();
            Maps {
                pixels: &y_grad[map + rows.first * shape.output[1]..],
                stride: shape.output_pixels(),
                rows: rows.count,
                across: across.count,
                lead: [rows.lead, across.lead],
            }
        };
        frame.transform(simd, Input, out_channels, maps, transposed, to);
    }

    /// The weights of some output channels for the channels of a panel, transformed.
    fn weight_tiles<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        share: &Share,
        out_channels: &Columns,
        (to, planes): (&mut [f32], Planes),
    ) {
        let columns = &plan.panels.columns[share.panel];
        let tap = self.shape.group_out_channels() * columns.width;
        let weights = plan
            .panels
            .rows(share.group, share.panel, out_channels.first);
        let offset = |o: usize| [(o * columns.width) as u32; 2];
        simd.vectorize(Transform::new(
            FlippedWeight,
            (weights, [3 * tap, tap]),
            (to, planes.strides()),
            &(0..out_channels.count).map(offset).collect::<Vec<_>>(),
            columns.vectors,
        ));
    }

    /// Copies the pixels of the image out of the tiles that cover them.
    fn offset<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        (share, block): (&Share, &Block),
        (pixels, frame): (&[f32], &Frame),
        sums: &mut [f32],
    ) {
        let [down, across] = self.axes;
        let rows = plan.grid.pixels(block, down.n).rows;
        let width = plan.panels.columns[share.panel].width;
        let images = pixels.chunks_exact(frame.image() * width);
        for (n, pixels) in block.images.clone().zip(images) {
            let row = (n - share.images.start) * down.padded() + down.before + rows.start;
            let first = row * across.padded() + across.before;
            simd.vectorize(CopyRows {
                rows: rows.len(),
                len: across.n * width,
                from: pixels,
                from_stride: frame.across * width,
                to: (&mut sums[first * width..]).into(),
                to_stride: across.padded() * width,
            });
        }
    }
}

/// Whether windows are those of the tiles, borders no wider than they reach, and sums by tiles allowed.
pub fn accepts(problem: &Problem) -> bool {
    let fits = |axis: &Axis| {
        let after = axis.padded() - axis.inside().end;
        axis.before.max(after) <= SPAN - SIDE
    };
    super::accepts(problem) && problem.axes.iter().all(fits) && problem.sums == Sums::Tiled
}

/// The lines of output pixels that a frame holds.
struct Readers {
    /// The line of the frame on which the first lies.
    lead: usize,
    first: usize,
    count: usize,
}

/// Those around the pixels of an image from `start` on, of `outputs` in all.
fn readers(axis: &Axis, start: usize, frame: usize, outputs: usize) -> Readers {
    // The window of output pixel i ends SPAN - SIDE padded pixels behind its start.
    let offset = start + axis.before;
    let first = offset.saturating_sub(SPAN - SIDE).min(outputs);
    let lead = (SPAN - SIDE).saturating_sub(offset);
    Readers {
        lead,
        first,
        count: (outputs - first).min(frame - lead),
    }
}
