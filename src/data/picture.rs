//! PNG, JPEG and WebP pictures as RGB bytes, the right way up.

#[cfg(feature = "files")]
use std::io::Cursor;
use std::path::Path;

use super::budget;
#[cfg(feature = "files")]
use super::exif::{is_turned, orientation, upright};
use crate::error::{Error, Result};
#[cfg(feature = "files")]
use crate::files::read_beginning;
use crate::files::{open_regular, read_unpacked};

/// The largest picture that is read: 100 megapixels.
#[cfg(feature = "files")]
const MOST_PIXELS: u64 = 100_000_000;

/// The longest file that is read.
const LARGEST: u64 = 1 << 30;
/// Bytes of a file in which its size nearly always stands.
#[cfg(feature = "files")]
const BEGINNING: u64 = 1 << 16;
/// Bytes that a pixel takes while it is decoded: coefficients, the decoder's own pixels, the upright ones.
const WHILE_DECODED: u64 = 12;

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

/// Decodes a PNG, JPEG or WebP, told apart by content, and turns it as its EXIF data says.
///
/// Grey is repeated in all three channels, palettes are looked up, 16 bits are cut to 8, and
/// transparency is composited on black.
///
/// # Errors
/// If the content is no such picture, is damaged or cut short, or has more than 100 megapixels;
/// `path` is named in the message.
#[cfg(feature = "files")]
pub fn decode(bytes: &[u8], path: &Path) -> Result<Picture> {
    let (picture, exif) = match Format::of(bytes, path)? {
        Format::Png => decode_png(bytes, path)?,
        Format::Jpeg => decode_jpeg(bytes, path)?,
        Format::WebP => decode_webp(bytes, path)?,
    };
    let Picture { height, width, rgb } = &picture;
    if *height == 0 || *width == 0 || rgb.len() != 3 * height * width {
        let problem = format!("it decodes to {} bytes for {width}×{height}", rgb.len());
        return Err(damaged(path, problem));
    }
    let orientation = orientation(&exif.unwrap_or_default());
    let ([height, width], rgb) = upright([*height, *width], picture.rgb, orientation);
    Ok(Picture { height, width, rgb })
}

/// What kind of picture a file is.
#[cfg(feature = "files")]
enum Format {
    Png,
    Jpeg,
    WebP,
}

#[cfg(feature = "files")]
impl Format {
    fn of(bytes: &[u8], path: &Path) -> Result<Format> {
        let problem = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(Format::Png),
            [0xff, 0xd8, 0xff, ..] => return Ok(Format::Jpeg),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => return Ok(Format::WebP),
            [] => "it is empty",
            _ => "it is neither PNG nor JPEG nor WebP",
        };
        Err(Error::file(path, problem, "convert it or take it away"))
    }
}

/// A picture with its EXIF data.
#[cfg(feature = "files")]
type WithExif = (Picture, Option<Vec<u8>>);

/// Rows and columns of the picture in a file, the right way up, without decoding it.
///
/// # Errors
/// As [`decode`], as far as the beginning of the file shows.
#[cfg(feature = "files")]
pub(super) fn upright_size(path: &Path) -> Result<[usize; 2]> {
    let (_, length) = open_regular(path)?;
    let size = size(&read_beginning(path, BEGINNING)?, length, path).or_else(|_| {
        let _taken = budget::take(length);
        let bytes = read_unpacked(path, LARGEST)?;
        size(&bytes, bytes.len() as u64, path)
    });
    let [width, height] = size?;
    Ok([height, width].map(|side| side as usize))
}

/// What `make` makes of the picture in a file. All threads together have no more pictures in memory than there is room
/// for, so `make` must not wait for another thread.
///
/// # Errors
/// As [`decode`]; that of `make`.
pub(super) fn with_picture<R>(path: &Path, make: impl FnOnce(&Picture) -> Result<R>) -> Result<R> {
    let (_, length) = open_regular(path)?;
    #[cfg(feature = "files")]
    let pixels = match size(&read_beginning(path, BEGINNING)?, length, path) {
        Ok([width, height]) => width * height,
        // What is wrong with it, or that its size stands further behind, is seen when all of it is read.
        Err(_) => MOST_PIXELS,
    };
    #[cfg(not(feature = "files"))]
    let pixels = 0;
    let _taken = budget::take(length.saturating_add(pixels * WHILE_DECODED));
    make(&decode(&read_unpacked(path, LARGEST)?, path)?)
}

/// Width and height, the right way up, of the picture in a file of `length` bytes that begins so.
#[cfg(feature = "files")]
fn size(bytes: &[u8], length: u64, path: &Path) -> Result<[u64; 2]> {
    let (size, exif) = match Format::of(bytes, path)? {
        Format::Png => {
            let mut decoder = png::Decoder::new(Cursor::new(bytes));
            let header = decoder.read_header_info().map_err(|e| damaged(path, e))?;
            let size = check_png(header, length, path)?;
            // EXIF data stand in front of the pixels.
            let reader = decoder.read_info().map_err(|e| damaged(path, e))?;
            let exif = reader.info().exif_metadata.as_ref();
            (size, exif.map(|exif| exif.to_vec()))
        }
        Format::Jpeg => {
            let mut decoder = jpeg_decoder(bytes);
            decoder
                .decode_headers()
                .map_err(|e| damaged(path, format!("{e:?}")))?;
            let size = check_jpeg(decoder.dimensions(), length, path)?;
            (size, decoder.exif().cloned())
        }
        Format::WebP => {
            let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes));
            let mut decoder = decoder.map_err(|e| damaged(path, e))?;
            let (width, height) = decoder.dimensions();
            let size = check_size([width, height].map(u64::from), path)?;
            decoder.set_memory_limit(bytes.len());
            let exif = decoder.exif_metadata();
            // Their header may stand in the beginning of a file, and they behind it.
            let exif = match (bytes.len() as u64) < length {
                true => exif.map_err(|e| damaged(path, e))?,
                false => exif.ok().flatten(),
            };
            (size, exif)
        }
    };
    let [width, height] = size;
    Ok(match is_turned(orientation(&exif.unwrap_or_default())) {
        true => [height, width],
        false => [width, height],
    })
}

