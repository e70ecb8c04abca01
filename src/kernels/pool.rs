//! Maxima and sums over windows, read through the border's tables.

mod pairs;
mod winner;

use rayon::prelude::*;

use super::border::{Border, Halo, MapBorder};
use super::im2col::Windows;
use crate::padding::{Axis, Frame, HALO, Window};
use crate::tensor::{Element, recycled};
pub use winner::Winner;
use winner::wins;

/// Which padded pixels take part in a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padded {
    /// All, with their values.
    Counted,
    /// Those that read the image; the halo never wins.
    Skipped,
}

/// The maximum of every window of every map and the tap that won; the first of equals wins, and NaN wins
/// over everything.
pub fn max<T: Element, I: Winner>(
    x: &[T],
    border: &Border<T>,
    windows: &Windows,
    padded: Padded,
) -> (Vec<T>, Vec<I>) {
    let [rows, columns] = border.axes;
    let (map_len, pixels) = (rows.n * columns.n, windows.pixels());
    let maps = x.len() / map_len.max(1);
    let mut values = recycled(maps * pixels);
    let mut winners = vec![I::default(); maps * pixels];
    let unpadded = border.axes.iter().all(|axis| axis.padded() == axis.n);
    values
        .par_chunks_mut(pixels)
        .zip(winners.par_chunks_mut(pixels))
        .enumerate()
        .for_each(|(map, (values, winners))| {
            let image = &x[map * map_len..][..map_len];
            if unpadded && pairs::suits(windows) {
                pairs::max(image, columns.n, windows.output[1], values, winners);
            } else if unpadded {
                max_unpadded(image, columns.n, windows, values, winners);
            } else {
                max_padded(image, &border.map(map), windows, padded, values, winners);
            }
        });
    (values, winners)
}

/// [`max`] of one map through the tables of its border.
fn max_padded<T: Element, I: Winner>(
    image: &[T],
    border: &MapBorder<T>,
    windows: &Windows,
    padded: Padded,
    values: &mut [T],
    winners: &mut [I],
) {
    for (output, out) in values.iter_mut().zip(winners).enumerate() {
        let mut best = (T::neg_infinity(), I::default());
        let mut first = true;
        for (tap, (row, column)) in windows.taps_of(output).enumerate() {
            let value = match border.source(row, column) {
                Some(source) => image[source],
                None if padded == Padded::Skipped => continue,
                None => border.halo_value(row, column),
            };
            if first || wins(value, best.0) {
                best = (value, I::of(tap));
                first = false;
            }
        }
        (*out.0, *out.1) = best;
    }
}

/// [`max`] of one map without padding, whose windows need no tables.
fn max_unpadded<T: Element, I: Winner>(
    image: &[T],
    width: usize,
    windows: &Windows,
    values: &mut [T],
    winners: &mut [I],
) {
    let Window {
        kernel,
        stride,
        dilation,
    } = windows.window;
    let across = windows.output[1];
    let rows = values
        .chunks_exact_mut(across)
        .zip(winners.chunks_exact_mut(across));
    for (oy, (values, winners)) in rows.enumerate() {
        for ky in 0..kernel[0] {
            for kx in 0..kernel[1] {
                let first = (oy * stride[0] + ky * dilation[0]) * width + kx * dilation[1];
                let start = ky == 0 && kx == 0;
                let here = I::of(ky * kernel[1] + kx);
                let taps = image[first..].iter().step_by(stride[1]);
                for ((best, winner), &value) in values.iter_mut().zip(&mut *winners).zip(taps) {
                    let wins = start || wins(value, *best);
                    *best = if wins { value } else { *best };
                    *winner = if wins { here } else { *winner };
                }
            }
        }
    }
}

/// The gradient of the input of [`max`] and, where its `frame` is given, of every map's ring: that of each
/// window goes to the tap that won, through the tables `back`.
pub fn max_backward<T: Element, I: Winner + Into<u32>>(
    grad: &[T],
    winners: &[I],
    back: &[Axis; 2],
    frame: Option<Frame>,
    windows: &Windows,
) -> (Vec<T>, Vec<T>) {
    let [rows, columns] = back;
    let (map_len, pixels) = (rows.n * columns.n, windows.pixels());
    let maps = grad.len() / pixels.max(1);
    let ring_len = frame.map_or(0, |frame| frame.len());
    let mut x_grad = recycled(maps * map_len);
    let mut rings = vec![T::zero(); maps * ring_len];
    let unpadded = back.iter().all(|axis| axis.padded() == axis.n);
    let border = Border {
        axes: back,
        halo: Halo::Constant(T::zero()),
    };
    let of_map = |map: usize, x_grad: &mut [T], ring: &mut [T]| {
        let range = map * pixels..(map + 1) * pixels;
        let (grad, winners) = (&grad[range.clone()], &winners[range]);
        if unpadded && pairs::suits(windows) {
            return pairs::backward(grad, winners, columns.n, windows.output[1], x_grad);
        }
        x_grad.fill(T::zero());
        let border = border.map(map);
        for (output, (&g, &winner)) in grad.iter().zip(winners).enumerate() {
            let (row, column) = windows.tap(output, winner.into() as usize);
            match (border.source(row, column), frame) {
                (Some(source), _) => x_grad[source] += g,
                (None, Some(frame)) => ring[frame.slot(row, column)] += g,
                (None, None) => {}
            }
        }
    };
    let chunks = x_grad.par_chunks_mut(map_len.max(1)).enumerate();
    if ring_len == 0 {
        chunks.for_each(|(map, x_grad)| of_map(map, x_grad, &mut []));
    } else {
        chunks
            .zip(rings.par_chunks_mut(ring_len))
            .for_each(|((map, x_grad), ring)| of_map(map, x_grad, ring));
    }
    (x_grad, rings)
}

