//! Windows of 2×2 pixels at a stride of 2, which do not overlap.

use super::winner::{Winner, wins};
use crate::kernels::im2col::Windows;
use crate::kernels::vectors::{self, Loop};
use crate::tensor::Element;

/// Whether these are such windows.
pub(super) fn suits(windows: &Windows) -> bool {
    let window = &windows.window;
    [window.kernel, window.stride, window.dilation] == [[2, 2], [2, 2], [1, 1]]
}

/// The maxima of one map of rows of `width` pixels, `across` windows in each pair of rows.
pub(super) fn max<T: Element, I: Winner>(
    image: &[T],
    width: usize,
    across: usize,
    values: &mut [T],
    winners: &mut [I],
) {
    vectors::run(Max {
        image,
        width,
        across,
        values,
        winners,
    });
}

/// The gradient of that map, written in full.
pub(super) fn backward<T: Element, I: Copy + Into<u32>>(
    grad: &[T],
    winners: &[I],
    width: usize,
    across: usize,
    x_grad: &mut [T],
) {
    let (covered, below) = x_grad.split_at_mut(grad.len() / across.max(1) * 2 * width);
    below.fill(T::zero());
    vectors::run(Backward {
        grad,
        winners,
        width,
        across,
        x_grad: covered,
    });
}

struct Max<'a, T, I> {
    image: &'a [T],
    width: usize,
    across: usize,
    values: &'a mut [T],
    winners: &'a mut [I],
}

impl<T: Element, I: Winner> Loop for Max<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.image.chunks_exact(2 * self.width);
        let values = self.values.chunks_exact_mut(self.across);
        let winners = self.winners.chunks_exact_mut(self.across);
        for ((pair, values), winners) in pairs.zip(values).zip(winners) {
            let (top, bottom) = pair.split_at(self.width);
            let (top, bottom) = (top.as_chunks::<2>().0, bottom.as_chunks::<2>().0);
            let windows = top.iter().zip(bottom);
            for ((&[a, b], &[c, d]), (value, winner)) in windows.zip(values.iter_mut().zip(winners))
            {
                let mut best = (a, I::of(0));
                for (tap, other) in [(1, b), (2, c), (3, d)] {
                    best = if wins(other, best.0) {
                        (other, I::of(tap))
                    } else {
                        best
                    };
                }
                (*value, *winner) = best;
            }
        }
    }
}

struct Backward<'a, T, I> {
    grad: &'a [T],
    winners: &'a [I],
    width: usize,
    across: usize,
    x_grad: &'a mut [T],
}

impl<T: Element, I: Copy + Into<u32>> Loop for Backward<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.x_grad.chunks_exact_mut(2 * self.width);
        let grads = self.grad.chunks_exact(self.across);
        let winners = self.winners.chunks_exact(self.across);
        for ((pair, grads), winners) in pairs.zip(grads).zip(winners) {
            let (top, bottom) = pair.split_at_mut(self.width);
            for (row, first) in [(top, 0), (bottom, 2)] {
                let (windows, beside) = row.as_chunks_mut::<2>();
                for (taps, (&grad, &winner)) in windows.iter_mut().zip(grads.iter().zip(winners)) {
                    let winner: u32 = winner.into();
                    *taps =
                        [first, first + 1].map(|tap| if tap == winner { grad } else { T::zero() });
                }
                beside.fill(T::zero());
            }
        }
    }
}
