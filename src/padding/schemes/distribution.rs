//! What the distribution schemes share: the map of local means and the ring taken from it.

use super::reflect;
use crate::padding::frame::Frame;
use crate::padding::scheme::Computed;
use crate::rng::Seed;

/// The position in n_in inputs that output i of n_out reads.
type Sampler = fn(i: f64, n_in: f64, n_out: f64) -> f64;

/// Pixel centres aligned, PyTorch's `align_corners=False`.
const CENTRED: Sampler = |i, n_in, n_out| (i + 0.5) * n_in / n_out - 0.5;

/// The last pixels aligned, as in the code of Nguyen et al.
const ANCHORED: Sampler = |i, n_in, n_out| (i + 1.0) * n_in / n_out - 1.0;

/// Local means, bilinearly resized: the ring is stretched over the padded map, or reflected from the map.
pub struct LocalMeans {
    sampler: Sampler,
    reflected: bool,
}

impl LocalMeans {
    pub const INTERP: LocalMeans = LocalMeans::new(ANCHORED, false);
    pub const INTERP_CENTRED: LocalMeans = LocalMeans::new(CENTRED, false);
    pub const REFLECT: LocalMeans = LocalMeans::new(ANCHORED, true);
    pub const REFLECT_CENTRED: LocalMeans = LocalMeans::new(CENTRED, true);

    const fn new(sampler: Sampler, reflected: bool) -> LocalMeans {
        LocalMeans { sampler, reflected }
    }

    /// The two neighbours in `inputs` pixels that output `i` of `outputs` reads, and the second one's share.
    fn neighbours(&self, i: usize, outputs: usize, inputs: usize) -> (usize, usize, f64) {
        let position = (self.sampler)(i as f64, inputs as f64, outputs as f64).max(0.0);
        let low = (position as usize).min(inputs - 1);
        (low, (low + 1).min(inputs - 1), position - low as f64)
    }
}

impl Computed for LocalMeans {
    fn fill(&self, map: &[f64], frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        let (means, size) = local_means(map, frame);
        let map_size = [frame.height, frame.width];
        let padded = frame.sides.padded(map_size);
        for (slot, row, column) in frame.slots() {
            let [y, x] = [0, 1].map(|axis| {
                let (at, n) = ([row, column][axis], map_size[axis]);
                let (i, outputs) = match self.reflected {
                    true => (reflect::source(at, n), n),
                    false => (
                        (at + frame.sides.before(axis) as isize) as usize,
                        padded[axis],
                    ),
                };
                self.neighbours(i, outputs, size[axis])
            });
            let at = |y: usize, x: usize| means[y * size[1] + x];
            let along = |row: usize| at(row, x.0) * (1.0 - x.2) + at(row, x.1) * x.2;
            ring[slot] = along(y.0) * (1.0 - y.2) + along(y.1) * y.2;
        }
    }
}

/// The unpadded, stride-1 average over windows of 2p+1, p the larger padding of each axis, and its size.
///
/// Where 2p+1 exceeds the map the largest odd window that fits is used instead; Nguyen et al. do
/// not treat that case.
fn local_means(map: &[f64], frame: &Frame) -> (Vec<f64>, [usize; 2]) {
    let reach = |p: usize, n: usize| p.min((n - 1) / 2);
    let ry = reach(frame.sides.top.max(frame.sides.bottom), frame.height);
    let rx = reach(frame.sides.left.max(frame.sides.right), frame.width);
    let (height, width) = (frame.height - 2 * ry, frame.width - 2 * rx);
    let mut values = Vec::with_capacity(height * width);
    for y in 0..height {
        for x in 0..width {
            let rows = y..=y + 2 * ry;
            let row = |row: usize| {
                map[row * frame.width + x..][..2 * rx + 1]
                    .iter()
                    .sum::<f64>()
            };
            let sum: f64 = rows.map(row).sum();
            values.push(sum / ((2 * ry + 1) * (2 * rx + 1)) as f64);
        }
    }
    (values, [height, width])
}
