//! Sums in f64, whatever the type of the elements, in an order that depends on the length alone.

use rayon::prelude::*;

use super::elementwise::PIECE;
use super::vectors::{self, Loop};
use crate::tensor::{Element, recycled};

/// Running sums per call: enough for the additions to overlap, and each is a shorter, more accurate
/// sum than one alone.
const LANES: usize = 16;

/// Σ f(a, b) over the pairs of elements, for K sums at once; inline it into a
/// [`Loop`](super::vectors::Loop).
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub(super) fn sums<T: Element, const K: usize>(
    a: &[T],
    b: &[T],
    f: impl Fn(T, T) -> [f64; K],
) -> [f64; K] {
    assert!(
        a.len() == b.len(),
        "sums: {} elements against {}",
        a.len(),
        b.len()
    );
    let mut sums = [[0.0; LANES]; K];
    let (blocks, rest) = a.as_chunks::<LANES>();
    let (other_blocks, other_rest) = b.as_chunks::<LANES>();
    for (a, b) in blocks.iter().zip(other_blocks) {
        // Sum by sum, not lane by lane, of which the compiler would make vectors as short as there are sums.
        let mut terms = [[0.0; LANES]; K];
        for lane in 0..LANES {
            let of_lane = f(a[lane], b[lane]);
            for k in 0..K {
                terms[k][lane] = of_lane[k];
            }
        }
        for (sums, terms) in sums.iter_mut().zip(terms) {
            sums.iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
        }
    }
    for (lane, (&a, &b)) in rest.iter().zip(other_rest).enumerate() {
        let terms = f(a, b);
        for k in 0..K {
            sums[k][lane] += terms[k];
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// Σ f(a, b) over the pairs of elements.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn sum_zip<T: Element>(a: &[T], b: &[T], f: impl Fn(f64, f64) -> f64) -> f64 {
    let [sum] = sums(a, b, |a, b| [f(a.as_f64(), b.as_f64())]);
    sum
}

/// Σ f(x) over the elements.
pub fn sum<T: Element>(x: &[T], f: impl Fn(f64) -> f64) -> f64 {
    sum_zip(x, x, |v, _| f(v))
}

/// Σ x over the elements, of one thread, as fast as they can be read.
pub fn total<T: Element>(x: &[T]) -> f64 {
    vectors::run(Total(x))
}

struct Total<'a, T>(&'a [T]);

impl<T: Element> Loop for Total<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let [sum] = sums(self.0, self.0, |v, _| [v.as_f64()]);
        sum
    }
}

/// Σ x over the elements, in pieces of fixed size that are added in order.
pub fn par_total<T: Element>(x: &[T]) -> f64 {
    let pieces: Vec<f64> = x.par_chunks(PIECE).map(total).collect();
    pieces.into_iter().sum()
}

/// Σ over the middle axis of [outer, middle, inner], row by row in blocks of fixed size that are added in order.
pub fn sum_middle<T: Element>(x: &[T], [outer, middle, inner]: [usize; 3]) -> Vec<T> {
    if x.is_empty() {
        return vec![T::zero(); outer * inner];
    }
    let rows = (PIECE / inner).max(1);
    let blocks = middle.div_ceil(rows);
    let mut partial = vec![0.0; outer * blocks * inner];
    let sums = partial.par_chunks_mut(inner).enumerate();
    let at_once = PIECE.div_ceil(rows.min(middle) * inner);
    sums.with_min_len(at_once).for_each(|(i, sums)| {
        let (row, end) = (i % blocks * rows, middle.min((i % blocks + 1) * rows));
        let map = &x[i / blocks * middle * inner..][..middle * inner];
        for row in map[row * inner..end * inner].chunks_exact(inner) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, v)| *sum += v.as_f64());
        }
    });
    let total = |i: usize| -> f64 {
        let of_blocks = partial[i / inner * blocks * inner + i % inner..].iter();
        of_blocks.step_by(inner).take(blocks).sum()
    };
    (0..outer * inner).map(|i| T::from_f64(total(i))).collect()
}

/// The mean of every stretch of `size` elements, which must not be 0.
pub fn means<T: Element>(x: &[T], size: usize) -> Vec<T> {
    x.par_chunks(size)
        .with_min_len(PIECE.div_ceil(size))
        .map(|stretch| T::from_f64(sum(stretch, |v| v) / size as f64))
        .collect()
}

/// Every value `size` times, which must not be 0: [`means`] takes it back.
pub fn repeated<T: Element>(values: &[T], size: usize) -> Vec<T> {
    let mut y = recycled(values.len() * size);
    y.par_chunks_mut(size)
        .zip(values)
        .with_min_len(PIECE.div_ceil(size))
        .for_each(|(stretch, &value)| stretch.fill(value));
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_take_back_what_is_repeated() {
        let values: Vec<f64> = (0..5).map(f64::from).collect();
        let repeated = repeated(&values, 3);
        assert_eq!(repeated[2..7], [0.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(means(&repeated, 3), values);
    }

    #[test]
    fn small_terms_are_not_lost_among_large_ones() {
        for len in [0, 1, 7, 8, 9, 100_001] {
            let x = vec![0.1f32; len];
            let want = f64::from(0.1f32) * len as f64;
            assert!((sum(&x, |v| v) - want).abs() <= 1e-12 * want, "{len}");
            assert!((par_total(&x) - want).abs() <= 1e-12 * want, "{len}");
            assert!((sum_zip(&x, &x, |a, b| a - b)).abs() == 0.0, "{len}");
        }
    }
}
