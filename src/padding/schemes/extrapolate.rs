use crate::padding::frame::Frame;
use crate::padding::scheme::{Computed, Rule, Scheme};
use crate::rng::Seed;

pub const SCHEME: Scheme = Scheme {
    name: "extrapolate",
    picture: "///|ABCDEF|///",
    values: "the line through the two nearest pixels: edge + k·(edge - next), k pixels outside",
    gradient: "to the pixels read, times their weights",
    source: "linear extrapolation; compared with others by Niemitalo et al. 2025, arXiv 2502.12300",
    rule: |_| Ok(Rule::Computed(&Extrapolate)),
    ..Scheme::BASE
};

/// A corner takes the rows' line of the columns' lines; one pixel alone has no slope.
struct Extrapolate;

impl Computed for Extrapolate {
    fn fill(&self, map: &[f64], frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        for (slot, row, column) in frame.slots() {
            let terms = terms(frame, row, column);
            ring[slot] = terms.iter().map(|&(at, weight)| weight * map[at]).sum();
        }
    }

    fn passes_gradient(&self) -> bool {
        true
    }

    fn backward(
        &self,
        _map: &[f64],
        frame: &Frame,
        _seed: Seed,
        ring_grad: &[f64],
        map_grad: &mut [f64],
    ) {
        for (slot, row, column) in frame.slots() {
            for (at, weight) in terms(frame, row, column) {
                map_grad[at] += weight * ring_grad[slot];
            }
        }
    }
}

/// The pixels that a padded pixel is the weighted sum of, with their weights.
fn terms(frame: &Frame, row: isize, column: isize) -> [(usize, f64); 4] {
    let (rows, columns) = (line(row, frame.height), line(column, frame.width));
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(r, c)| {
        let ((y, of_row), (x, of_column)) = (rows[r], columns[c]);
        (y * frame.width + x, of_row * of_column)
    })
}

/// The edge and the pixel next to it, weighted 1 + k and -k; inside, the pixel itself.
fn line(i: isize, n: usize) -> [(usize, f64); 2] {
    let last = n as isize - 1;
    let edge = i.clamp(0, last);
    let next = if i < 0 {
        1.min(last)
    } else {
        (edge - 1).max(0)
    };
    let k = (i - edge).unsigned_abs() as f64;
    [(edge as usize, 1.0 + k), (next as usize, -k)]
}
