//! Batch normalisation: sums per channel in f64, and the pointwise maps that use them, each with the
//! ReLU after it or without.

use rayon::prelude::*;

pub use super::affine::Affine;
use super::elementwise::PIECE;
use super::reduce::sums;
use super::vectors::{self, Loop};
use crate::tensor::{Element, recycled};

/// The sizes of a batch of maps: samples, channels, pixels per map.
pub type Maps = [usize; 3];

/// Mean and biased variance of every channel.
///
/// One pass sums what each pixel is above its channel's first one, and the square of that: a large mean
/// would cancel otherwise.
#[track_caller]
pub fn moments<T: Element>(x: &[T], maps: Maps) -> Vec<[f64; 2]> {
    let [samples, channels, pixels] = maps;
    let count = (samples * pixels) as f64;
    let first: Vec<f64> = (0..channels).map(|c| x[c * pixels].as_f64()).collect();
    let totals = channel_sums([x, x], maps, |channel| {
        let first = first[channel];
        move |x: T, _| {
            let above = x.as_f64() - first;
            [above, above * above]
        }
    });
    let pair = |(first, [above, squares]): (f64, [f64; 2])| {
        let above = above / count;
        let variance = squares / count - above * above;
        // Not `max`, which would hide a NaN.
        let variance = if variance < 0.0 { 0.0 } else { variance };
        [first + above, variance]
    };
    first.into_iter().zip(totals).map(pair).collect()
}

/// Σ g and Σ g·(x - mean) of every channel, g being `grad` or what a ReLU lets through of it.
#[track_caller]
pub fn gradient_sums<T: Element, const RELU: bool>(
    grad: &[T],
    x: &[T],
    maps: Maps,
    means: &[f64],
    affine: &[Affine<T>],
) -> Vec<[f64; 2]> {
    channel_sums([grad, x], maps, |channel| {
        let (mean, affine) = (means[channel], affine[channel]);
        move |g: T, x: T| {
            let g = affine.gate::<RELU>(g, x).as_f64();
            [g, g * (x.as_f64() - mean)]
        }
    })
}

/// (x - mean) · scale + bias of every channel, with the ReLU after it or without.
///
/// What becomes of an element depends on its value and its channel alone, never on its position.
#[track_caller]
pub fn normalise<T: Element, const RELU: bool>(
    x: &[T],
    maps: Maps,
    affine: &[Affine<T>],
) -> Vec<T> {
    let mut y = recycled(x.len());
    map_channels(&mut y, x, maps, |channel| {
        let affine = affine[channel];
        move |_, x| affine.value::<RELU>(x)
    });
    y
}

/// g ← g · scale + (x - mean) · slope + constant of every channel with `[slope, constant]`, g being what
/// a ReLU lets through where there is one.
#[track_caller]
pub fn input_gradient<T: Element, const RELU: bool>(
    grad: &mut [T],
    x: &[T],
    maps: Maps,
    affine: &[Affine<T>],
    corrections: &[[T; 2]],
) {
    map_channels(grad, x, maps, |channel| {
        let (affine, [slope, constant]) = (affine[channel], corrections[channel]);
        move |g, x| {
            let g = affine.gate::<RELU>(g, x);
            g * affine.scale + (x - affine.mean) * slope + constant
        }
    });
}

/// How many maps make a piece of work.
fn maps_per_piece(pixels: usize) -> usize {
    PIECE.div_ceil(pixels.max(1))
}

#[track_caller]
fn check(lengths: [usize; 2], [samples, channels, pixels]: Maps) {
    assert!(
        lengths == [samples * channels * pixels; 2],
        "{lengths:?} elements are not {samples}×{channels}×{pixels}"
    );
}

/// Sums K elements over the maps of every channel: maps in parallel, samples in order.
#[track_caller]
fn channel_sums<T: Element, G: Fn(T, T) -> [f64; K], const K: usize>(
    [a, b]: [&[T]; 2],
    maps: Maps,
    of_channel: impl Fn(usize) -> G + Sync,
) -> Vec<[f64; K]> {
    check([a.len(), b.len()], maps);
    let [samples, channels, pixels] = maps;
    let mut partial = vec![[0.0; K]; samples * channels];
    let per_piece = maps_per_piece(pixels);
    partial
        .par_chunks_mut(per_piece)
        .enumerate()
        .for_each(|(piece, sums)| {
            let first = piece * per_piece;
            let range = first * pixels..(first + sums.len()) * pixels;
            vectors::run(SumMaps {
                inputs: [&a[range.clone()], &b[range]],
                pixels,
                of_map: |map| of_channel((first + map) % channels),
                sums,
            });
        });
    let mut totals = vec![[0.0; K]; channels];
    for (map, sums) in partial.iter().enumerate() {
        let total = &mut totals[map % channels];
        for k in 0..K {
            total[k] += sums[k];
        }
    }
    totals
}

/// K sums of each of some maps.
struct SumMaps<'a, T, F, const K: usize> {
    inputs: [&'a [T]; 2],
    pixels: usize,
    of_map: F,
    sums: &'a mut [[f64; K]],
}

impl<T: Element, G: Fn(T, T) -> [f64; K], F: Fn(usize) -> G, const K: usize> Loop
    for SumMaps<'_, T, F, K>
{
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (map, own) in self.sums.iter_mut().enumerate() {
            let [a, b] = self.inputs.map(|x| &x[map * self.pixels..][..self.pixels]);
            *own = sums(a, b, (self.of_map)(map));
        }
    }
}

/// a ← f(a, b) for every pair of elements of two batches of maps.
#[track_caller]
fn map_channels<T: Element, G: Fn(T, T) -> T>(
    a: &mut [T],
    b: &[T],
    maps: Maps,
    of_channel: impl Fn(usize) -> G + Sync,
) {
    check([a.len(), b.len()], maps);
    let [_, channels, pixels] = maps;
    if a.is_empty() {
        return;
    }
    let per_piece = maps_per_piece(pixels);
    a.par_chunks_mut(per_piece * pixels)
        .zip(b.par_chunks(per_piece * pixels))
        .enumerate()
        .for_each(|(piece, (a, b))| {
            let of_map = |map| of_channel((piece * per_piece + map) % channels);
            vectors::run(MapMaps {
                a,
                b,
                pixels,
                of_map,
            });
        });
}

/// a ← f(a, b) on each of some maps.
struct MapMaps<'a, T, F> {
    a: &'a mut [T],
    b: &'a [T],
    pixels: usize,
    of_map: F,
}

impl<T: Element, G: Fn(T, T) -> T, F: Fn(usize) -> G> Loop for MapMaps<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let maps = self.a.chunks_exact_mut(self.pixels);
        for (map, (a, b)) in maps.zip(self.b.chunks_exact(self.pixels)).enumerate() {
            let f = (self.of_map)(map);
            a.iter_mut().zip(b).for_each(|(a, &b)| *a = f(*a, b));
        }
    }
}
