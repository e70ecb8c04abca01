//! Maps along one axis of an array: every output needs a summary of its whole lane.

use std::ops::Range;

use rayon::prelude::*;

use super::elementwise::PIECE;
use crate::tensor::{Element, recycled};

/// The elements along one axis, at one position of all the others, of K arrays at once.
#[derive(Clone, Copy)]
pub struct Lane<'a, T, const K: usize> {
    blocks: [&'a [T]; K],
    start: usize,
    step: usize,
}

impl<'a, T: Element, const K: usize> Lane<'a, T, K> {
    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = [T; K]> + 'a {
        let len = self.blocks[0].len();
        let offsets = (self.start..len).step_by(self.step);
        offsets.map(move |i| self.blocks.map(|block| block[i]))
    }
}

/// map(elements, summarise(lane)) for every element of every lane of arrays of the shape
/// [outer, n, inner], whose lanes run along n.
///
/// # Panics
/// If an array does not have that size.
#[track_caller]
pub fn map_lanes<T: Element, S, const K: usize>(
    inputs: [&[T]; K],
    [outer, n, inner]: [usize; 3],
    summarise: impl Fn(Lane<T, K>) -> S + Sync,
    map: impl Fn([T; K], &S) -> T + Sync,
) -> Vec<T> {
    assert!(
        inputs.iter().all(|x| x.len() == outer * n * inner),
        "map_lanes: {:?} elements are not {outer}×{n}×{inner}",
        inputs.map(<[T]>::len)
    );
    let mut output = recycled(outer * n * inner);
    if output.is_empty() {
        return output;
    }
    let size = n * inner;
    output
        .par_chunks_mut(size)
        .enumerate()
        .with_min_len(PIECE.div_ceil(size))
        .for_each(|(block, output)| {
            let blocks = inputs.map(|x| &x[block * size..][..size]);
            for start in 0..inner {
                let lane = Lane {
                    blocks,
                    start,
                    step: inner,
                };
                let summary = summarise(lane);
                for (y, x) in output[start..].iter_mut().step_by(inner).zip(lane.iter()) {
                    *y = map(x, &summary);
                }
            }
        });
    output
}

/// The stretches `rows` of `x`, all of one length, one after the other: `len` elements.
///
/// # Panics
/// If they are not, or one lies beyond the array.
#[track_caller]
pub fn gather<T: Element>(x: &[T], rows: &[Range<usize>], len: usize) -> Vec<T> {
    let mut y = recycled(len);
    if len == 0 {
        return y;
    }
    let row_len = len / rows.len();
    assert!(
        row_len * rows.len() == len,
        "gather: {} rows do not make {len} elements",
        rows.len()
    );
    y.par_chunks_mut(row_len)
        .zip(rows)
        .with_min_len(PIECE.div_ceil(row_len))
        .for_each(|(y, row)| y.copy_from_slice(&x[row.clone()]));
    y
}

/// What a softmax needs to know of a lane: its maximum, and Σ exp(x - max).
///
/// Taking the maximum out keeps every exponential at most 1 and one of them equal to 1.
pub fn max_and_sum_exp<T: Element>(lane: Lane<T, 1>) -> (T, T) {
    // A NaN is never the larger one here, but it comes back through the sum.
    let max = lane
        .iter()
        .fold(T::neg_infinity(), |m, [v]| if v > m { v } else { m });
    let sum: f64 = lane.iter().map(|[v]| (v - max).exp().as_f64()).sum();
    (max, T::from_f64(sum))
}

/// log softmax(x) = x - max - ln Σ exp(x - max) along the middle axis of `[outer, n, inner]`.
#[track_caller]
pub fn log_softmax<T: Element>(x: &[T], sizes: [usize; 3]) -> Vec<T> {
    let summarise = |lane: Lane<T, 1>| {
        let (max, sum) = max_and_sum_exp(lane);
        (max, sum.ln())
    };
    map_lanes([x], sizes, summarise, |[v], &(max, log_sum)| {
        v - max - log_sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_run_along_the_middle_axis() {
        let x: Vec<f64> = (0..12).map(f64::from).collect();
        let sums = map_lanes([&x], [2, 3, 2], |l| l.iter().map(|[v]| v).sum(), |_, &s| s);
        let want = [
            6.0, 9.0, 6.0, 9.0, 6.0, 9.0, 24.0, 27.0, 24.0, 27.0, 24.0, 27.0,
        ];
        assert_eq!(sums, want);
    }

    #[test]
    fn huge_logits_do_not_overflow_and_nan_shows() {
        let y = log_softmax(&[1e4f32, 0.0, -1e4], [1, 3, 1]);
        assert_eq!(y, [0.0, -1e4, -2e4]);
        assert!(
            log_softmax(&[1.0, f64::NAN], [1, 2, 1])
                .iter()
                .all(|v| v.is_nan())
        );
    }
}
