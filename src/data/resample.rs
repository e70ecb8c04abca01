//! Shrinking pictures by area averages.

use super::picture::Picture;

/// A cut from a picture that has been shrunk evenly in both directions.
///
/// Positions are those of the shrunk picture: one of its pixels covers `step` of the original's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub top: usize,
    pub left: usize,
    /// Rows and columns.
    pub size: [usize; 2],
    pub step: f64,
}

/// The step that shrinks the shorter side of a picture to `shorter` pixels, at least 1, and the
/// picture's height and width then.
pub(super) fn shrunk(picture: &Picture, shorter: usize) -> (f64, [usize; 2]) {
    shrunk_by(picture, picture.shorter_side() as f64 / shorter as f64)
}

/// A step, and the picture's height and width when it is shrunk by it.
pub(super) fn shrunk_by(picture: &Picture, step: f64) -> (f64, [usize; 2]) {
    // The longer side rounds down, so that every pixel lies fully within the picture.
    let sides = [picture.height, picture.width].map(|side| (side as f64 / step + 1e-9) as usize);
    (step, sides)
}

/// The mean of the original over the area that each pixel of the cut covers, `[3, rows, columns]`.
pub(super) fn average(picture: &Picture, cut: Cut) -> Vec<u8> {
    let [height, width] = cut.size;
    let rows = spans(cut.top, height, cut.step, picture.height);
    let columns = spans(cut.left, width, cut.step, picture.width);
    let mut bytes = vec![0; 3 * height * width];
    let mut line = vec![[0f32; 3]; width];
    for (y, span) in rows.iter().enumerate() {
        line.fill([0.0; 3]);
        for (i, weight) in span.weights.iter().enumerate() {
            add_row(picture.row(span.start + i), *weight, &columns, &mut line);
        }
        for (x, pixel) in line.iter().enumerate() {
            for (channel, value) in pixel.iter().enumerate() {
                bytes[(channel * height + y) * width + x] = (value + 0.5) as u8;
            }
        }
    }
    bytes
}

fn add_row(row: &[u8], weight: f32, columns: &[Span], line: &mut [[f32; 3]]) {
    for (pixel, span) in line.iter_mut().zip(columns) {
        let from = row[3 * span.start..].chunks_exact(3);
        for (source, share) in from.zip(&span.weights) {
            for (value, &byte) in pixel.iter_mut().zip(source) {
                *value += weight * share * f32::from(byte);
            }
        }
    }
}

/// The pixels that one pixel of the cut covers along an axis, each with its share of the whole.
struct Span {
    start: usize,
    weights: Vec<f32>,
}

fn spans(first: usize, count: usize, step: f64, length: usize) -> Vec<Span> {
    (first..first + count)
        .map(|i| {
            let (from, to) = (i as f64 * step, (i + 1) as f64 * step);
            let start = (from as usize).min(length - 1);
            let end = (to.ceil() as usize).clamp(start + 1, length);
            let shares: Vec<f64> = (start..end)
                .map(|p| ((p + 1) as f64).min(to) - (p as f64).max(from))
                .collect();
            let whole: f64 = shares.iter().sum();
            Span {
                start,
                weights: shares.iter().map(|s| (s / whole) as f32).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(height: usize, width: usize) -> Picture {
        let rgb = (0..height * width)
            .flat_map(|i| [(i % width) as u8 * 10, (i / width) as u8 * 10, 7])
            .collect();
        Picture { height, width, rgb }
    }

    #[test]
    fn a_step_of_one_copies() {
        let picture = ramp(4, 6);
        let (step, sides) = shrunk(&picture, 4);
        assert_eq!((step, sides), (1.0, [4, 6]));
        let cut = Cut {
            top: 1,
            left: 2,
            size: [3; 2],
            step,
        };
        let bytes = average(&picture, cut);
        assert_eq!(bytes[..9], [20, 30, 40, 20, 30, 40, 20, 30, 40]);
        assert_eq!(bytes[9..18], [10, 10, 10, 20, 20, 20, 30, 30, 30]);
        assert_eq!(bytes[18..], [7; 9]);
    }

    #[test]
    fn halves_and_fractions_average() {
        let picture = ramp(6, 6);
        let half = average(
            &picture,
            Cut {
                top: 0,
                left: 0,
                size: [3; 2],
                step: 2.0,
            },
        );
        assert_eq!(half[..3], [5, 25, 45]);
        let (step, sides) = shrunk(&picture, 4);
        assert_eq!(sides, [4, 4]);
        let cut = Cut {
            top: 0,
            left: 0,
            size: [4; 2],
            step,
        };
        // The first pixel covers 0 fully and half of 10: 5 / 1.5.
        assert_eq!(average(&picture, cut)[..4], [3, 17, 33, 47]);
    }
}
