//! The gradient of the weight where sums are short, as in the first layer of a network: transposing ∂y would cost
//! as much as the sums. Vectors run along the terms (channel, tap) of a pixel, which lie in the cache: rows are output
//! channels, steps are output pixels, read where they are; panels hold what the taps read.

use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::passes::{GradWeight, Problem};
use crate::kernels::conv::pieces::weight_pieces::{PIXELS, Piece};
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::DEPTH;
use crate::kernels::conv::shared::block::{Block, blocks, largest, pieces};
use crate::kernels::conv::shared::memory::{Buffer, Scratch};
use crate::kernels::conv::shared::strip::Layout;
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;
use crate::kernels::simd::unfold::Unfold;

/// What the pieces have in common.
struct Plan {
    layout: Layout,
    blocks: Vec<Block>,
    /// One for every size of the blocks.
    geometries: Vec<Geometry>,
    /// The output channels of a group, panel by panel as the sums are wanted.
    out_channels: Vec<Columns>,
}

/// Where the output pixels of blocks of a size lie.
struct Geometry {
    /// Images and rows.
    size: [usize; 2],
    pixels: usize,
    /// Pixels of a row.
    across: usize,
    /// In the strip, the first pixel of every row.
    lines: Vec<u32>,
    /// In the gradient of the output and in the panel, some pixels at a time.
    steps: Vec<Steps>,
}

impl Geometry {
    fn new(shape: &ConvShape, layout: &Layout, [images, rows]: [usize; 2]) -> Geometry {
        let of_image = rows * shape.output[1];
        let step = |pixel: usize| Step {
            source: (pixel / of_image * shape.out_channels * shape.output_pixels()
                + pixel % of_image) as u32,
            panel: pixel as u32,
        };
        let line = |line: usize| (line / rows * layout.image + line % rows * layout.width) as u32;
        let pixels = images * of_image;
        Geometry {
            size: [images, rows],
            pixels,
            across: shape.output[1],
            lines: (0..images * rows).map(line).collect(),
            steps: pieces(0..pixels, DEPTH)
                .map(|some| some.map(step).collect())
                .collect(),
        }
    }
}

fn size(block: &Block) -> [usize; 2] {
    [block.images.len(), block.rows.len()]
}

/// Whether windows are neighbours, as many of them in a row as the side of a square that is transposed.
pub fn accepts(problem: &Problem) -> bool {
    problem.shape.window.stride == [1, 1] && problem.shape.output[1] >= problem.square
}

impl GradWeight<'_> {
    /// The pass with vectors along the terms.
    pub fn few_channels<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let blocks = blocks(shape, 0..shape.batch, PIXELS);
        let layout = Layout::new(shape, largest(blocks.iter()), self.border.axes[1].padded());
        let mut geometries: Vec<Geometry> = Vec::new();
        for block in &blocks {
            if geometries.iter().all(|known| known.size != size(block)) {
                geometries.push(Geometry::new(shape, &layout, size(block)));
            }
        }
        let plan = Plan {
            layout,
            blocks,
            geometries,
            out_channels: Columns::split::<S>(shape.group_out_channels()),
        };
        let sum = |piece: &Piece, scratch: &mut Scratch| {
            self.piece_few_channels(simd, &plan, piece, scratch)
        };
        self.in_pieces(simd, &plan.out_channels, plan.blocks.len(), sum)
    }

    fn piece_few_channels<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
    ) -> Buffer {
        let (shape, layout) = (self.shape, &plan.layout);
        let out_channels = shape.group_out_channels();
        let row = |out_channel: usize| Row {
            source: (out_channel * shape.output_pixels()) as u32,
            out: out_channel as u32,
        };
        let first = piece.group * shape.group_channels();
        let channels = first + piece.channels.start..first + piece.channels.end;
        let terms = Terms {
            rows: (0..out_channels).map(row).collect(),
            offsets: layout.terms(channels.len(), shape.taps()),
            panels: Columns::split::<S>(channels.len() * shape.taps()),
        };
        let strip = scratch.strip.take(channels.len() * layout.channel);
        let width: usize = terms.panels.iter().map(|panel| panel.width).sum();
        let sums = scratch.sums.take(out_channels * width);
        sums.fill(0.0);
        for block in &plan.blocks[piece.blocks.clone()] {
            let channels = channels.clone();
            layout.fill(simd, self.source(), false, block, channels, strip);
            let map = block.images.start * shape.out_channels + piece.group * out_channels;
            let pixel = map * shape.output_pixels() + block.rows.start * shape.output[1];
            let of_size = plan.geometries.iter().find(|g| g.size == size(block));
            let geometry = of_size.expect("a geometry for every size of blocks");
            let factors = (&self.y_grad[pixel..], &*strip);
            terms.add(simd, geometry, factors, &mut scratch.transposed, sums);
        }
        terms.by_out_channels(simd, &plan.out_channels, sums)
    }
}

/// What the blocks of a piece have in common.
struct Terms {
    /// The output channels in ∂y and in the sums.
    rows: Vec<Row>,
    /// From a pixel in the strip.
    offsets: Vec<u32>,
    panels: Vec<Columns>,
}

impl Terms {
    /// Adds the products of a block, from its first pixel in ∂y on, to panel after panel of sums.
    fn add<S: Simd>(
        &self,
        simd: S,
        block: &Geometry,
        (y_grad, strip): (&[f32], &[f32]),
        buffer: &mut Buffer,
        mut sums: &mut [f32],
    ) {
        for columns in &self.panels {
            let (of_panel, rest) = sums.split_at_mut(self.rows.len() * columns.width);
            sums = rest;
            let panel = buffer.take(block.pixels * columns.width);
            simd.vectorize(Unfold {
                source: strip,
                lines: &block.lines,
                columns: block.across,
                offsets: &self.offsets[columns.first..][..columns.count],
                to: panel,
                width: columns.width,
            });
            for steps in &block.steps {
                simd.vectorize(Sweep {
                    source: y_grad,
                    rows: &self.rows,
                    steps,
                    panel,
                    vectors: columns.vectors,
                    start: Start::Output,
                    out: of_panel,
                    shift: 0,
                    epilogue: TileEpilogue::default(),
                });
            }
        }
    }

    /// The sums in panels of output channels instead of terms.
    fn by_out_channels<S: Simd>(&self, simd: S, panels: &[Columns], sums: &[f32]) -> Buffer {
        let width: usize = panels.iter().map(|out_channels| out_channels.width).sum();
        let mut buffer = Buffer::borrow();
        let transposed = buffer.take(self.offsets.len() * width);
        transposed.fill(0.0);
        let mut start = 0;
        for out_channels in panels {
            let mut sums = sums;
            for terms in &self.panels {
                let (of_panel, rest) = sums.split_at(self.rows.len() * terms.width);
                sums = rest;
                simd.vectorize(Transpose {
                    rows: out_channels.count,
                    columns: terms.count,
                    from: &of_panel[out_channels.first * terms.width..],
                    from_stride: terms.width,
                    to: (&mut transposed[start + terms.first * out_channels.width..]).into(),
                    to_stride: out_channels.width,
                });
            }
            start += self.offsets.len() * out_channels.width;
        }
        buffer
    }
}
