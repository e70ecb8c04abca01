//! Folders of pictures: every kind of PNG, JPEG and WebP, and what is refused by name.

use std::path::Path;

use crate::support::{bytes_of, refused, wide_bytes};
use padgrad::data::picture::{Picture, decode};
use padgrad::data::{DataConfig, Photographs, Placement, Survey, Windows, load};
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

fn encode(width: u32, height: u32, colour: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        encoder.set_palette(vec![10, 20, 30, 40, 50, 60]);
        encoder.set_trns(vec![255, 0]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A colour PNG whose pixels say where they lie, and which picture they belong to.
fn rgb_png(width: u32, height: u32, which: u8) -> Vec<u8> {
    let data: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x * 3) as u8, (y * 3) as u8, which]))
        .collect();
    encode(width, height, ColorType::Rgb, BitDepth::Eight, &data)
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn folder(path: &Path, size: usize) -> DataConfig {
    DataConfig {
        size: Some(size),
        ..DataConfig::named(format!("folder:{}", path.display()))
    }
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

#[test]
fn class_folders_are_split_four_to_one() {
    let dir = tempfile::tempdir().unwrap();
    for (class, count) in [("zebra", 10), ("ant", 3)] {
        for i in 0..count {
            write(
                &dir.path().join(class).join(format!("{i}.PNG")),
                &rgb_png(24, 16, i),
            );
        }
    }
    write(&dir.path().join("ant/notes.txt"), b"not a picture");
    write(&dir.path().join(".hidden.png"), b"not a picture");
    let data = load(&folder(dir.path(), 8)).unwrap();
    assert_eq!(data.classes, ["ant", "zebra"]);
    assert_eq!(
        bytes_of(&*data.train).labels,
        [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    );
    assert_eq!(bytes_of(&*data.test).labels, [0, 1, 1]);
    assert_eq!(bytes_of(&*data.train).images.shape, [10, 3, 8, 8]);
    // 24×16 shrinks to 12×8 and loses two columns on each side: means of 4 and 5 times three.
    assert_eq!(bytes_of(&*data.train).images.image(0)[..2], [14, 20]);
    let wide = data.wide(0..6, 2).unwrap();
    assert_eq!(wide.images.shape(), [6, 3, 12, 12]);
    assert_eq!(wide.labels[..4], [Some(0), Some(1), Some(1), Some(0)]);
    let message = data.wide(0..1, 5).unwrap_err().to_string();
    assert!(
        message.contains("ant") && message.contains("24×16 pixels"),
        "{message}"
    );
    assert!(message.contains("takes 18×18"), "{message}");
}

#[test]
fn a_flat_folder_has_no_classes_and_crops_are_true_pixels() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        write(&dir.path().join(format!("{i}.png")), &rgb_png(14, 12, i));
    }
    let data = load(&folder(dir.path(), 8)).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (3, 3));
    let (wide, labels) = wide_bytes(&data, 0..9, 2);
    assert_eq!(labels, [None; 9]);
    let (part, _) = wide_bytes(&data, 5..6, 2);
    assert_eq!(part.image(0), wide.image(5));
    let mut places = std::collections::HashSet::new();
    for i in 0..9 {
        let image = wide.image(i);
        // The shorter side has no room, so nothing is shrunk and the bytes are the photo's.
        let left = image[0];
        places.insert(left);
        assert!((0..144).all(|p| image[p] == left + 3 * (p % 12) as u8));
        assert!((0..144).all(|p| image[144 + p] == 3 * (p / 12) as u8));
        assert!(
            image[288..]
                .iter()
                .all(|&which| usize::from(which) == i % 3)
        );
    }
    assert!(places.len() > 1, "crops differ");
    let centred = DataConfig {
        windows: Windows::Centred,
        ..folder(dir.path(), 8)
    };
    let data = load(&centred).unwrap();
    let (wide, _) = wide_bytes(&data, 0..3, 2);
    assert_eq!((data.wide_len(), wide.image(2)[0]), (Some(3), 3));
}

#[test]
fn folders_that_cannot_be_used_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    refused(&folder(root, 8), &["no pictures"]);
    refused(&folder(&root.join("none"), 8), &["cannot read", "none"]);
    write(&root.join("a/one.png"), &rgb_png(20, 20, 0));
    refused(&folder(root, 8), &["one picture"]);
    write(&root.join("a/two.png"), b"GIF89a");
    refused(&folder(root, 8), &["two.png", "neither PNG nor JPEG"]);
    write(&root.join("a/two.png"), b"");
    refused(&folder(root, 8), &["two.png", "empty"]);
    write(&root.join("a/two.png"), &rgb_png(20, 7, 0));
    refused(&folder(root, 8), &["two.png", "20×7", "8×8"]);
    write(&root.join("a/two.png"), &rgb_png(20, 20, 0));
    std::fs::create_dir(root.join("b")).unwrap();
    refused(&folder(root, 8), &["b: there are no pictures"]);
    write(&root.join("b/x.bmp"), b"");
    refused(&folder(root, 8), &["x.bmp", "PNG, JPEG or WebP"]);
    write(&root.join("c.png"), &rgb_png(20, 20, 0));
    refused(&folder(root, 8), &["both pictures and folders"]);
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

