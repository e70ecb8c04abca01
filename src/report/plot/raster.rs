//! Pixels to draw on, and PNG files of them.

use super::colours::Colour;
use crate::error::{Error, Result};

/// Red, green, blue and opacity.
pub type Rgba = [u8; 4];

const TRANSPARENT: Rgba = [0, 0, 0, 0];

/// An RGBA picture being drawn; what is not drawn stays transparent, for light and dark pages.
pub struct Raster {
    pixels: Vec<Rgba>,
    /// Pixels to a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Raster {
    /// A transparent raster.
    pub fn new(width: usize, height: usize) -> Raster {
        Raster {
            pixels: vec![TRANSPARENT; width * height],
            width,
            height,
        }
    }

    /// Fills a rectangle that lies inside.
    pub fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: Rgba) {
        for y in top..top + height {
            let start = y * self.width + left;
            self.pixels[start..start + width].fill(colour);
        }
    }

    /// Lays an opaque colour over a pixel with this opacity; what lies outside is left out.
    pub fn blend(&mut self, x: usize, y: usize, Colour(r, g, b): Colour, opacity: f64) {
        if x >= self.width || y >= self.height {
            return;
        }
        let under = &mut self.pixels[y * self.width + x];
        for (below, above) in under.iter_mut().zip([r, g, b]) {
            let mixed = f64::from(*below) * (1.0 - opacity) + f64::from(above) * opacity;
            *below = mixed.round() as u8;
        }
    }

    /// The raster as a PNG file, with its size on paper, in pixels per metre, where it has one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it has no pixels, or more than a PNG may have.
    pub fn png(&self, per_metre: Option<u32>) -> Result<Vec<u8>> {
        self.encoded(per_metre).map_err(|error| {
            Error::invalid(
                format!("a picture of {} by {} pixels", self.width, self.height),
                error.to_string(),
                "show fewer or smaller maps",
            )
        })
    }

    fn encoded(&self, per_metre: Option<u32>) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        // A side beyond u32 becomes 0, which the encoder refuses as an error.
        let side = |length: usize| u32::try_from(length).unwrap_or(0);
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(per_metre.map(|per_metre| png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }
}
