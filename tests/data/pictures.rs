//! Pictures: every kind of PNG, JPEG and WebP, their orientation, and what is refused by name.

use std::path::Path;

use crate::drawn::{encode, rgb_png, write};
use padgrad::data::picture::{Picture, decode};
use padgrad::data::{Photographs, Survey};
use padgrad::rng::Seed;
use png::{BitDepth, ColorType};

/// A baseline grey JPEG of 8×8 pixels, every one 128: no coefficient differs from zero.
const GREY_JPEG: &[u8] = &[
    0xff, 0xd8, // start
    0xff, 0xdb, 0, 67, 0, // quantisation, all ones
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, // frame: 8×8, one component
    0xff, 0xc4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, // DC: code 0 is size 0
    0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, // AC: code 0 ends
    0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, // scan
    0x3f, 0xff, 0xd9, // two zero bits, padded with ones; end
];

/// A few bytes can promise 300 MB; nothing is taken for what they cannot hold.
#[test]
fn a_picture_that_promises_more_than_its_bytes_can_hold_is_refused() {
    let mut jpeg = GREY_JPEG.to_vec();
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x0f]);
    let png = encode(9000, 1, ColorType::Grayscale, BitDepth::Eight, &[0; 9000]);
    let honest = decode(&png, Path::new("x.png")).unwrap();
    assert_eq!((honest.height, honest.width), (1, 9000));
    // The header's 9000 rows in place of its one, with the checksum that belongs to it.
    let mut tall = png;
    tall[16..24].copy_from_slice(&[0, 0, 0x23, 0x28, 0, 0, 0x23, 0x28]);
    let sum = crc32(&tall[12..29]);
    tall[29..33].copy_from_slice(&sum.to_be_bytes());
    for (bytes, expected) in [(jpeg, "9999×10000 pixels"), (tall, "9000×9000 pixels")] {
        let message = decode(&bytes, Path::new("x")).unwrap_err().to_string();
        assert!(
            message.contains("bytes cannot hold") && message.contains(expected),
            "{message}"
        );
    }
}

/// The checksum of a PNG's chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| match sum & 1 {
            1 => sum >> 1 ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    })
}

#[test]
fn every_kind_of_png_becomes_rgb() {
    use BitDepth::{Eight, One, Sixteen};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    type Case = (&'static str, ColorType, BitDepth, &'static [u8], [u8; 6]);
    let cases: [Case; 8] = [
        (
            "grey",
            Grayscale,
            Eight,
            &[9, 200],
            [9, 9, 9, 200, 200, 200],
        ),
        (
            "one bit",
            Grayscale,
            One,
            &[0b0100_0000],
            [0, 0, 0, 255, 255, 255],
        ),
        (
            "16 bits",
            Grayscale,
            Sixteen,
            &[9, 99, 200, 1],
            [9, 9, 9, 200, 200, 200],
        ),
        (
            "grey alpha",
            GrayscaleAlpha,
            Eight,
            &[200, 255, 200, 51],
            [200, 200, 200, 40, 40, 40],
        ),
        ("rgb", Rgb, Eight, &[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        (
            "deep",
            Rgb,
            Sixteen,
            &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
            [1, 2, 3, 4, 5, 6],
        ),
        (
            "rgba",
            Rgba,
            Eight,
            &[1, 2, 3, 255, 4, 5, 6, 0],
            [1, 2, 3, 0, 0, 0],
        ),
        ("palette", Indexed, Eight, &[0, 1], [10, 20, 30, 0, 0, 0]),
    ];
    for (name, colour, depth, data, want) in cases {
        let bytes = encode(2, 1, colour, depth, data);
        let picture = decode(&bytes, Path::new(name)).unwrap();
        let want = Picture {
            height: 1,
            width: 2,
            rgb: want.to_vec(),
        };
        assert_eq!(picture, want, "{name}");
    }
}

#[test]
fn a_jpeg_is_read_and_a_cut_one_is_refused() {
    let picture = decode(GREY_JPEG, Path::new("x.jpg")).unwrap();
    assert_eq!((picture.height, picture.width), (8, 8));
    assert_eq!(picture.rgb, [128; 192]);
    for length in 0..GREY_JPEG.len() - 3 {
        let error = decode(&GREY_JPEG[..length], Path::new("x.jpg")).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("x.jpg: ") && !message.contains('\n'),
            "{length}: {message}"
        );
    }
}

#[test]
fn a_cut_or_damaged_png_is_refused() {
    let sound = rgb_png(20, 20, 1);
    // The last chunk, 12 bytes without content, says nothing that is needed.
    for length in 0..sound.len() - 12 {
        assert!(
            decode(&sound[..length], Path::new("x.png")).is_err(),
            "{length}"
        );
    }
    let mut damaged = sound.clone();
    damaged[60] ^= 0x55;
    let message = decode(&damaged, Path::new("x.png"))
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("x.png: it cannot be decoded"),
        "{message}"
    );
}

