//! Maxima and sums over windows, read through the border's tables.

use rayon::prelude::*;

use super::border::{Border, Halo};

use super::im2col::Windows;
use crate::padding::{Axis, HALO, Window};
use crate::tensor::Element;

/// Where the maximum of a window was found.
///
/// A source pixel is its flat index ≥ 0; a padded pixel without a source is `PADDED - slot`, and a
/// constant one, to which no gradient flows, is `NOWHERE`.
pub type Found = i32;

/// The [`Found`] of slot 0 of a ring; slot k is k less.
pub const PADDED: Found = -1;
/// The [`Found`] of a constant padded pixel.
pub const NOWHERE: Found = i32::MIN;

/// Which padded pixels take part in a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padded {
    /// All, with their values.
    Counted,
    /// Those that read the image; the halo never wins.
    Skipped,
}

/// The maximum of every window of every map and where its gradient goes by the tables `back`; the first
/// of equals wins, and NaN wins over everything.
pub fn max<T: Element>(
    x: &[T],
    border: &Border<T>,
    back: &[Axis; 2],
    windows: &Windows,
    padded: Padded,
) -> (Vec<T>, Vec<Found>) {
    let [rows, columns] = border.axes;
    let (map_len, pixels) = (rows.n * columns.n, windows.pixels());
    let maps = x.len() / map_len.max(1);
    let mut values = vec![T::zero(); maps * pixels];
    let mut found = vec![NOWHERE; maps * pixels];
    let outputs = values
        .par_chunks_mut(pixels)
        .zip(found.par_chunks_mut(pixels));
    outputs.enumerate().for_each(|(map, (values, found))| {
        let image = &x[map * map_len..][..map_len];
        if border.axes.iter().all(|axis| axis.padded() == axis.n) {
            return max_unpadded(image, columns.n, windows, values, found);
        }
        let border = border.map(map);
        for (output, out) in values.iter_mut().zip(found).enumerate() {
            let mut best = (T::neg_infinity(), NOWHERE);
            let mut first = true;
            for (row, column) in windows.taps_of(output) {
                let (value, place) = match border.source(row, column) {
                    Some(source) if passes(back, row, column) => (image[source], source as Found),
                    Some(source) => (image[source], NOWHERE),
                    None if padded == Padded::Skipped => continue,
                    None => (
                        border.halo_value(row, column),
                        slot(&border.halo, row, column),
                    ),
                };
                if !best.0.is_nan() && (value > best.0 || value.is_nan() || first) {
                    best = (value, place);
                    first = false;
                }
            }
            (*out.0, *out.1) = best;
        }
    });
    (values, found)
}

/// [`max`] of one map without padding, whose windows need no tables.
fn max_unpadded<T: Element>(
    image: &[T],
    width: usize,
    windows: &Windows,
    values: &mut [T],
    found: &mut [Found],
) {
    let Window {
        kernel,
        stride,
        dilation,
    } = windows.window;
    let across = windows.output[1];
    let rows = values
        .chunks_exact_mut(across)
        .zip(found.chunks_exact_mut(across));
    for (oy, (values, found)) in rows.enumerate() {
        for ky in 0..kernel[0] {
            for kx in 0..kernel[1] {
                let first = (oy * stride[0] + ky * dilation[0]) * width + kx * dilation[1];
                let start = ky == 0 && kx == 0;
                let taps = image[first..].iter().step_by(stride[1]);
                for (ox, ((best, place), &value)) in
                    values.iter_mut().zip(&mut *found).zip(taps).enumerate()
                {
                    let wins = start || (!best.is_nan() && (value > *best || value.is_nan()));
                    let here = (first + ox * stride[1]) as Found;
                    *best = if wins { value } else { *best };
                    *place = if wins { here } else { *place };
                }
            }
        }
    }
}

fn passes([rows, columns]: &[Axis; 2], row: usize, column: usize) -> bool {
    rows.source[row] != HALO && columns.source[column] != HALO
}

fn slot<T>(halo: &Halo<T>, row: usize, column: usize) -> Found {
    match halo {
        Halo::Constant(_) => NOWHERE,
        Halo::Ring(_, frame) => PADDED - frame.slot(row, column) as Found,
    }
}

/// The sum over every window of every map, padded pixels with their values.
pub fn sum<T: Element>(x: &[T], border: &Border<T>, windows: &Windows) -> Vec<T> {
    let [rows, columns] = border.axes;
    let (map_len, pixels) = (rows.n * columns.n, windows.pixels());
    let mut sums = vec![T::zero(); x.len() / map_len.max(1) * pixels];
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
        let unpadded = [4, 5].map(|n| Axis::new(n, 0, 0, |_, _| None));
        // A halo beyond the windows takes the way through the tables.
        let padded = [4, 5].map(|n| Axis::new(n, 0, 1, |_, _| None));
        for (kernel, stride) in [([2, 2], [2, 2]), ([3, 2], [1, 1]), ([1, 3], [2, 1])] {
            let window = Window {
                kernel,
                stride,
                dilation: [1, 1],
            };
            let output = [0, 1].map(|a| window.output(a, [4, 5][a]).unwrap());
            let windows = Windows { window, output };
            let run = |axes: &[Axis; 2]| {
                let halo = Halo::Constant(0.0);
                let border = Border { axes, halo };
                let (values, found) = max(&image, &border, axes, &windows, Padded::Counted);
                (
                    values.into_iter().map(f32::to_bits).collect::<Vec<_>>(),
                    found,
                )
            };
            assert_eq!(run(&unpadded), run(&padded), "{kernel:?} stride {stride:?}");
        }
    }
}
