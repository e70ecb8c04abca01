//! The matrix of windows of one map, gathered through the border's tables, and its adjoint.
//!
//! Row (ky, kx) of the matrix holds, for every output pixel in row-major order, the padded pixel that
//! this tap of the window reads. No padded copy of the map is made.

use super::border::MapBorder;
use crate::padding::{Frame, HALO, Window};
use crate::tensor::Element;

/// The windows of a map and the output pixels that they belong to.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Kernel size, stride and dilation.
    pub window: Window,
    /// Output rows and columns.
    pub output: [usize; 2],
}

impl Windows {
    /// Taps per window.
    pub fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    /// Output pixels.
    pub fn pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// The padded coordinates that output pixel `output` (row-major) reads, in the order of the taps.
    pub fn taps_of(&self, output: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Window {
            kernel,
            stride,
            dilation,
        } = self.window;
        let (oy, ox) = (output / self.output[1], output % self.output[1]);
        (0..kernel[0]).flat_map(move |ky| {
            let row = oy * stride[0] + ky * dilation[0];
            (0..kernel[1]).map(move |kx| (row, ox * stride[1] + kx * dilation[1]))
        })
    }

    /// The padded coordinates that output pixel `output` (row-major) reads with one of its taps.
    pub fn tap(&self, output: usize, tap: usize) -> (usize, usize) {
        let pixel = [output / self.output[1], output % self.output[1]];
        let tap = [tap / self.window.kernel[1], tap % self.window.kernel[1]];
        let [row, column] = [0, 1].map(|axis| {
            pixel[axis] * self.window.stride[axis] + tap[axis] * self.window.dilation[axis]
        });
        (row, column)
    }

    /// Calls `visit(matrix offset, padded row, first padded column)` for every output row of every tap.
    fn rows(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Window {
            kernel,
            stride,
            dilation,
        } = self.window;
        let mut offset = 0;
        for ky in 0..kernel[0] {
            for kx in 0..kernel[1] {
                for oy in 0..self.output[0] {
                    visit(offset, oy * stride[0] + ky * dilation[0], kx * dilation[1]);
                    offset += self.output[1];
                }
            }
        }
    }
}

/// Gathers the taps × pixels matrix of one map.
pub fn gather<T: Element>(map: &[T], border: &MapBorder<T>, windows: &Windows, matrix: &mut [T]) {
    let [rows, columns] = border.axes;
    let (width, step) = (windows.output[1], windows.window.stride[1]);
    let inside = columns.inside();
    windows.rows(|offset, row, first| {
        let out = &mut matrix[offset..offset + width];
        if rows.source[row] == HALO {
            for (i, value) in out.iter_mut().enumerate() {
                *value = border.halo_value(row, first + i * step);
            }
            return;
        }
        let source = &map[rows.source[row] as usize * columns.n..][..columns.n];
        let pixel = |column: usize| match columns.source[column] {
            HALO => border.halo_value(row, column),
            x => source[x as usize],
        };
        // The outputs whose tap lies inside the image read it in order; the rest go by the table.
        let low = inside.start.saturating_sub(first).div_ceil(step).min(width);
        let high = inside
            .end
            .saturating_sub(first)
            .div_ceil(step)
            .clamp(low, width);
        for i in (0..low).chain(high..width) {
            out[i] = pixel(first + i * step);
        }
        if low < high {
            let start = first + low * step - inside.start;
            match step {
                1 => out[low..high].copy_from_slice(&source[start..start + high - low]),
                _ => {
                    let read = source[start..].iter().step_by(step);
                    out[low..high]
                        .iter_mut()
                        .zip(read)
                        .for_each(|(o, &v)| *o = v);
                }
            }
        }
    });
}

/// Adds the gradient of the matrix to that of the map, and to that of the ring where it is wanted.
///
/// `border` gives the tables: detached ones drop what flows to padded pixels.
pub fn scatter<T: Element>(
    matrix: &[T],
    border: &MapBorder<T>,
    windows: &Windows,
    map_grad: &mut [T],
    mut ring_grad: Option<(&mut [T], Frame)>,
) {
    let [rows, columns] = border.axes;
    let (width, step) = (windows.output[1], windows.window.stride[1]);
    let inside = columns.inside();
    windows.rows(|offset, row, first| {
        let grads = &matrix[offset..offset + width];
        let y = rows.source[row];
        if y != HALO && step == 1 && inside.start <= first && first + width <= inside.end {
            let start = y as usize * columns.n + first - inside.start;
            let read = &mut map_grad[start..start + width];
            read.iter_mut().zip(grads).for_each(|(m, &g)| *m += g);
            return;
        }
        for (i, &grad) in grads.iter().enumerate() {
            let column = first + i * step;
            let x = columns.source[column];
            if y != HALO && x != HALO {
                map_grad[y as usize * columns.n + x as usize] += grad;
            } else if let Some((ring, frame)) = &mut ring_grad {
                ring[frame.slot(row, column)] += grad;
            }
        }
    });
}
