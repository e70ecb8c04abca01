//! The gradient of the padded pixels around the image, next to which few output pixels lie.

use std::ops::Range;

use crate::kernels::conv::packing::Panels;
use crate::kernels::conv::passes::GradInput;
use crate::kernels::conv::pieces::channel_shares::Share;
use crate::kernels::conv::shared::block::DEPTH;
use crate::kernels::conv::shared::block::pieces;
use crate::kernels::conv::shared::memory::Buffer;
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};

/// Which output pixels add to which pixels of the border.
pub struct Ring<'a> {
    pass: &'a GradInput<'a>,
    /// Output pixels next to the border.
    near: Vec<u32>,
    /// For every tap, the index of an output pixel among `near` and the padded pixel that it adds to.
    rows: Vec<Vec<Row>>,
    /// The output channels of a group, some at a time.
    parts: Vec<Range<usize>>,
}

impl<'a> Ring<'a> {
    pub fn new(pass: &'a GradInput<'a>) -> Ring<'a> {
        let (shape, [down, across]) = (pass.shape, pass.axes);
        let mut near = Vec::new();
        let mut rows = vec![Vec::new(); shape.taps()];
        for pixel in 0..shape.output_pixels() {
            let (y, x) = (pixel / shape.output[1], pixel % shape.output[1]);
            let mut is_near = false;
            for (tap, rows) in rows.iter_mut().enumerate() {
                let (y, x) = (y + tap / 3, x + tap % 3);
                if down.inside().contains(&y) && across.inside().contains(&x) {
                    continue;
                }
                is_near = true;
                rows.push(Row {
                    source: near.len() as u32,
                    out: (y * across.padded() + x) as u32,
                });
            }
            if is_near {
                near.push(pixel as u32);
            }
        }
        Ring {
            pass,
            near,
            rows,
            parts: pieces(0..shape.group_out_channels(), DEPTH).collect(),
        }
    }

    /// Writes the sums of the border's pixels.
    pub fn sum<S: Simd>(
        &self,
        simd: S,
        panels: &Panels,
        share: &Share,
        strip: &mut Buffer,
        sums: &mut [f32],
    ) {
        let (shape, [down, across]) = (self.pass.shape, self.pass.axes);
        let columns = &panels.columns[share.panel];
        let image = down.padded() * across.padded() * columns.width;
        for (n, sums) in share.images.clone().zip(sums.chunks_exact_mut(image)) {
            self.clear(columns.width, sums);
            for out_channels in &self.parts {
                let strip = strip.take(out_channels.len() * self.near.len());
                let first = n * shape.out_channels + share.group * shape.group_out_channels();
                for (o, strip) in out_channels
                    .clone()
                    .zip(strip.chunks_exact_mut(self.near.len()))
                {
                    let map = &self.pass.y_grad[(first + o) * shape.output_pixels()..];
                    let pixels = self.near.iter().map(|&pixel| map[pixel as usize]);
                    strip
                        .iter_mut()
                        .zip(pixels)
                        .for_each(|(to, pixel)| *to = pixel);
                }
                let step = |o: usize| Step {
                    source: (o * self.near.len()) as u32,
                    panel: o as u32,
                };
                let steps: Steps = (0..out_channels.len()).map(step).collect();
                for (tap, rows) in self.rows.iter().enumerate() {
                    let of_tap = tap * shape.group_out_channels() + out_channels.start;
                    simd.vectorize(Sweep {
                        source: strip,
                        rows,
                        steps: &steps,
                        panel: panels.rows(share.group, share.panel, of_tap),
                        vectors: columns.vectors,
                        start: Start::Output,
                        out: sums,
                        shift: 0,
                        epilogue: TileEpilogue::default(),
                    });
                }
            }
        }
    }

    /// Zeros the border's sums of an image.
    fn clear(&self, width: usize, sums: &mut [f32]) {
        let [down, across] = self.pass.axes;
        let inside = across.inside();
        for (row, sums) in sums.chunks_exact_mut(across.padded() * width).enumerate() {
            if down.inside().contains(&row) {
                sums[..inside.start * width].fill(0.0);
                sums[inside.end * width..].fill(0.0);
            } else {
                sums.fill(0.0);
            }
        }
    }
}
