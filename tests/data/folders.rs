//! Folders of pictures as data sets: their classes and splits, windows cut from them, and what is refused by name.

use crate::drawn::{folder, rgb_png, write};
use crate::support::{bytes_of, refused, wide_bytes};
use padgrad::data::{DataConfig, Placement, Windows, load};

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