/// Whether a file of `length` bytes can hold as much as its header says: deflate packs at most 1032 bytes into one.
#[cfg(feature = "files")]
fn check_png(header: &png::Info, length: u64, path: &Path) -> Result<[u64; 2]> {
    const PER_BYTE: u64 = 1032;
    let size = check_size([header.width, header.height].map(u64::from), path)?;
    match header.raw_bytes() as u64 <= length.saturating_mul(PER_BYTE) {
        true => Ok(size),
        false => Err(promises_too_much(size, length, path)),
    }
}

/// The same of a JPEG: every block of 8×8 pixels takes a bit, of one colour at least in each direction.
#[cfg(feature = "files")]
fn check_jpeg(stated: Option<(usize, usize)>, length: u64, path: &Path) -> Result<[u64; 2]> {
    const PER_BYTE: u64 = 8 * 128;
    let (width, height) = stated.ok_or_else(|| damaged(path, "it has no size"))?;
    let size = check_size([width as u64, height as u64], path)?;
    match size[0] * size[1] <= length.saturating_mul(PER_BYTE) {
        true => Ok(size),
        false => Err(promises_too_much(size, length, path)),
    }
}

#[cfg(feature = "files")]
fn promises_too_much([width, height]: [u64; 2], length: u64, path: &Path) -> Error {
    damaged(
        path,
        format!("its {length} bytes cannot hold {width}×{height} pixels"),
    )
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
fn check_size([width, height]: [u64; 2], path: &Path) -> Result<[u64; 2]> {
    if width.saturating_mul(height) <= MOST_PIXELS {
        return Ok([width, height]);
    }
    Err(Error::file(
        path,
        format!("{width}×{height} pixels are more than 100 megapixels"),
        "shrink it or take it away",
    ))
}

#[cfg(feature = "files")]
fn decode_png(bytes: &[u8], path: &Path) -> Result<WithExif> {
    use png::{ColorType, Decoder, Transformations};
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|e| damaged(path, e))?;
    check_png(header, bytes.len() as u64, path)?;
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
        ColorType::Rgba => rgba_on_black(&buffer),
        ColorType::Indexed => return Err(damaged(path, "its palette is missing")),
    };
    let exif = reader.info().exif_metadata.as_ref().map(|e| e.to_vec());
    let picture = Picture {
        height: info.height as usize,
        width: info.width as usize,
        rgb,
    };
    Ok((picture, exif))
}

/// The triples of pixels with transparency, seen in front of black.
#[cfg(feature = "files")]
fn rgba_on_black(pixels: &[u8]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks();
    pixels
        .iter()
        .flat_map(|[r, g, b, alpha]| [*r, *g, *b].map(|v| on_black(v, *alpha)))
        .collect()
}

/// A value seen in front of black, rounded.
#[cfg(feature = "files")]
fn on_black(value: u8, alpha: u8) -> u8 {
    ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8
}

#[cfg(feature = "files")]
fn jpeg_decoder(
    bytes: &[u8],
) -> zune_jpeg::JpegDecoder<zune_jpeg::zune_core::bytestream::ZCursor<&[u8]>> {
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;
    // Without strictness the missing part of a truncated picture would be filled with grey.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

#[cfg(feature = "files")]
fn decode_jpeg(bytes: &[u8], path: &Path) -> Result<WithExif> {
    let mut decoder = jpeg_decoder(bytes);
    decoder
        .decode_headers()
        .map_err(|e| damaged(path, format!("{e:?}")))?;
    let size = check_jpeg(decoder.dimensions(), bytes.len() as u64, path)?;
    let [width, height] = size.map(|side| side as usize);
    let rgb = decoder
        .decode()
        .map_err(|e| damaged(path, format!("{e:?}")))?;
    let exif = decoder.exif().cloned();
    Ok((Picture { height, width, rgb }, exif))
}

#[cfg(feature = "files")]
fn decode_webp(bytes: &[u8], path: &Path) -> Result<WithExif> {
    let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes));
    let mut decoder = decoder.map_err(|e| damaged(path, e))?;
    let (width, height) = decoder.dimensions();
    check_size([width, height].map(u64::from), path)?;
    let size = decoder
        .output_buffer_size()
        .ok_or_else(|| damaged(path, "its size overflows"))?;
    let mut buffer = vec![0; size];
    decoder
        .read_image(&mut buffer)
        .map_err(|e| damaged(path, e))?;
    let rgb = match decoder.has_alpha() {
        true => rgba_on_black(&buffer),
        false => buffer,
    };
    let exif = decoder.exif_metadata().ok().flatten();
    let [height, width] = [height, width].map(|side| side as usize);
    Ok((Picture { height, width, rgb }, exif))
}
