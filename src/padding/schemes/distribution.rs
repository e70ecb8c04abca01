//! What the two distribution schemes share: the map of local means and its resizing.

use crate::padding::frame::Frame;

/// A small row-major map of its own.
pub struct Map {
    pub values: Vec<f64>,
    pub height: usize,
    pub width: usize,
}

/// The unpadded, stride-1 average over windows of 2p+1, p the larger padding of each axis.
///
/// Where 2p+1 exceeds the map the largest odd window that fits is used instead; Nguyen et al. do
/// not treat that case.
pub fn local_means(map: &[f64], frame: &Frame) -> Map {
    let reach = |p: usize, n: usize| p.min((n - 1) / 2);
    let ry = reach(frame.sides.top.max(frame.sides.bottom), frame.height);
    let rx = reach(frame.sides.left.max(frame.sides.right), frame.width);
    let (height, width) = (frame.height - 2 * ry, frame.width - 2 * rx);
    let mut values = Vec::with_capacity(height * width);
    for y in 0..height {
        for x in 0..width {
            let rows = y..=y + 2 * ry;
            let sum: f64 = rows
                .map(|row| {
                    map[row * frame.width + x..][..2 * rx + 1]
                        .iter()
                        .sum::<f64>()
                })
                .sum();
            values.push(sum / ((2 * ry + 1) * (2 * rx + 1)) as f64);
        }
    }
    Map {
        values,
        height,
        width,
    }
}

impl Map {
    /// Bilinear value at output pixel (`y`, `x`) of this map resized to `height`×`width`, pixel
    /// centres aligned (PyTorch's `align_corners=False`).
    pub fn resized(&self, y: usize, x: usize, height: usize, width: usize) -> f64 {
        let (y0, y1, fy) = neighbours(y, height, self.height);
        let (x0, x1, fx) = neighbours(x, width, self.width);
        let at = |y: usize, x: usize| self.values[y * self.width + x];
        let above = at(y0, x0) * (1.0 - fx) + at(y0, x1) * fx;
        let below = at(y1, x0) * (1.0 - fx) + at(y1, x1) * fx;
        above * (1.0 - fy) + below * fy
    }
}

fn neighbours(i: usize, outputs: usize, inputs: usize) -> (usize, usize, f64) {
    let position = ((i as f64 + 0.5) * inputs as f64 / outputs as f64 - 0.5).max(0.0);
    let low = (position as usize).min(inputs - 1);
    (low, (low + 1).min(inputs - 1), position - low as f64)
}
