//! The gradient of the input: rows are output pixels, steps are output channels, panels hold channels; every
//! tap adds to the padded pixels that it reads, and the border is folded back at the end.

use std::ops::Range;

use crate::kernels::conv::packing::Panels;
use crate::kernels::conv::passes::GradInput;
use crate::kernels::conv::pieces::channel_shares::Share;
use crate::kernels::conv::shape::InputGrad;
use crate::kernels::conv::shared::block::DEPTH;
use crate::kernels::conv::shared::block::{Block, Blocks, Halos, Patch, Pixel, blocks, pieces};
use crate::kernels::conv::shared::memory::{Buffer, apart};
use crate::kernels::conv::shared::strip::{Layout, copy_run};
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::sweep::{FEWEST_ROWS, Row, Start, Step, Steps, Sweep};

/// What the shares have in common.
struct Plan {
    panels: Panels,
    images: Vec<Range<usize>>,
    /// The blocks of the images, each with the index of its geometry.
    blocks: Vec<Vec<(Block, usize)>>,
    layout: Layout,
    /// From one output channel's pixels to the next in a strip.
    out_channel: usize,
    /// The pixels of every geometry, for each tap those that read it.
    rows: Vec<Vec<Vec<Row>>>,
    /// The output channels of a group, some at a time, with their steps.
    parts: Vec<(Range<usize>, Steps)>,
}

/// Output pixels per block.
const PIXELS: usize = 512;

impl GradInput<'_> {
    /// The pass with vectors along the channels.
    pub fn implicit_gemm<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let plan = self.plan(simd);
        let sum = |share: &Share, [strip, _]: [&mut Buffer; 2], sums: &mut [f32]| {
            sums.fill(0.0);
            self.share(simd, &plan, share, strip, sums);
        };
        self.in_shares(simd, &plan.panels, &plan.images, sum)
    }

    fn plan<S: Simd>(&self, simd: S) -> Plan {
        let shape = self.shape;
        // What flows to a halo without a ring is dropped.
        let halos = match self.ring {
            None => Halos::AddNothing,
            Some(_) => Halos::Count,
        };
        let images = self.images(PIXELS);
        let of_images = |images: &Range<usize>| blocks(shape, images.clone(), PIXELS);
        let all: Vec<Block> = images.iter().flat_map(of_images).collect();
        let blocks = Blocks::new(shape, self.axes, halos, FEWEST_ROWS, all);
        let layout = Layout::new(shape, blocks.largest(), self.axes[1].padded());
        let taps = 0..shape.taps();
        let rows = |patches: &Vec<Patch>| {
            taps.clone()
                .map(|tap| self.rows(&layout, patches, tap))
                .collect()
        };
        let [most_images, most_rows] = blocks.largest();
        let out_channel = apart(most_images * most_rows * shape.output[1]);
        let part = |out_channels: Range<usize>| {
            let step = |o: usize| Step {
                source: (o * out_channel) as u32,
                panel: o as u32,
            };
            let steps = (0..out_channels.len()).map(step).collect();
            (out_channels, steps)
        };
        let of_part = |images: &Range<usize>| {
            let here = |block: &&(Block, usize)| images.contains(&block.0.images.start);
            blocks.blocks.iter().filter(here).cloned().collect()
        };
        Plan {
            rows: blocks.geometries.iter().map(rows).collect(),
            blocks: images.iter().map(of_part).collect(),
            parts: pieces(0..shape.group_out_channels(), DEPTH)
                .map(part)
                .collect(),
            panels: Panels::of_channels(simd, shape, self.weight),
            images,
            layout,
            out_channel,
        }
    }

    /// The pixels that read a tap: their offset in a strip, and the padded pixel where their window
    /// starts, counted from that of the block's first.
    fn rows(&self, layout: &Layout, patches: &[Patch], tap: usize) -> Vec<Row> {
        let of_image = self.padded_pixels();
        let row = |pixel: &Pixel| Row {
            source: pixel.index as u32,
            out: (pixel.image * of_image + layout.pixel(&Pixel { image: 0, ..*pixel })) as u32,
        };
        let with_tap = patches.iter().filter(|patch| patch.taps.contains(&tap));
        with_tap
            .flat_map(|patch| patch.pixels.iter().map(row))
            .collect()
    }

    fn share<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        share: &Share,
        strip: &mut Buffer,
        sums: &mut [f32],
    ) {
        let columns = &plan.panels.columns[share.panel];
        for (block, geometry) in &plan.blocks[share.part] {
            for (out_channels, steps) in &plan.parts {
                let strip = strip.take(out_channels.len() * plan.out_channel);
                self.copy_block(
                    share.group,
                    out_channels.clone(),
                    block,
                    plan.out_channel,
                    strip,
                );
                let first = (block.images.start - share.images.start) * self.padded_pixels()
                    + block.rows.start * self.shape.window.stride[0] * self.axes[1].padded();
                for (tap, rows) in plan.rows[*geometry].iter().enumerate() {
                    let panel_row = tap * self.shape.group_out_channels() + out_channels.start;
                    simd.vectorize(Sweep {
                        source: strip,
                        rows,
                        steps,
                        panel: plan.panels.rows(share.group, share.panel, panel_row),
                        vectors: columns.vectors,
                        start: Start::Output,
                        out: sums,
                        shift: first + plan.layout.tap(tap),
                        epilogue: TileEpilogue::default(),
                    });
                }
            }
        }
    }

    /// The gradient at the pixels of a block, a row per output channel.
    fn copy_block(
        &self,
        group: usize,
        out_channels: Range<usize>,
        block: &Block,
        stride: usize,
        strip: &mut [f32],
    ) {
        let shape = self.shape;
        let pixels = block.rows.len() * shape.output[1];
        let first = group * shape.group_out_channels();
        for (o, strip) in out_channels.zip(strip.chunks_mut(stride)) {
            for (n, out) in block.images.clone().zip(strip.chunks_exact_mut(pixels)) {
                let map = (n * shape.out_channels + first + o) * shape.output_pixels();
                let from = map + block.rows.start * shape.output[1];
                copy_run(&self.y_grad[from..][..pixels], out);
            }
        }
    }
}
