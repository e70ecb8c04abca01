//! Maps whose output pixels are weighted sums of input pixels, axis by axis: interpolation, strided cuts; and the adjoint.

use rayon::prelude::*;

use crate::tensor::Element;

/// Where every output of one axis reads, and with which weights.
#[derive(Clone, Debug)]
pub struct AxisTaps<T> {
    inputs: usize,
    /// Where the taps of each output begin; one entry more than there are outputs.
    starts: Vec<usize>,
    taps: Vec<(usize, T)>,
}

impl<T: Element> AxisTaps<T> {
    /// The taps of `outputs` outputs, each given as pairs of an input below `inputs` and its weight.
    ///
    /// # Panics
    /// If a tap reads beyond the inputs.
    #[track_caller]
    pub fn new(
        inputs: usize,
        outputs: usize,
        of: impl Fn(usize) -> Vec<(usize, f64)>,
    ) -> AxisTaps<T> {
        let (mut starts, mut taps) = (vec![0], Vec::new());
        for output in 0..outputs {
            for (input, weight) in of(output) {
                assert!(
                    input < inputs,
                    "output {output} reads input {input} of {inputs}"
                );
                taps.push((input, T::from_f64(weight)));
            }
            starts.push(taps.len());
        }
        AxisTaps {
            inputs,
            starts,
            taps,
        }
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.starts.len() - 1
    }

    fn each(&self) -> impl Iterator<Item = &[(usize, T)]> {
        self.starts
            .windows(2)
            .map(|range| &self.taps[range[0]..range[1]])
    }
}

/// Every map of `x` by the taps of its rows and columns: y = Σ over rows, then over columns, in the taps' order.
pub fn resample<T: Element>(x: &[T], rows: &AxisTaps<T>, columns: &AxisTaps<T>) -> Vec<T> {
    let input = rows.inputs * columns.inputs;
    let output = rows.outputs() * columns.outputs();
    let maps = x.len().checked_div(input).unwrap_or(0);
    let mut y = vec![T::zero(); maps * output];
    let each = y
        .par_chunks_mut(output.max(1))
        .zip(x.par_chunks(input.max(1)));
    each.for_each(|(y, x)| {
        let mut summed = vec![T::zero(); columns.inputs];
        for (taps, y) in rows.each().zip(y.chunks_mut(columns.outputs())) {
            let row = |i: usize| &x[i * columns.inputs..][..columns.inputs];
            weigh(&mut summed, taps.iter().map(|&(i, w)| (row(i), w)));
            for (taps, y) in columns.each().zip(y) {
                *y = taps.iter().map(|&(j, w)| w * summed[j]).sum();
            }
        }
    });
    y
}

/// sum ← Σ weight · row.
fn weigh<'a, T: Element>(sum: &mut [T], rows: impl Iterator<Item = (&'a [T], T)>) {
    sum.fill(T::zero());
    for (row, weight) in rows {
        sum.iter_mut().zip(row).for_each(|(s, &v)| *s += weight * v);
    }
}

/// The adjoint of [`resample`]: every gradient goes to the pixels that were read, with their weights.
pub fn resample_adjoint<T: Element>(
    grad: &[T],
    rows: &AxisTaps<T>,
    columns: &AxisTaps<T>,
) -> Vec<T> {
    let input = rows.inputs * columns.inputs;
    let output = rows.outputs() * columns.outputs();
    let maps = grad.len().checked_div(output).unwrap_or(0);
    let mut dx = vec![T::zero(); maps * input];
    let each = dx
        .par_chunks_mut(input.max(1))
        .zip(grad.par_chunks(output.max(1)));
    each.for_each(|(dx, grad)| {
        let mut spread = vec![T::zero(); columns.inputs];
        for (taps, grad) in rows.each().zip(grad.chunks(columns.outputs())) {
            spread.fill(T::zero());
            for (taps, &g) in columns.each().zip(grad) {
                taps.iter().for_each(|&(j, w)| spread[j] += w * g);
            }
            for &(i, w) in taps {
                let row = &mut dx[i * columns.inputs..][..columns.inputs];
                row.iter_mut().zip(&spread).for_each(|(d, &s)| *d += w * s);
            }
        }
    });
    dx
}
