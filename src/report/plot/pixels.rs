//! A drawing as pixels: every shape filled by its distance, text drawn with the strokes of its letters.

use super::canvas::{Anchor, Drawing, Mark};
use super::colours::Paint;
use super::letters::{ADVANCE, strokes};
use super::raster::Raster;
use crate::error::Result;

const MILLIMETRES_PER_INCH: f64 = 25.4;
/// Dots of a letter from its top to its foot, and between one letter and the next, as shares of the size.
const PITCH: [f64; 2] = [0.53 / ADVANCE as f64, 0.72 / 6.0];
/// Width of a letter's strokes as a share of its size.
const STROKE: f64 = 0.085;

type Point = (f64, f64);

impl Drawing {
    /// The drawing as a PNG file, `millimetres` wide at `dpi` dots per inch, on white.
    ///
    /// # Errors
    /// Where the picture would be too large to encode.
    pub fn png(&self, millimetres: f64, dpi: f64) -> Result<Vec<u8>> {
        let scale = millimetres / MILLIMETRES_PER_INCH * dpi / self.width;
        let pixels = |length: f64| (length * scale).round().max(1.0) as usize;
        let (width, height) = (pixels(self.width), pixels(self.height));
        let mut raster = Raster::new(width, height);
        raster.fill(0, 0, width, height, [255; 4]);
        for mark in &self.marks {
            draw(&mut raster, mark, scale);
        }
        let per_metre = (dpi / MILLIMETRES_PER_INCH * 1000.0).round() as u32;
        raster.png(Some(per_metre))
    }
}

fn draw(raster: &mut Raster, mark: &Mark, scale: f64) {
    let scaled = |p: &Point| (p.0 * scale, p.1 * scale);
    match mark {
        Mark::Line {
            points,
            paint,
            width,
        } => {
            let points: Vec<Point> = points.iter().map(scaled).collect();
            let segments: Vec<[Point; 2]> = points.windows(2).map(|w| [w[0], w[1]]).collect();
            stroke(raster, &segments, width * scale / 2.0, *paint);
        }
        Mark::Area { points, paint } => {
            let points: Vec<Point> = points.iter().map(scaled).collect();
            fill(raster, &points, *paint);
        }
        Mark::Text {
            text,
            at,
            size,
            paint,
            anchor,
        } => {
            let size = size * scale;
            let (x, y) = scaled(at);
            let count = text.chars().count() as f64 * ADVANCE as f64 - 1.0;
            let share = match anchor {
                Anchor::Left => 0.0,
                Anchor::Middle => 0.5,
                Anchor::Right => 1.0,
            };
            let (left, top) = (x - share * count * PITCH[0] * size, y - 0.36 * size);
            for (i, letter) in text.chars().enumerate() {
                let position = |(column, row): Point| {
                    let across = column + (i * ADVANCE) as f64;
                    (left + across * PITCH[0] * size, top + row * PITCH[1] * size)
                };
                let segments: Vec<[Point; 2]> = strokes(letter)
                    .into_iter()
                    .map(|s| s.map(position))
                    .collect();
                stroke(raster, &segments, STROKE * size / 2.0, *paint);
            }
        }
    }
}

/// Fills what lies within `radius` of the segments, each pixel once.
fn stroke(raster: &mut Raster, segments: &[[Point; 2]], radius: f64, paint: Paint) {
    // Thinner than a pixel would fade; it keeps its width and is drawn paler.
    let corners: Vec<Point> = segments.iter().flatten().copied().collect();
    cover(raster, &corners, radius + 1.0, paint, |p| {
        let nearest = segments
            .iter()
            .map(|[a, b]| distance(p, *a, *b))
            .fold(f64::INFINITY, f64::min);
        (radius + 0.5 - nearest).clamp(0.0, (2.0 * radius).min(1.0))
    });
}

/// Fills a polygon, its edge smoothed over a pixel.
fn fill(raster: &mut Raster, points: &[Point], paint: Paint) {
    let edges = || points.iter().zip(points.iter().cycle().skip(1));
    cover(raster, points, 1.0, paint, |p| {
        let crosses = |(a, b): &(&Point, &Point)| {
            (a.1 > p.1) != (b.1 > p.1) && p.0 < a.0 + (p.1 - a.1) / (b.1 - a.1) * (b.0 - a.0)
        };
        let inside = edges().filter(crosses).count() % 2 == 1;
        let edge = edges()
            .map(|(a, b)| distance(p, *a, *b))
            .fold(f64::INFINITY, f64::min);
        let signed = if inside { edge } else { -edge };
        (signed + 0.5).clamp(0.0, 1.0)
    });
}

/// Lays the paint over every pixel around `corners` by the share of it that is covered.
fn cover(
    raster: &mut Raster,
    corners: &[Point],
    margin: f64,
    paint: Paint,
    share: impl Fn(Point) -> f64,
) {
    let range = |values: &dyn Fn(&Point) -> f64, most: usize| {
        let low = corners.iter().map(values).fold(f64::INFINITY, f64::min);
        let high = corners.iter().map(values).fold(0.0, f64::max);
        let low = (low - margin).max(0.0) as usize;
        low..((high + margin).ceil().max(0.0) as usize).min(most)
    };
    for y in range(&|p| p.1, raster.height) {
        for x in range(&|p| p.0, raster.width) {
            let covered = share((x as f64 + 0.5, y as f64 + 0.5));
            if covered > 0.0 {
                raster.blend(x, y, paint.colour, covered * paint.opacity);
            }
        }
    }
}

/// How far a point lies from a segment.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Canvas, ink};
    use super::*;

    #[test]
    fn shapes_cover_their_pixels_and_no_others() {
        let mut canvas = Canvas::default();
        canvas.polygon(&[(2.0, 2.0), (8.0, 2.0), (8.0, 8.0), (2.0, 8.0)], ink(1.0));
        let drawing = canvas.finish((10.0, 10.0), "");
        // One pixel for each unit: 25.4 mm at 10 dots per inch.
        let png = drawing.png(25.4, 10.0).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png))
            .read_info()
            .expect("a header");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut bytes).expect("the pixels");
        let dark = bytes.as_chunks::<4>().0.iter().filter(|p| p[0] < 60);
        assert_eq!(dark.count(), 36);
    }

    #[test]
    fn distances_are_to_the_nearest_point_of_a_segment() {
        assert_eq!(distance((0.0, 3.0), (-1.0, 0.0), (1.0, 0.0)), 3.0);
        assert_eq!(distance((4.0, 4.0), (-1.0, 0.0), (1.0, 0.0)), 5.0);
        assert_eq!(distance((3.0, 4.0), (0.0, 0.0), (0.0, 0.0)), 5.0);
    }
}
