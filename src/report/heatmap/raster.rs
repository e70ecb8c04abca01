//! Pixels to draw on, and PNG files of them.

/// Red, green, blue and opacity.
pub type Rgba = [u8; 4];

const TRANSPARENT: Rgba = [0, 0, 0, 0];

/// An RGBA picture being drawn; what is not drawn stays transparent, for light and dark pages.
pub struct Raster {
    pixels: Vec<Rgba>,
    pub width: usize,
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

    /// The raster as a PNG file.
    pub fn png(&self) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        // A side beyond u32 becomes 0, which the encoder refuses as an error.
        let side = |length: usize| u32::try_from(length).unwrap_or(0);
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }
}