/// The sum over every window of every map, padded pixels with their values.
pub fn sum<T: Element>(x: &[T], border: &Border<T>, windows: &Windows) -> Vec<T> {
    let [rows, columns] = border.axes;
    let (map_len, pixels) = (rows.n * columns.n, windows.pixels());
    let mut sums = recycled(x.len() / map_len.max(1) * pixels);
    sums.par_chunks_mut(pixels)
        .enumerate()
        .for_each(|(map, sums)| {
            let image = &x[map * map_len..][..map_len];
            let border = border.map(map);
            for (output, sum) in sums.iter_mut().enumerate() {
                let taps = windows.taps_of(output);
                *sum = taps
                    .map(|(row, column)| border.value(image, row, column))
                    .sum();
            }
        });
    sums
}

/// Whether every window has at least one tap with a source along this axis.
pub fn reaches_image(axis: &Axis, windows: &Windows, dimension: usize) -> bool {
    let Window {
        kernel,
        stride,
        dilation,
    } = windows.window;
    (0..windows.output[dimension]).all(|o| {
        (0..kernel[dimension])
            .any(|k| axis.source[o * stride[dimension] + k * dilation[dimension]] != HALO)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_padding_the_first_of_equals_wins_and_nan_over_everything() {
        let nan = f32::NAN;
        #[rustfmt::skip]
        let image = [
            1.0, 1.0, nan, 9.0, f32::NEG_INFINITY,
            1.0, 0.0, nan, 2.0, 0.0,
            3.0, nan, 5.0, 6.0, 0.0,
            4.0, 4.0, 8.0, 7.0, 0.0,
        ];
        for (kernel, stride) in [([2, 2], [2, 2]), ([3, 2], [1, 1]), ([1, 3], [2, 1])] {
            let of = |axes: &[Axis; 2]| {
                let windows = windows(kernel, stride, [4, 5]);
                let halo = Halo::Constant(0.0);
                let border = Border { axes, halo };
                let (values, winners) = max::<f32, u8>(&image, &border, &windows, Padded::Counted);
                let bits: Vec<u32> = values.into_iter().map(f32::to_bits).collect();
                let grad: Vec<f32> = (1..=winners.len()).map(|i| i as f32).collect();
                let (back, _) = max_backward(&grad, &winners, axes, None, &windows);
                (bits, winners, back)
            };
            // A halo beyond the windows goes through the tables.
            let tables = [4, 5].map(|n| Axis::new(n, 0, 1, |_, _| None));
            assert_eq!(of(&unpadded([4, 5])), of(&tables), "{kernel:?} {stride:?}");
        }
    }

    #[test]
    fn pairs_of_any_size_agree_with_all_windows() {
        for size in [[2, 2], [3, 5], [8, 64], [7, 35], [32, 32]] {
            let windows = windows([2, 2], [2, 2], size);
            let image: Vec<f32> = (0..size[0] * size[1])
                .map(|i| (i * 37 % 11) as f32)
                .collect();
            let axes = unpadded(size);
            let border = Border {
                axes: &axes,
                halo: Halo::Constant(0.0),
            };
            let found = max::<f32, u8>(&image, &border, &windows, Padded::Counted);
            let mut slow = (found.0.clone(), found.1.clone());
            max_unpadded(&image, size[1], &windows, &mut slow.0, &mut slow.1);
            assert_eq!(found, slow, "{size:?}");
        }
    }

    fn unpadded(size: [usize; 2]) -> [Axis; 2] {
        size.map(|n| Axis::new(n, 0, 0, |_, _| None))
    }

    fn windows(kernel: [usize; 2], stride: [usize; 2], size: [usize; 2]) -> Windows {
        let window = Window {
            kernel,
            stride,
            dilation: [1, 1],
        };
        let output = [0, 1].map(|a| window.output(a, size[a]).unwrap());
        Windows { window, output }
    }
}
