//! Data sets as files: what is read, and what is refused by name.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::support::{bytes_of, refused, wide_bytes};
use padgrad::data::{DataConfig, Dataset, Windows, load};
use tempfile::TempDir;

fn idx(magic: u8, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, magic];
    for size in sizes {
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend(body);
    bytes
}

fn images(count: u32, side: u32) -> Vec<u8> {
    let body: Vec<u8> = (0..count * side * side).map(|i| (i % 251) as u8).collect();
    idx(3, &[count, side, side], &body)
}

fn labels(count: u32) -> Vec<u8> {
    let body: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
    idx(1, &[count], &body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A sound MNIST of 40 and 20 images of 6×6 pixels.
fn mnist() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "train-images-idx3-ubyte", &images(40, 6));
    write(dir.path(), "train-labels-idx1-ubyte", &labels(40));
    write(
        dir.path(),
        "t10k-images.idx3-ubyte.gz",
        &gzip(&images(20, 6)),
    );
    write(dir.path(), "t10k-labels.idx1-ubyte", &labels(20));
    dir
}

fn from(name: &str, dir: &Path) -> DataConfig {
    DataConfig {
        dir: Some(dir.into()),
        ..DataConfig::named(name)
    }
}

#[test]
fn idx_files_are_read_plain_and_gzipped_under_both_names() {
    let dir = mnist();
    let data = load(&from("mnist", dir.path())).unwrap();
    assert_eq!(bytes_of(&*data.train).images.shape, [40, 1, 6, 6]);
    assert_eq!(
        bytes_of(&*data.test).images.image(1),
        &images(20, 6)[16 + 36..16 + 72]
    );
    assert_eq!(bytes_of(&*data.test).labels[13], 3);
    let subset = DataConfig {
        train_images: Some(10),
        test_images: Some(20),
        ..from("mnist", dir.path())
    };
    let data = load(&subset).unwrap();
    let mut found = bytes_of(&*data.train).labels.clone();
    found.sort_unstable();
    assert_eq!(found, (0..10).collect::<Vec<_>>());
}

#[test]
fn damaged_idx_files_are_refused_by_name() {
    const IMAGES: &str = "train-images-idx3-ubyte";
    const LABELS: &str = "train-labels-idx1-ubyte";
    let sound = images(40, 6);
    let mut long = sound.clone();
    long.push(0);
    let mut bad_label = labels(40);
    bad_label[8 + 11] = 10;
    let cases: [(&str, Vec<u8>, &[&str]); 14] = [
        (
            IMAGES,
            sound[..500].to_vec(),
            &["should hold 1456 bytes and holds 500"],
        ),
        (IMAGES, sound[..9].to_vec(), &["cut short"]),
        (IMAGES, sound[..3].to_vec(), &["not an IDX file"]),
        (IMAGES, vec![], &["empty"]),
        (IMAGES, long, &["1 bytes too many"]),
        (IMAGES, idx(3, &[u32::MAX; 3], &[0; 9]), &["cut short"]),
        (IMAGES, idx(3, &[0, 6, 6], &[]), &["0 images of 6×6"]),
        (IMAGES, idx(3, &[40, 0, 6], &[]), &["40 images of 0×6"]),
        (
            IMAGES,
            labels(40),
            &["it holds labels, not images", "swapped"],
        ),
        (
            LABELS,
            images(40, 6),
            &["it holds images, not labels", "swapped"],
        ),
        (IMAGES, b"\x89PNG\r\n\x1a\n".to_vec(), &["not an IDX file"]),
        (LABELS, bad_label, &["label 10 at 11"]),
        (LABELS, labels(39), &["39 labels for 40 images"]),
        (IMAGES, gzip(&sound)[..40].to_vec(), &["damaged gzip"]),
    ];
    for (name, bytes, words) in cases {
        let dir = mnist();
        write(dir.path(), name, &bytes);
        refused(&from("mnist", dir.path()), &[&[name][..], words].concat());
    }
}

