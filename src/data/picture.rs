//! PNG and JPEG pictures as RGB bytes.

#[cfg(feature = "files")]
use std::io::Cursor;
use std::path::Path;

use crate::error::{Error, Result};

/// The largest picture that is read: 100 megapixels.
#[cfg(feature = "files")]
const MOST_PIXELS: u64 = 100_000_000;

/// A picture in rows of RGB triples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
    /// 3·H·W bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Height or width, whichever is less.
    pub fn shorter_side(&self) -> usize {
        self.height.min(self.width)
    }

    /// The triples of row `y`.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.rgb[3 * y * self.width..3 * (y + 1) * self.width]
    }
}

/// Decodes a PNG or JPEG, told apart by content.
///
/// Grey is repeated in all three channels, palettes are looked up, 16 bits are cut to 8, and
/// transparency is composited on black. The orientation in EXIF data is ignored, as torchvision
/// does unless asked.
///
/// # Errors
/// If the content is no such picture, is damaged or cut short, or has more than 100 megapixels;
/// `path` is named in the message.
#[cfg(feature = "files")]
pub fn decode(bytes: &[u8], path: &Path) -> Result<Picture> {
    let picture = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        decode_png(bytes, path)?
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        decode_jpeg(bytes, path)?
    } else {
        let problem = if bytes.is_empty() {
            "it is empty"
        } else {
            "it is neither PNG nor JPEG"
        };
        return Err(Error::file(path, problem, "convert it or take it away"));
    };
    let Picture { height, width, rgb } = &picture;
    if *height == 0 || *width == 0 || rgb.len() != 3 * height * width {
        let problem = format!("it decodes to {} bytes for {width}×{height}", rgb.len());
        return Err(damaged(path, problem));
    }
    Ok(picture)
}

/// Refuses every picture: this build has no decoders.
///
/// # Errors
/// Always; the message says which feature is missing.
#[cfg(not(feature = "files"))]
pub fn decode(_: &[u8], path: &Path) -> Result<Picture> {
    Err(Error::file(
        path,
        "this build cannot read pictures",
        "build with the feature `files`",
    ))
}

#[cfg(feature = "files")]
fn damaged(path: &Path, reason: impl std::fmt::Display) -> Error {
    // Decoders' messages may run over several lines; a report here is one line.
    let reason = reason.to_string();
    let words: Vec<&str> = reason.split_whitespace().collect();
    Error::file(
        path,
        format!("it cannot be decoded ({})", words.join(" ")),
        "it is damaged or cut short; replace it or take it away",
    )
}

#[cfg(feature = "files")]
fn check_size(width: u64, height: u64, path: &Path) -> Result<()> {
    if width.saturating_mul(height) <= MOST_PIXELS {
        return Ok(());
    }
    Err(Error::file(
        path,
        format!("{width}×{height} pixels are more than 100 megapixels"),
        "shrink it or take it away",
    ))
}

#[cfg(feature = "files")]
fn decode_png(bytes: &[u8], path: &Path) -> Result<Picture> {
    use png::{ColorType, Decoder, Transformations};
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|e| damaged(path, e))?;
    check_size(header.width.into(), header.height.into(), path)?;
    let mut reader = decoder.read_info().map_err(|e| damaged(path, e))?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| damaged(path, "its size overflows"))?;
    let mut buffer = vec![0; size];
    let info = reader
        .next_frame(&mut buffer)
        .map_err(|e| damaged(path, e))?;
    buffer.truncate(info.buffer_size());
    let rgb = match info.color_type {
        ColorType::Rgb => buffer,
        ColorType::Grayscale => buffer.iter().flat_map(|&v| [v; 3]).collect(),
        ColorType::GrayscaleAlpha => buffer
            .chunks_exact(2)
            .flat_map(|p| [on_black(p[0], p[1]); 3])
            .collect(),
        ColorType::Rgba => buffer
            .chunks_exact(4)
            .flat_map(|p| [p[0], p[1], p[2]].map(|v| on_black(v, p[3])))
            .collect(),
        ColorType::Indexed => return Err(damaged(path, "its palette is missing")),
    };
    Ok(Picture {
        height: info.height as usize,
        width: info.width as usize,
        rgb,
    })
}

/// A value seen in front of black, rounded.
#[cfg(feature = "files")]
fn on_black(value: u8, alpha: u8) -> u8 {
    ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8
}

#[cfg(feature = "files")]
fn decode_jpeg(bytes: &[u8], path: &Path) -> Result<Picture> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;
    // Without strictness the missing part of a truncated picture would be filled with grey.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|e| damaged(path, format!("{e:?}")))?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| damaged(path, "it has no size"))?;
    check_size(width as u64, height as u64, path)?;
    let rgb = decoder
        .decode()
        .map_err(|e| damaged(path, format!("{e:?}")))?;
    Ok(Picture { height, width, rgb })
}
