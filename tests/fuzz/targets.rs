//! What is fuzzed: a function for every format and every string that a user can give. Whatever the bytes are, they are
//! read or refused; none of the functions may panic.

use std::path::{Path, PathBuf};

use padgrad::data::cifar::{self, Variant};
use padgrad::data::{DataConfig, Source, idx, picture};
use padgrad::formats::onnx;
use padgrad::formats::safetensors::File;
use padgrad::nn::models;
use padgrad::npy::{self, Rows};
use padgrad::optim::OptimizerConfig;
use padgrad::padding::{Extent, Padding};
use padgrad::ppp::Taps;
use padgrad::study::checksums::{CHECKSUMS, Checksums};
use padgrad::study::config::{CONFIG, RunConfig, split_schemes};
use padgrad::study::finished::{RESULTS, Run};
use padgrad::study::grid::cell::{Begun, Finished};
use padgrad::study::networks::checkpoint_files;
use padgrad::study::results::Results;
use padgrad::study::shard::Shard;
use padgrad::study::summary::Summary;
use padgrad::study::verify::verify;
use padgrad::study::{checksums, csv};
use padgrad::train::checkpoint::Checkpoint;

use super::windows;

/// What is done with bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder of seeds too.
pub const TARGETS: [(&str, Target); 19] = [
    ("cell", cell),
    ("checkpoint", checkpoint),
    ("checksums", checksum_list),
    ("cifar", cifar_batch),
    ("config", config),
    ("conv", windows::conv),
    ("exif", exif),
    ("idx", idx_files),
    ("npy", npy_array),
    ("onnx", onnx_network),
    ("picture", any_picture),
    ("pool", windows::pool),
    ("pytorch_legacy", weights),
    ("pytorch_zip", weights),
    ("results", results),
    ("run_folder", run_folder),
    ("safetensors", weights),
    ("scheme", scheme),
    ("strings", strings),
];

/// The target of this name.
pub fn target(name: &str) -> Target {
    let found = TARGETS.iter().find(|(own, _)| *own == name);
    found.expect("a target of this name").1
}

/// What `read` makes of a file with these bytes.
fn with_file<R>(name: &str, data: &[u8], read: impl FnOnce(&Path) -> R) -> R {
    with_files(&[(name, data)], |folder| read(&folder.join(name)))
}

/// The same of a folder of files.
fn with_files<R>(files: &[(&str, &[u8])], read: impl FnOnce(&Path) -> R) -> R {
    struct Removed(PathBuf);
    impl Drop for Removed {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
    let thread = format!("{:?}", std::thread::current().id());
    let name = format!("padgrad-fuzz-{}-{thread}", std::process::id());
    let folder = Removed(std::env::temp_dir().join(name.replace(['(', ')'], "")));
    for (name, data) in files {
        let path = folder.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, data).expect("a write");
    }
    read(&folder.0)
}

