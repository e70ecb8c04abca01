//! The gradient of the input in shares: a panel of channels of some whole images each.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::packing::{Columns, Panels};
use crate::kernels::conv::passes::GradInput;
use crate::kernels::conv::shape::InputGrad;
use crate::kernels::conv::shared::block::{PIECES_AT_LEAST, pieces};
use crate::kernels::conv::shared::fold::Fold;
use crate::kernels::conv::shared::memory::{Buffer, Output, Scratch, collect, with_scratch};
use crate::kernels::simd::Simd;
use crate::kernels::simd::transpose::Transpose;

/// A panel of channels of some whole images.
pub struct Share {
    /// The index of the range of images among all of them.
    pub part: usize,
    pub images: Range<usize>,
    pub group: usize,
    pub panel: usize,
}

impl GradInput<'_> {
    /// Ranges of images of about `pixels` pixels, enough of them to keep the threads busy.
    pub fn images(&self, pixels: usize) -> Vec<Range<usize>> {
        let shape = self.shape;
        let per_share = pixels / shape.output_pixels().max(1);
        let per_share = per_share.min(shape.batch.div_ceil(PIECES_AT_LEAST)).max(1);
        pieces(0..shape.batch, per_share).collect()
    }

    /// The pass in shares of some images, of which `sum` gives padded pixel after padded pixel what
    /// flows to them.
    pub fn in_shares<S: Simd>(
        &self,
        simd: S,
        panels: &Panels,
        images: &[Range<usize>],
        sum: impl Fn(&Share, [&mut Buffer; 2], &mut [f32]) + Sync,
    ) -> InputGrad<f32> {
        let shape = self.shape;
        let shares = self.shares(panels, images);
        let fold = Fold::new(self.axes, self.ring);
        let work = |share: &Share, scratch: &mut Scratch, [x, ring]: [&Output; 2]| {
            let columns = &panels.columns[share.panel];
            let of_image = self.padded_pixels() * columns.width;
            let Scratch {
                strip,
                sums,
                transposed,
            } = scratch;
            let sums = sums.take(share.images.len() * of_image);
            sum(share, [strip, transposed], sums);
            let images = sums.chunks_mut(of_image.max(1));
            for (n, sums) in share.images.clone().zip(images) {
                let first = n * shape.channels + share.group * shape.group_channels();
                let map = first + columns.first;
                let size = [columns.count, columns.width];
                // SAFETY: no other share has these maps.
                unsafe { fold.image(size, sums, map, ring) };
                self.store(simd, columns, sums, map, x);
            }
        };
        let all = |to: [&Output; 2]| {
            let all = shares.par_iter();
            all.for_each(|share| with_scratch(|scratch| work(share, scratch, to)));
        };
        // SAFETY: each share writes its channels of its images and their ring, and they cover all maps.
        unsafe { self.collect(all) }
    }

    /// The gradients that `fill` writes, of the input and of the ring.
    ///
    /// # Safety
    /// `fill` must write every element.
    pub unsafe fn collect(&self, fill: impl FnOnce([&Output; 2])) -> InputGrad<f32> {
        let maps = self.shape.batch * self.shape.channels;
        let of_ring = self.ring.map_or(0, |frame| frame.len());
        let mut ring = Vec::new();
        let both = |x: Output| {
            // SAFETY: the caller promises it.
            ring = unsafe { collect(maps * of_ring, |ring| fill([&x, &ring])) };
        };
        // SAFETY: the caller promises it.
        let x = unsafe { collect(maps * self.shape.input_pixels(), both) };
        InputGrad { x, ring }
    }

    fn shares(&self, panels: &Panels, images: &[Range<usize>]) -> Vec<Share> {
        let mut shares = Vec::new();
        for (part, images) in images.iter().enumerate() {
            for group in 0..self.shape.groups {
                shares.extend((0..panels.columns.len()).map(|panel| Share {
                    part,
                    images: images.clone(),
                    group,
                    panel,
                }));
            }
        }
        shares
    }

    pub fn padded_pixels(&self) -> usize {
        self.axes[0].padded() * self.axes[1].padded()
    }

    /// Writes the pixels of an image, map by map.
    fn store<S: Simd>(&self, simd: S, columns: &Columns, sums: &[f32], map: usize, x: &Output) {
        let [rows, across] = self.axes;
        let pixels = rows.n * across.n;
        for y in 0..rows.n {
            let from = ((rows.before + y) * across.padded() + across.before) * columns.width;
            simd.vectorize(Transpose {
                rows: across.n,
                columns: columns.count,
                from: &sums[from..],
                from_stride: columns.width,
                // SAFETY: no other piece has these maps.
                to: unsafe { x.at(map * pixels + y * across.n) },
                to_stride: pixels,
            });
        }
    }
}
