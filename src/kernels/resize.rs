//! Bilinear resizing of maps, and its adjoint.

use rayon::prelude::*;

use crate::tensor::Element;

/// Where every output of one axis reads: its lower and its upper neighbour and their weights.
pub struct Taps<T> {
    inputs: usize,
    taps: Vec<(usize, usize, [T; 2])>,
}

impl<T: Element> Taps<T> {
    /// The taps from `inputs` to `outputs` pixels.
    ///
    /// With aligned corners output i reads at i·(n-1)/(m-1), and a single output reads at 0; without,
    /// at (i + ½)·n/m - ½, cut off at 0.
    pub fn new(inputs: usize, outputs: usize, align_corners: bool) -> Taps<T> {
        let position = |i: usize| match (align_corners, outputs) {
            (true, 1) => 0.0,
            (true, _) => i as f64 * ((inputs - 1) as f64 / (outputs - 1) as f64),
            (false, _) => ((i as f64 + 0.5) * (inputs as f64 / outputs as f64) - 0.5).max(0.0),
        };
        let tap = |i: usize| {
            let position = position(i);
            let low = (position as usize).min(inputs - 1);
            let share = position - low as f64;
            let weights = [1.0 - share, share].map(T::from_f64);
            (low, (low + 1).min(inputs - 1), weights)
        };
        Taps {
            inputs,
            taps: (0..outputs).map(tap).collect(),
        }
    }
}

/// Every map of `x` resized by the taps of its rows and columns.
pub fn resize<T: Element>(x: &[T], rows: &Taps<T>, columns: &Taps<T>) -> Vec<T> {
    let [input, output] = sizes(rows, columns);
    let maps = x.len() / input;
    let mut y = vec![T::zero(); maps * output];
    y.par_chunks_mut(output)
        .zip(x.par_chunks(input))
        .for_each(|(y, x)| {
            let at = |row: usize, column: usize| x[row * columns.inputs + column];
            let mut y = y.iter_mut();
            for &(top, bottom, [wt, wb]) in &rows.taps {
                for (&(left, right, [wl, wr]), y) in columns.taps.iter().zip(&mut y) {
                    let above = wl * at(top, left) + wr * at(top, right);
                    let below = wl * at(bottom, left) + wr * at(bottom, right);
                    *y = wt * above + wb * below;
                }
            }
        });
    y
}

/// The adjoint of [`resize`]: spreads every gradient over the four pixels that were read.
pub fn resize_adjoint<T: Element>(grad: &[T], rows: &Taps<T>, columns: &Taps<T>) -> Vec<T> {
    let [input, output] = sizes(rows, columns);
    let maps = grad.len() / output;
    let mut dx = vec![T::zero(); maps * input];
    dx.par_chunks_mut(input)
        .zip(grad.par_chunks(output))
        .for_each(|(dx, grad)| {
            let mut grad = grad.iter();
            for &(top, bottom, [wt, wb]) in &rows.taps {
                for (&(left, right, [wl, wr]), &g) in columns.taps.iter().zip(&mut grad) {
                    for (row, weight) in [(top, wt * g), (bottom, wb * g)] {
                        dx[row * columns.inputs + left] += wl * weight;
                        dx[row * columns.inputs + right] += wr * weight;
                    }
                }
            }
        });
    dx
}

fn sizes<T>(rows: &Taps<T>, columns: &Taps<T>) -> [usize; 2] {
    [
        rows.inputs * columns.inputs,
        rows.taps.len() * columns.taps.len(),
    ]
}
