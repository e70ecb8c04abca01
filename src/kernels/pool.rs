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
