//! The gradient of the weight: rows are (channel, tap), steps are output pixels, panels hold output channels.

use crate::kernels::border::Halo;
use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::passes::GradWeight;
use crate::kernels::conv::pieces::weight_pieces::{PIXELS, Piece};
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::DEPTH;
use crate::kernels::conv::shared::block::{Block, Blocks, Halos, Patch, Pixel, blocks, pieces};
use crate::kernels::conv::shared::memory::{Buffer, Scratch};
use crate::kernels::conv::shared::strip::{Layout, prepare};
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;

/// What the pieces have in common.
struct Plan {
    columns: Vec<Columns>,
    blocks: Blocks,
    layout: Layout,
    /// The parts of every geometry.
    parts: Vec<Vec<Part>>,
}

/// Taps that sum over the same pixels, some pixels at a time.
struct Part {
    taps: Vec<usize>,
    steps: Vec<Steps>,
}

impl GradWeight<'_> {
    /// The pass with vectors along the output channels.
    pub fn implicit_gemm<S: Simd>(&self, simd: S) -> Vec<f32> {
        let plan = self.plan::<S>();
        let sum = |piece: &Piece, scratch: &mut Scratch| self.piece(simd, &plan, piece, scratch);
        self.in_pieces(simd, &plan.columns, plan.blocks.blocks.len(), sum)
    }

    fn plan<S: Simd>(&self) -> Plan {
        let shape = self.shape;
        let halos = match self.border.halo {
            Halo::Constant(0.0) => Halos::AddNothing,
            _ => Halos::Count,
        };
        let blocks = blocks(shape, 0..shape.batch, PIXELS);
        // Leaving out halos shortens sums here, so that no pixel is wasted in a tile.
        let blocks = Blocks::new(shape, self.border.axes, halos, 1, blocks);
        let layout = Layout::new(shape, blocks.largest(), self.border.axes[1].padded());
        // With a part per tap, its rows are the channels, and must fill tiles by themselves.
        let of_taps = shape.group_channels() >= 4 * S::ROWS;
        let parts = |patches: &Vec<Patch>| parts(shape, &layout, patches, of_taps);
        Plan {
            columns: Columns::split::<S>(shape.group_out_channels()),
            parts: blocks.geometries.iter().map(parts).collect(),
            blocks,
            layout,
        }
    }

    /// Panel after panel the sums of a piece, rows (channel, tap).
    fn piece<S: Simd>(&self, simd: S, plan: &Plan, piece: &Piece, scratch: &mut Scratch) -> Buffer {
        let shape = self.shape;
        let rows_per_panel = piece.channels.len() * shape.taps();
        let width: usize = plan.columns.iter().map(|c| c.width).sum();
        let mut buffer = Buffer::borrow();
        let sums = buffer.take(rows_per_panel * width);
        sums.fill(0.0);
        let first = piece.group * shape.group_channels();
        let channels = first + piece.channels.start..first + piece.channels.end;
        let rows: Vec<Vec<Vec<Row>>> = plan
            .parts
            .iter()
            .map(|parts| {
                parts
                    .iter()
                    .map(|part| self.rows(plan, piece, part))
                    .collect()
            })
            .collect();
        let strip = scratch.strip.take(channels.len() * plan.layout.channel);
        let whole_images = plan.blocks.largest()[1] == shape.output[0];
        let prepared = whole_images && prepare(self.border, strip);
        for (block, geometry) in &plan.blocks.blocks[piece.blocks.clone()] {
            let channels = channels.clone();
            plan.layout
                .fill(simd, self.source(), prepared, block, channels, strip);
            let mut sums = &mut sums[..];
            for columns in &plan.columns {
                let pixels = block.images.len() * block.rows.len() * shape.output[1];
                let transposed = scratch.transposed.take(pixels * columns.width);
                self.transpose(simd, piece.group, columns, block, transposed);
                let (of_panel, rest) = sums.split_at_mut(rows_per_panel * columns.width);
                sums = rest;
                for (part, rows) in plan.parts[*geometry].iter().zip(&rows[*geometry]) {
                    for steps in &part.steps {
                        simd.vectorize(Sweep {
                            source: strip,
                            rows,
                            steps,
                            panel: transposed,
                            vectors: columns.vectors,
                            start: Start::Output,
                            out: of_panel,
                            shift: 0,
                            epilogue: TileEpilogue::default(),
                        });
                    }
                }
            }
        }
        buffer
    }

    /// The channels of a piece at the taps of a part.
    fn rows(&self, plan: &Plan, piece: &Piece, part: &Part) -> Vec<Row> {
        let row = |channel: usize, tap: usize| Row {
            source: (channel * plan.layout.channel + plan.layout.tap(tap)) as u32,
            out: (channel * self.shape.taps() + tap) as u32,
        };
        let of_channel = |channel| part.taps.iter().map(move |&tap| row(channel, tap));
        (0..piece.channels.len()).flat_map(of_channel).collect()
    }

    /// The gradient of a panel of output channels at the pixels of a block, a row per pixel.
    fn transpose<S: Simd>(
        &self,
        simd: S,
        group: usize,
        columns: &Columns,
        block: &Block,
        transposed: &mut [f32],
    ) {
        let shape = self.shape;
        let pixels = block.rows.len() * shape.output[1];
        let first = group * shape.group_out_channels() + columns.first;
        for (n, transposed) in block
            .images
            .clone()
            .zip(transposed.chunks_mut(pixels * columns.width))
        {
            let map = (n * shape.out_channels + first) * shape.output_pixels();
            if columns.count < columns.width {
                let rows = transposed.chunks_mut(columns.width);
                rows.for_each(|row| row[columns.count..].fill(0.0));
            }
            simd.vectorize(Transpose {
                rows: columns.count,
                columns: pixels,
                from: &self.y_grad[map + block.rows.start * shape.output[1]..],
                from_stride: shape.output_pixels(),
                to: transposed.into(),
                to_stride: columns.width,
            });
        }
    }
}

/// The taps and their pixels: a part per tap where patches leave some out and `of_taps` allows it,
/// else one part of all.
fn parts(shape: &ConvShape, layout: &Layout, patches: &[Patch], of_taps: bool) -> Vec<Part> {
    let all: Vec<usize> = (0..shape.taps()).collect();
    if patches.len() < 2 || !of_taps {
        let steps = steps(layout, patches.iter().flat_map(|p| &p.pixels));
        return vec![Part { taps: all, steps }];
    }
    let part = |tap: usize| {
        let with_tap = patches.iter().filter(|p| p.taps.contains(&tap));
        Part {
            taps: vec![tap],
            steps: steps(layout, with_tap.flat_map(|p| &p.pixels)),
        }
    };
    all.into_iter().map(part).collect()
}

/// Pixels in their order, some at a time.
fn steps<'a>(layout: &Layout, pixels: impl Iterator<Item = &'a Pixel>) -> Vec<Steps> {
    let mut steps: Vec<Step> = pixels
        .map(|pixel| Step {
            source: layout.pixel(pixel) as u32,
            panel: pixel.index as u32,
        })
        .collect();
    steps.sort_unstable_by_key(|step| step.panel);
    let chunks = pieces(0..steps.len(), DEPTH);
    chunks
        .map(|chunk| steps[chunk].iter().copied().collect())
        .collect()
}