#[test]
fn sets_that_do_not_belong_together_are_refused() {
    let dir = mnist();
    write(dir.path(), "train-images-idx3-ubyte", &images(10, 6));
    write(dir.path(), "train-labels-idx1-ubyte", &labels(10));
    refused(
        &from("mnist", dir.path()),
        &["only 10 training images", "swapped"],
    );
    let dir = mnist();
    write(dir.path(), "train-images-idx3-ubyte", &images(40, 7));
    refused(&from("mnist", dir.path()), &["7×7", "6×6"]);
    let dir = mnist();
    std::fs::remove_file(dir.path().join("t10k-labels.idx1-ubyte")).unwrap();
    refused(&from("mnist", dir.path()), &["no t10k-labels-idx1-ubyte"]);
    let dir = tempfile::tempdir().unwrap();
    refused(&from("mnist", dir.path()), &["no train-images-idx3-ubyte"]);
    refused(&from("mnist", &dir.path().join("x")), &["no such folder"]);
}

#[test]
fn a_decompression_bomb_is_refused() {
    // 300 MiB of zeros in 300 KiB; the header is sound, so only the limit can stop it.
    let dir = mnist();
    let mut bomb = idx(3, &[300, 1024, 1024], &[]);
    bomb.resize(16 + (300 << 20), 0);
    write(dir.path(), "train-images-idx3-ubyte", &gzip(&bomb));
    refused(
        &from("mnist", dir.path()),
        &["train-images", "unpacks to more than"],
    );
}

#[test]
fn windows_on_a_mosaic_do_not_depend_on_the_range() {
    let dir = mnist();
    for windows in [Windows::Anywhere, Windows::Centred] {
        let config = DataConfig {
            windows,
            ..from("mnist", dir.path())
        };
        let data = load(&config).unwrap();
        let whole = data.wide(0..20, 9).unwrap();
        let part = data.wide(13..20, 9).unwrap();
        assert_eq!(whole.images.rows(13..20), part.images);
        assert_eq!(whole.labels[13..], part.labels);
        let beyond = data.wide(15..25, 2);
        if windows == Windows::Centred {
            assert_eq!(data.wide_len(), Some(20));
            let message = beyond.unwrap_err().to_string();
            assert!(message.contains("25 were asked for, but there are 20"));
            let (pixels, _) = wide_bytes(&data, 3..4, 0);
            assert_eq!(pixels.image(0), bytes_of(&*data.test).images.image(3));
        } else {
            assert_eq!((data.wide_len(), beyond.is_ok()), (None, true));
        }
    }
}

fn cifar_file(count: usize, label_bytes: usize, classes: usize) -> Vec<u8> {
    let record = |i: usize| {
        let mut record = vec![0; label_bytes];
        record[label_bytes - 1] = (i % classes) as u8;
        record.extend((0..3072).map(|p| ((p + i) % 256) as u8));
        record
    };
    (0..count).flat_map(record).collect()
}

fn cifar10() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("cifar-10-batches-bin");
    for i in 1..=5 {
        write(&dir, &format!("data_batch_{i}.bin"), &cifar_file(12, 1, 10));
    }
    write(&dir, "test_batch.bin", &cifar_file(12, 1, 10));
    (root, dir)
}

#[test]
fn cifar_is_read_in_its_folder_or_above() {
    let (root, dir) = cifar10();
    let above = load(&from("cifar10", root.path())).unwrap();
    let inside = load(&from("cifar10", &dir)).unwrap();
    assert_eq!(bytes_of(&*above.train), bytes_of(&*inside.train));
    assert_eq!(bytes_of(&*above.train).images.shape, [60, 3, 32, 32]);
    assert_eq!(
        (
            above.classes[3].as_str(),
            bytes_of(&*above.train).labels[15]
        ),
        ("cat", 3)
    );
    assert_eq!(bytes_of(&*above.test).images.image(2)[..3], [2, 3, 4]);

    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("cifar-100-binary");
    write(&dir, "train.bin", &cifar_file(200, 2, 100));
    write(&dir, "test.bin", &cifar_file(100, 2, 100));
    let data = load(&from("cifar100", root.path())).unwrap();
    assert_eq!(
        (data.classes.len(), bytes_of(&*data.test).labels[42]),
        (100, 42)
    );
    let names: Vec<String> = (0..100).map(|i| format!("thing{i}")).collect();
    write(&dir, "fine_label_names.txt", names.join("\n").as_bytes());
    assert_eq!(
        load(&from("cifar100", &dir)).unwrap().classes[42],
        "thing42"
    );
    write(&dir, "fine_label_names.txt", b"apple\n");
    refused(
        &from("cifar100", &dir),
        &["fine_label_names.txt", "1 names"],
    );
}

