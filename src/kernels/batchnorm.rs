//! Batch normalisation: sums per channel in f64, and the pointwise map that uses them.

use rayon::prelude::*;

use super::elementwise::PIECE;
use super::reduce::{sum, sum_zip};
use crate::tensor::Element;

/// The sizes of a batch of maps: samples, channels, pixels per map.
pub type Maps = [usize; 3];

/// Mean and biased variance of every channel, the variance around the rounded-once f64 mean.
#[track_caller]
pub fn moments<T: Element>(x: &[T], maps: Maps) -> Vec<[f64; 2]> {
    let [samples, _, pixels] = maps;
    let count = (samples * pixels) as f64;
    let means = channel_sums(maps, |map, _| [sum(&x[map], |v| v)]);
    let means: Vec<f64> = means.iter().map(|[total]| total / count).collect();
    let squares = channel_sums(maps, |map, channel| {
        [sum(&x[map], |v| (v - means[channel]).powi(2))]
    });
    let pair = |(&mean, [total]): (&f64, &[f64; 1])| [mean, total / count];
    means.iter().zip(&squares).map(pair).collect()
}

/// Σ g and Σ g·(x - mean) of every channel.
#[track_caller]
pub fn gradient_sums<T: Element>(grad: &[T], x: &[T], maps: Maps, mean: &[f64]) -> Vec<[f64; 2]> {
    channel_sums(maps, |map, channel| {
        let (g, x) = (&grad[map.clone()], &x[map]);
        [sum(g, |g| g), sum_zip(g, x, |g, x| g * (x - mean[channel]))]
    })
}

/// Sums K numbers over the maps of every channel: maps in parallel, samples in order.
fn channel_sums<const K: usize>(
    [samples, channels, pixels]: Maps,
    of_map: impl Fn(std::ops::Range<usize>, usize) -> [f64; K] + Sync,
) -> Vec<[f64; K]> {
    let partial: Vec<[f64; K]> = (0..samples * channels)
        .into_par_iter()
        .with_min_len(PIECE.div_ceil(pixels.max(1)))
        .map(|map| of_map(map * pixels..(map + 1) * pixels, map % channels))
        .collect();
    let mut totals = vec![[0.0; K]; channels];
    for (map, sums) in partial.iter().enumerate() {
        let total = &mut totals[map % channels];
        for k in 0..K {
            total[k] += sums[k];
        }
    }
    totals
}

/// f(channel's coefficients, a, b) for every pair of elements of two batches of maps.
///
/// What becomes of an element depends on its value and its channel alone, never on its position.
///
/// # Panics
/// If a length does not fit the sizes.
#[track_caller]
pub fn map_channels<T: Element, C: Sync>(
    a: &[T],
    b: &[T],
    [samples, channels, pixels]: Maps,
    coefficients: &[C],
    f: impl Fn(&C, T, T) -> T + Sync,
) -> Vec<T> {
    let len = samples * channels * pixels;
    assert!(
        a.len() == len && b.len() == len && coefficients.len() == channels,
        "map_channels: {} and {} elements and {} channels are not {samples}×{channels}×{pixels}",
        a.len(),
        b.len(),
        coefficients.len()
    );
    let mut output = vec![T::zero(); len];
    if len == 0 {
        return output;
    }
    output
        .par_chunks_mut(pixels)
        .zip(a.par_chunks(pixels).zip(b.par_chunks(pixels)))
        .enumerate()
        .with_min_len(PIECE.div_ceil(pixels))
        .for_each(|(map, (output, (a, b)))| {
            let own = &coefficients[map % channels];
            for ((y, &a), &b) in output.iter_mut().zip(a).zip(b) {
                *y = f(own, a, b);
            }
        });
    output
}
