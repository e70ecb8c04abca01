//! The passes as they are defined, for `f64` and for tests: im2col through the border's tables, then a matrix product per image.

use rayon::prelude::*;

use super::passes::{Forward, GradInput, GradWeight};
use super::shape::{ConvShape, InputGrad};
use crate::kernels::border::{Border, Halo};
use crate::kernels::gemm::{Gemm, Matrix, gemm};
use crate::kernels::im2col::{gather, scatter};

impl ConvShape {
    /// The channels of one group of one sample, as map elements of the batch.
    fn maps(&self, sample: usize, group: usize) -> std::ops::Range<usize> {
        let per_group = self.group_channels();
        let first = sample * self.channels + group * per_group;
        first..first + per_group
    }

    /// The depth × pixels matrix of one group of one sample.
    fn columns<T: Gemm>(
        &self,
        border: &Border<T>,
        x: &[T],
        sample: usize,
        group: usize,
        matrix: &mut [T],
    ) {
        let rows = self.windows().taps() * self.output_pixels();
        for (map, matrix) in self.maps(sample, group).zip(matrix.chunks_mut(rows)) {
            let pixels = &x[map * self.input_pixels()..][..self.input_pixels()];
            gather(pixels, &border.map(map), &self.windows(), matrix);
        }
    }
}

/// y = x ∗ weight and what the output channels make of it, each image on one thread.
pub fn forward<T: Gemm>(pass: Forward<T>) -> Vec<T> {
    let Forward {
        shape,
        border,
        x,
        weight,
        kept: _,
        epilogue,
    } = pass;
    let (depth, pixels, out_channels) = (
        shape.depth(),
        shape.output_pixels(),
        shape.group_out_channels(),
    );
    let mut y = vec![T::zero(); shape.batch * shape.output_image()];
    if y.is_empty() {
        return y;
    }
    let scratch = || vec![T::zero(); depth * pixels];
    y.par_chunks_mut(shape.output_image())
        .enumerate()
        .for_each_init(scratch, |matrix, (n, y)| {
            for (group, y) in y.chunks_mut(out_channels * pixels).enumerate() {
                shape.columns(border, x, n, group, matrix);
                let weight = &weight[group * out_channels * depth..][..out_channels * depth];
                gemm(
                    Matrix::new(weight, out_channels, depth),
                    Matrix::new(matrix, depth, pixels),
                    T::zero(),
                    y,
                );
            }
            epilogue.apply(shape, y);
        });
    y
}

/// Images whose weight gradients are summed on one thread before the pieces are added in order.
const IMAGES_PER_PIECE: usize = 4;

/// ∂weight from ∂y: Σ over images of ∂y · columnsᵀ.
pub fn grad_weight<T: Gemm>(pass: GradWeight<T>) -> Vec<T> {
    let GradWeight {
        shape,
        border,
        x,
        y_grad,
    } = pass;
    let (depth, pixels, out_channels) = (
        shape.depth(),
        shape.output_pixels(),
        shape.group_out_channels(),
    );
    let piece = |first: usize| {
        let mut grad = vec![T::zero(); shape.weights()];
        let mut matrix = vec![T::zero(); depth * pixels];
        for n in first..(first + IMAGES_PER_PIECE).min(shape.batch) {
            let y_grad = &y_grad[n * shape.output_image()..][..shape.output_image()];
            let groups = grad
                .chunks_mut(out_channels * depth)
                .zip(y_grad.chunks(out_channels * pixels));
            for (group, (grad, y_grad)) in groups.enumerate() {
                shape.columns(border, x, n, group, &mut matrix);
                let columns = Matrix::new(&matrix, depth, pixels).t();
                gemm(
                    Matrix::new(y_grad, out_channels, pixels),
                    columns,
                    T::one(),
                    grad,
                );
            }
        }
        grad
    };
    let firsts: Vec<usize> = (0..shape.batch).step_by(IMAGES_PER_PIECE).collect();
    let pieces: Vec<Vec<T>> = firsts.into_par_iter().map(piece).collect();
    let mut total = vec![T::zero(); shape.weights()];
    for piece in pieces {
        total.iter_mut().zip(piece).for_each(|(t, p)| *t += p);
    }
    total
}

/// ∂x from ∂y: the columns' gradient weightᵀ · ∂y, scattered back through `axes`.
///
/// Pass detached axes to drop what flows to padded pixels, and the frame of the `ring` to get its
/// gradient.
pub fn grad_input<T: Gemm>(pass: GradInput<T>) -> InputGrad<T> {
    let GradInput {
        shape,
        axes,
        ring,
        weight,
        y_grad,
        sums: _,
    } = pass;
    let (depth, pixels, out_channels) = (
        shape.depth(),
        shape.output_pixels(),
        shape.group_out_channels(),
    );
    let ring_len = ring.map_or(0, |frame| frame.len());
    let border = Border {
        axes,
        halo: Halo::Constant(T::zero()),
    };
    let scratch = || vec![T::zero(); depth * pixels];
    let one_image = |matrix: &mut Vec<T>, n: usize| {
        let mut x = vec![T::zero(); shape.image()];
        let mut rings = vec![T::zero(); shape.channels * ring_len];
        for group in 0..shape.groups {
            let first = n * shape.output_image() + group * out_channels * pixels;
            let y_grad = Matrix::new(
                &y_grad[first..][..out_channels * pixels],
                out_channels,
                pixels,
            );
            let weight = &weight[group * out_channels * depth..][..out_channels * depth];
            gemm(
                Matrix::new(weight, out_channels, depth).t(),
                y_grad,
                T::zero(),
                matrix,
            );
            let rows = shape.windows().taps() * pixels;
            for (map, matrix) in shape.maps(0, group).zip(matrix.chunks(rows)) {
                let grad = &mut x[map * shape.input_pixels()..][..shape.input_pixels()];
                let ring = ring.map(|frame| (&mut rings[map * ring_len..][..ring_len], frame));
                scatter(matrix, &border.map(map), &shape.windows(), grad, ring);
            }
        }
        (x, rings)
    };
    let images: Vec<(Vec<T>, Vec<T>)> = (0..shape.batch)
        .into_par_iter()
        .map_init(scratch, one_image)
        .collect();
    let mut grads = InputGrad {
        x: Vec::new(),
        ring: Vec::new(),
    };
    for (x, ring) in images {
        grads.x.extend(x);
        grads.ring.extend(ring);
    }
    grads
}