#[test]
fn damaged_cifar_files_are_refused_by_name() {
    let sound = cifar_file(12, 1, 10);
    let mut bad_label = sound.clone();
    bad_label[2 * 3073] = 77;
    let cases: [(&str, Vec<u8>, &[&str]); 6] = [
        ("data_batch_3.bin", sound[..9999].to_vec(), &["9999 bytes"]),
        ("data_batch_3.bin", vec![], &["0 bytes"]),
        (
            "data_batch_4.bin",
            sound[..3073 * 5].to_vec(),
            &["5 images", "12"],
        ),
        ("data_batch_1.bin", bad_label, &["label 77 at 2"]),
        (
            "test_batch.bin",
            cifar_file(12, 2, 100),
            &["fits CIFAR-100"],
        ),
        ("batches.meta.txt", b"one two".to_vec(), &["2 names for 10"]),
    ];
    for (name, bytes, words) in cases {
        let (root, dir) = cifar10();
        write(&dir, name, &bytes);
        refused(
            &from("cifar10", root.path()),
            &[&[name][..], words].concat(),
        );
    }
    let (root, dir) = cifar10();
    std::fs::remove_file(dir.join("data_batch_2.bin")).unwrap();
    refused(&from("cifar10", root.path()), &["data_batch_2.bin"]);
    let empty = tempfile::tempdir().unwrap();
    refused(
        &from("cifar10", empty.path()),
        &["no test_batch.bin", "binary version"],
    );
    write(empty.path(), "data_batch_1", b"pickle");
    refused(&from("cifar10", empty.path()), &["Python version"]);
}

#[test]
fn a_configuration_survives_being_written() {
    let config = DataConfig {
        train_images: Some(7),
        windows: Windows::Centred,
        ..from("cifar10", Path::new("somewhere"))
    };
    let text = toml::to_string(&config).unwrap();
    assert_eq!(
        toml::from_str::<DataConfig>(&text).unwrap(),
        config,
        "{text}"
    );
    assert_eq!(
        toml::from_str::<DataConfig>("").unwrap(),
        DataConfig::default()
    );
    let message = toml::from_str::<DataConfig>("nmae = \"mnist\"").unwrap_err();
    assert!(message.to_string().contains("nmae"));
}

/// Real data: skipped with a visible line where it is missing, unless it must be there.
fn real(name: &str) -> Option<Dataset> {
    match load(&DataConfig::named(name)) {
        Ok(data) => Some(data),
        Err(error) if std::env::var_os("PADGRAD_REQUIRE_DATA").is_some_and(|v| v == "1") => {
            panic!("PADGRAD_REQUIRE_DATA=1, but {error}")
        }
        Err(error) => {
            // Not through the print macros, whose output a passing test would swallow.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
    }
}

#[test]
fn fashion_mnist_is_what_its_paper_says() {
    let Some(data) = real("fashion-mnist") else {
        return;
    };
    assert_eq!(bytes_of(&*data.train).images.shape, [60_000, 1, 28, 28]);
    assert_eq!(bytes_of(&*data.test).images.shape, [10_000, 1, 28, 28]);
    for (set, each) in [(&data.train, 6000), (&data.test, 1000)] {
        let mut counts = [0; 10];
        set.labels()
            .unwrap()
            .iter()
            .for_each(|&label| counts[label] += 1);
        assert_eq!(counts, [each; 10]);
    }
    // The figures that circulate for the training set.
    assert!((data.mean[0] - 0.2860).abs() < 1e-4 && (data.std[0] - 0.3530).abs() < 1e-4);
    assert_eq!(data.classes[bytes_of(&*data.train).labels[0]], "ankle-boot");
}
