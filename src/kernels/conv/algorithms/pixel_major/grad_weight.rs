//! The gradient of the weight along the pixels: a tap's is the product of two maps, pixel by pixel.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::passes::GradWeight;
use crate::kernels::conv::shared::block::{Block, pieces};
use crate::kernels::conv::shared::memory::{Scratch, with_scratch};
use crate::kernels::conv::shared::plane::Plane;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::dots::Dots;
use crate::kernels::simd::map_sums::ROUND;

/// Images whose gradients are summed on one thread before the sums are added in order.
const IMAGES_PER_PIECE: usize = 8;

/// Elements of a map of some images, such that they stay in the first-level cache.
const STRIP: usize = 4096;

impl GradWeight<'_> {
    /// The pass with vectors along the pixels.
    pub fn pixel_major<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let of_images = |images| Plane::new(shape, [images, shape.output[0]], &self.border.axes[1]);
        let at_once = (STRIP / of_images(1).image.max(1)).clamp(1, IMAGES_PER_PIECE);
        let plane = of_images(at_once);
        let of_group = shape.group_out_channels() * shape.depth();
        let mut weight = vec![0.0; shape.weights()];
        for images in pieces(0..shape.batch, IMAGES_PER_PIECE) {
            let groups = weight.par_chunks_mut(of_group.max(1)).enumerate();
            groups.for_each(|(group, grad)| {
                with_scratch(|scratch| {
                    for images in pieces(images.clone(), at_once) {
                        self.add_images(simd, &plane, images, group, scratch, grad);
                    }
                });
            });
        }
        weight
    }

    /// Adds what some images contribute to the gradient of a group.
    fn add_images<S: Simd>(
        &self,
        simd: S,
        plane: &Plane,
        images: Range<usize>,
        group: usize,
        scratch: &mut Scratch,
        grad: &mut [f32],
    ) {
        let shape = self.shape;
        let (per_group, [rows, columns]) = (shape.group_channels(), shape.output);
        let Scratch { strip, sums, .. } = scratch;
        // What no row of the input fills meets zeros, and must be finite.
        let gaps = match plane.stride {
            [1, 1] => images.len() * plane.image,
            _ => 0,
        };
        let channels = strip
            .take(per_group * plane.channel)
            .chunks_mut(plane.channel);
        channels.for_each(|channel| channel[gaps..].fill(0.0));
        let block = Block {
            images,
            rows: 0..rows,
        };
        let channels = group * per_group..(group + 1) * per_group;
        plane.fill(simd, self.source(), &block, channels, strip);
        let strip = strip.get(per_group * plane.channel);
        let before = (block.images.len().max(1) - 1) * plane.image;
        let spread = sums.take((before + plane.windows(shape, rows)).next_multiple_of(ROUND));
        spread.fill(0.0);
        for (o, grad) in grad.chunks_exact_mut(shape.depth()).enumerate() {
            for (i, n) in block.images.clone().enumerate() {
                let map = n * shape.out_channels + group * shape.group_out_channels() + o;
                simd.vectorize(CopyRows {
                    rows,
                    len: columns,
                    from: &self.y_grad[map * shape.output_pixels()..],
                    from_stride: columns,
                    to: (&mut spread[i * plane.image..]).into(),
                    to_stride: plane.width,
                });
            }
            let channels = strip.chunks_exact(plane.channel);
            for (strip, sums) in channels.zip(grad.chunks_exact_mut(plane.taps.len())) {
                simd.vectorize(Dots {
                    a: spread,
                    b: strip,
                    offsets: &plane.taps,
                    sums,
                });
            }
        }
    }
}
