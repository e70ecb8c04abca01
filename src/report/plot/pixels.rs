//! A drawing as pixels.

use zeno::{Cap, Command, Fill, Join, Mask, Point, Stroke, Style};

use super::canvas::{Drawing, Mark};
use super::colours::{Colour, Paint};
use super::font::{BASELINE, left, outlines, width};
use super::raster::Raster;
use crate::error::Result;

const MILLIMETRES_PER_INCH: f64 = 25.4;

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

/// Writes `text` at this size with its top left corner at a pixel.
pub fn write(raster: &mut Raster, [left, top]: [f64; 2], text: &str, size: f64, colour: Colour) {
    let line = top + (0.5 + BASELINE) * size;
    let path = outlines(text, (left, line), size);
    lay(raster, &path, Fill::NonZero.into(), colour.opaque(1.0));
}

/// Draws a mark over what is there.
fn draw(raster: &mut Raster, mark: &Mark, scale: f64) {
    let point = |&(x, y): &(f64, f64)| Point::new((x * scale) as f32, (y * scale) as f32);
    match mark {
        Mark::Line {
            points,
            paint,
            width,
        } => {
            let mut stroke = Stroke::new((width * scale) as f32);
            stroke.join(Join::Round).cap(Cap::Butt);
            lay(
                raster,
                &path(points.iter().map(point)),
                stroke.into(),
                *paint,
            );
        }
        Mark::Area { points, paint } => {
            let mut path = path(points.iter().map(point));
            path.push(Command::Close);
            lay(raster, &path, Fill::NonZero.into(), *paint);
        }
        Mark::Text {
            text,
            at: (x, y),
            size,
            paint,
            anchor,
        } => {
            let left = left(*x, width(text, *size), *anchor) * scale;
            let line = (y + BASELINE * size) * scale;
            let path = outlines(text, (left, line), size * scale);
            lay(raster, &path, Fill::NonZero.into(), *paint);
        }
    }
}

fn path(points: impl Iterator<Item = Point>) -> Vec<Command> {
    let command = |(i, point)| match i {
        0 => Command::MoveTo(point),
        _ => Command::LineTo(point),
    };
    points.enumerate().map(command).collect()
}

/// Lays the paint over every pixel by the share of it that is covered.
fn lay(raster: &mut Raster, path: &[Command], style: Style, paint: Paint) {
    if path.is_empty() {
        return;
    }
    let (mask, at) = Mask::new(path).style(style).render();
    for (i, &covered) in mask.iter().enumerate().filter(|(_, covered)| **covered > 0) {
        let [column, row] = [i % at.width as usize, i / at.width as usize];
        let x = usize::try_from(at.left + column as i32);
        let y = usize::try_from(at.top + row as i32);
        if let (Ok(x), Ok(y)) = (x, y) {
            let share = f64::from(covered) / 255.0;
            raster.blend(x, y, paint.colour, share * paint.opacity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Canvas, ink};

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
}