fn onnx_network(data: &[u8]) {
    let options = onnx::Options::default();
    with_file("x.onnx", data, |path| {
        let parsed = onnx::parse::<f32>(data.to_vec(), path, &options);
        let loaded = onnx::load::<f32>(path, &options);
        // What is judged before it is read is judged no more strictly.
        assert_eq!(parsed.is_ok(), loaded.is_ok());
        if let Err(error) = parsed {
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    });
}

fn weights(data: &[u8]) {
    with_file("x", data, |path| {
        let parsed = File::<f32>::parse(data, path).is_ok();
        assert_eq!(parsed, File::<f32>::read(path).is_ok());
    });
}

fn checkpoint(data: &[u8]) {
    let _ = with_file("x.safetensors", data, Checkpoint::load);
}

fn npy_array(data: &[u8]) {
    let _ = npy::from_bytes::<f32>(data, "x.npy");
    let _ = npy::from_bytes::<f64>(data, "x.npy");
    with_file("x.npy", data, |path| {
        if let Ok(mut rows) = Rows::open(path) {
            let count = rows.shape().first().map_or(1, |rows| (*rows).min(2));
            let _ = rows.next(count);
        }
    });
}

fn any_picture(data: &[u8]) {
    if let Ok(found) = picture::decode(data, Path::new("x")) {
        assert_eq!(found.rgb.len(), 3 * found.height * found.width);
    }
}

/// The bytes as the EXIF data of a picture that is otherwise sound.
fn exif(data: &[u8]) {
    const JPEG: &[u8] = include_bytes!("seeds/picture/grey.jpg");
    let data = &data[..data.len().min(60_000)];
    let length = (data.len() as u16 + 8).to_be_bytes();
    let segment = [&[0xff, 0xe1][..], &length, b"Exif\0\0", data].concat();
    let bytes = [&JPEG[..2], &segment, &JPEG[2..]].concat();
    let found = picture::decode(&bytes, Path::new("x"));
    assert!(found.is_ok_and(|found| found.rgb.len() == 3 * found.height * found.width));
}

fn idx_files(data: &[u8]) {
    if let Ok(images) = idx::parse_images(data, Path::new("x")) {
        assert_eq!(images.data.len(), images.shape.iter().product::<usize>());
    }
    if let Ok(labels) = idx::parse_labels(data, 10, Path::new("x")) {
        assert!(labels.iter().all(|label| *label < 10));
    }
}

fn cifar_batch(data: &[u8]) {
    for variant in [Variant::Cifar10, Variant::Cifar100] {
        if let Ok(set) = cifar::parse(data, variant, Path::new("x")) {
            assert_eq!(set.images.shape, [set.len(), 3, 32, 32]);
        }
    }
}

fn config(data: &[u8]) {
    let Ok(config) = with_file("x.toml", data, RunConfig::read) else {
        return;
    };
    let _ = (config.validate(), config.workloads(), config.data.shape());
    let text = config.to_toml().expect("a text");
    let again = with_file("x.toml", text.as_bytes(), RunConfig::read);
    assert_eq!(again.and_then(|again| again.to_toml()).ok(), Some(text));
}

fn scheme(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(padding) = Padding::parse(&text) {
        let written = padding.to_string();
        let again = Padding::parse(&written).map(|again| again.to_string());
        assert_eq!(again.ok(), Some(written));
    }
}

fn strings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = (
        text.parse::<Shard>(),
        Extent::parse(&text),
        Taps::parse(&text),
    );
    let _ = (OptimizerConfig::parse(&text), models::find(&text));
    let _ = DataConfig::named(&*text).shape();
    let schemes = split_schemes(&text);
    assert!(schemes.iter().all(|scheme| scheme.trim() == scheme));
    let mut lists = RunConfig {
        arch: text.clone().into_owned(),
        padding: schemes,
        ..RunConfig::default()
    };
    lists.data.name = text.into_owned();
    let _ = (lists.workloads(), lists.validate());
}

fn results(data: &[u8]) {
    let Ok(results) = serde_json::from_slice::<Results>(data) else {
        return;
    };
    let lines = csv::results_csv(&results).lines().count();
    assert!(lines > results.rows.len());
    let _ = (
        csv::epochs_csv(&results.epochs),
        csv::growth_csv(&results.growth),
    );
    let _ = Summary::new(&results).last_layer();
    let _ = padgrad::report::html(&results, "/nowhere");
}

fn cell(data: &[u8]) {
    let _ = serde_json::from_slice::<Finished>(data);
    let _ = serde_json::from_slice::<Begun>(data);
    let _ = checksums::open::<Finished>(data);
}

fn checksum_list(data: &[u8]) {
    let _ = with_files(&[(CHECKSUMS, data)], Checksums::read);
}

/// The bytes are the run's files, one after the other, with a line of `====` between them.
fn run_folder(data: &[u8]) {
    const BETWEEN: &[u8] = b"\n====\n";
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(BETWEEN.len()).position(|part| part == BETWEEN) {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    let names = [CONFIG, RESULTS, "cells/zeros-seed0.json.gz", CHECKSUMS];
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(parts).collect();
    with_files(&files, |folder| {
        let _ = (
            verify(folder),
            Run::read(folder).is_ok(),
            checkpoint_files(folder),
        );
    });
}