#[test]
fn a_huge_picture_is_refused_before_it_is_decoded() {
    let mut header = GREY_JPEG.to_vec();
    let frame = header.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    header[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let message = decode(&header, Path::new("x.jpg")).unwrap_err().to_string();
    assert!(message.contains("100 megapixels"), "{message}");
    // The writer starts a PNG of any size; its header alone is what is judged.
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 60_000, 60_000);
    encoder.set_color(ColorType::Rgba);
    drop(encoder.write_header().unwrap());
    let message = decode(&png, Path::new("x.png")).unwrap_err().to_string();
    assert!(message.contains("60000×60000"), "{message}");
}

/// EXIF data with one entry, the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x01\0".to_vec();
    bytes.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    bytes
}

#[test]
fn webp_is_read_and_turned_upright() {
    let rgb: Vec<u8> = (0..18).map(|v| v * 9).collect();
    let encoded = |orientation: Option<u8>| {
        let mut bytes = Vec::new();
        let mut encoder = image_webp::WebPEncoder::new(&mut bytes);
        if let Some(orientation) = orientation {
            encoder.set_exif_metadata(exif(orientation));
        }
        encoder
            .encode(&rgb, 3, 2, image_webp::ColorType::Rgb8)
            .unwrap();
        bytes
    };
    let picture = |bytes: &[u8]| decode(bytes, Path::new("x.webp")).unwrap();
    let plain = picture(&encoded(None));
    assert_eq!((plain.height, plain.width, &plain.rgb), (2, 3, &rgb));
    // Turned by 90 degrees: the first column of the picture is the last row of the file.
    let turned = picture(&encoded(Some(6)));
    assert_eq!((turned.height, turned.width), (3, 2));
    assert_eq!(turned.rgb[..6], [&rgb[9..12], &rgb[..3]].concat());
    let bytes = encoded(Some(6));
    for end in (0..bytes.len() - 40).step_by(3) {
        let message = decode(&bytes[..end], Path::new("x.webp"))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("x.webp: ") && !message.contains('\n'),
            "{message}"
        );
    }
}

#[test]
fn a_jpegs_orientation_is_followed() {
    // Two blocks beside each other: 8 rows and 16 columns.
    let mut bytes = GREY_JPEG.to_vec();
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    bytes[frame + 8] = 16;
    let scan = bytes.len() - 3;
    bytes[scan] = 0x0f;
    let app1 = [b"Exif\0\0".as_slice(), &exif(8)].concat();
    let mut turned = bytes[..2].to_vec();
    turned.extend([0xff, 0xe1, 0, app1.len() as u8 + 2]);
    turned.extend(app1);
    turned.extend(&bytes[2..]);
    let size = |bytes: &[u8]| {
        let picture = decode(bytes, Path::new("x.jpg")).unwrap();
        [picture.height, picture.width]
    };
    assert_eq!(size(&bytes), [8, 16]);
    assert_eq!(size(&turned), [16, 8]);
}

#[test]
fn a_survey_gives_sizes_the_right_way_up() {
    let dir = tempfile::tempdir().unwrap();
    // Noise, so that the EXIF data stand behind the bytes that are read first.
    let mut state = 1_u32;
    let noise = (0..3 * 200 * 150).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise: Vec<u8> = noise.collect();
    let mut webp = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut webp);
    encoder.set_exif_metadata(exif(6));
    encoder
        .encode(&noise, 200, 150, image_webp::ColorType::Rgb8)
        .unwrap();
    write(&dir.path().join("a.webp"), &webp);
    let mut info = png::Info::with_size(200, 150);
    info.color_type = ColorType::Rgb;
    info.bit_depth = BitDepth::Eight;
    info.exif_metadata = Some(exif(8).into());
    let mut png = Vec::new();
    let mut writer = png::Encoder::with_info(&mut png, info)
        .and_then(|encoder| encoder.write_header())
        .unwrap();
    writer.write_image_data(&noise).unwrap();
    drop(writer);
    write(&dir.path().join("b.png"), &png);
    write(&dir.path().join("c.png"), &rgb_png(200, 150, 0));
    let survey = Survey::of(dir.path()).unwrap();
    let sizes: Vec<[usize; 2]> = survey.pictures.iter().map(|(_, size)| *size).collect();
    assert_eq!(sizes, [[200, 150], [200, 150], [150, 200]]);
    // Windows that only pictures the right way up can show.
    let cut = Photographs::cut(&survey, [180, 140], 0, 4, Seed(1), &|_| {}).unwrap();
    assert_eq!((cut.len(), cut.photographs), (4, 2));
    assert_eq!(
        (cut.left_out.too_small, cut.left_out.unreadable.len()),
        (1, 0)
    );
}