#[test]
fn folders_named_train_and_test_are_the_split() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for (split, count) in [("train", 3), ("test", 1)] {
        for (which, class) in ["ant", "bee"].iter().enumerate() {
            for i in 0..count {
                let picture = rgb_png(8, 8, which as u8);
                write(&root.join(format!("{split}/{class}/{i}.png")), &picture);
            }
        }
    }
    let data = load(&folder(root, 8)).unwrap();
    assert_eq!(data.classes, ["ant", "bee"]);
    assert_eq!((data.train.len(), data.test.len()), (6, 2));
    assert_eq!(data.test.labels(), Some(&[0, 1][..]));
    std::fs::rename(root.join("test"), root.join("val")).unwrap();
    assert_eq!(load(&folder(root, 8)).unwrap().train.len(), 6);
    std::fs::rename(root.join("val/bee"), root.join("val/wasp")).unwrap();
    refused(&folder(root, 8), &["val", "not those of", "train"]);
}

#[test]
fn photographs_of_their_own_are_measured_on() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for (which, class) in ["ant", "bee"].iter().enumerate() {
        for i in 0..2 {
            let picture = rgb_png(8, 8, which as u8);
            write(&root.join(format!("tiny/{class}/{i}.png")), &picture);
        }
    }
    for (name, side) in [("small", 20), ("large", 30), ("larger", 40)] {
        write(
            &root.join(format!("photos/{name}.png")),
            &rgb_png(60, side, 200),
        );
    }
    let config = DataConfig {
        measure_on: Some(root.join("photos")),
        ..folder(&root.join("tiny"), 8)
    };
    let data = load(&config).unwrap();
    assert_eq!((data.wide_len(), data.train.len()), (None, 2));
    // 30 pixels are there in two of them; they take turns.
    let (wide, labels) = wide_bytes(&data, 0..6, 11);
    assert_eq!((wide.shape, labels), ([6, 3, 30, 30], vec![None; 6]));
    assert!((0..6).all(|i| wide.image(i)[2 * 900..].iter().all(|&v| v == 200)));
    let message = data.wide(0..1, 17).unwrap_err().to_string();
    assert!(
        message.contains("photos") && message.contains("42 pixels"),
        "{message}"
    );
    let grey = DataConfig {
        measure_on: config.measure_on,
        ..DataConfig::named("canvas-grey")
    };
    refused(&grey, &["photographs to measure on", "[3, 32, 32]"]);
}

#[test]
fn pictures_may_lie_anywhere_or_among_others() {
    let dir = tempfile::tempdir().unwrap();
    for (which, class) in ["ant", "bee"].iter().enumerate() {
        for i in 0..3 {
            write(
                &dir.path().join(format!("{class}/{i}.png")),
                &rgb_png(8, 8, which as u8),
            );
        }
    }
    let placed = |placement, surround| {
        let config = DataConfig {
            placement,
            surround,
            ..folder(dir.path(), 8)
        };
        load(&config).unwrap()
    };
    let augment = padgrad::data::Augment::default();
    let drawn = |data: &padgrad::data::Dataset, epoch: u64| {
        let seed = padgrad::rng::Seed(epoch);
        data.train.augmented(&[0, 1, 2, 3], &augment, seed).unwrap()
    };
    let own = placed(Placement::Own, 0);
    assert_eq!(drawn(&own, 0).0, drawn(&own, 1).0);
    let rolled = placed(Placement::Rolled, 0);
    assert_ne!(drawn(&rolled, 0).0, drawn(&rolled, 1).0);
    assert_eq!(drawn(&rolled, 0).1, drawn(&own, 0).1, "labels stay");
    assert_eq!((&rolled.mean, &rolled.std), (&own.mean, &own.std));
    let sorted = |images: &padgrad::tensor::Tensor<f32>| {
        let mut values = images.data().to_vec();
        values.sort_by(f32::total_cmp);
        values
    };
    assert_eq!(sorted(&drawn(&rolled, 0).0), sorted(&drawn(&own, 0).0));
    let among = placed(Placement::Own, 4);
    assert_eq!(among.train.shape(), [3, 16, 16]);
    let (images, _) = drawn(&among, 0);
    let (alone, _) = drawn(&own, 0);
    assert_eq!(images.at(&[2, 1, 4 + 3, 4 + 5]), alone.at(&[2, 1, 3, 5]));
    // The same pixels as a margin, which is no part of the image.
    let config = DataConfig {
        true_margin: 4,
        ..folder(dir.path(), 8)
    };
    let margined = load(&config).unwrap();
    assert_eq!((margined.height, margined.margin()), (8, 4));
    let (batch, _) = margined.test_batch(0..2).unwrap();
    assert_eq!(batch.shape(), [2, 3, 16, 16]);
    assert_eq!(drawn(&margined, 0).0, images);
    // A mosaic's middle gives the class: the third channel of these pictures is their class.
    let (images, labels) = drawn(&placed(Placement::Mosaic, 0), 5);
    for (i, label) in labels.iter().enumerate() {
        assert_eq!((images.at(&[i, 2, 4, 4]) * 255.0).round() as usize, *label);
    }
    let canvas = DataConfig {
        placement: Placement::Rolled,
        ..DataConfig::named("canvas")
    };
    refused(&canvas, &["placement", "no position"]);
    let canvas = DataConfig {
        true_margin: 4,
        ..DataConfig::named("canvas")
    };
    refused(&canvas, &["true_margin", "use the padding `valid`"]);
}
