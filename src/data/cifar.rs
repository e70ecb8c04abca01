//! The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009).
//!
//! Records without a header: one label byte (CIFAR-100: a coarse and a fine one), then 3072 bytes,
//! the red, green and blue planes of 32×32 pixels.

use std::path::{Path, PathBuf};

use super::pixels::Labelled;
use super::source::Source;
use crate::error::{Error, Result};
use crate::files::read_unpacked;

const SIDE: usize = 32;
/// Every image's shape [C, H, W].
pub(super) const SHAPE: [usize; 3] = [3, SIDE, SIDE];
const IMAGE: usize = 3 * SIDE * SIDE;
/// Six times the largest file, CIFAR-100's training set.
const LARGEST: u64 = 1 << 30;

const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Which of the two data sets, which differ in their labels and the names of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Ten classes, one label byte.
    Cifar10,
    /// A hundred classes: a coarse label byte, which is not used, and a fine one.
    Cifar100,
}

/// What differs between the variants.
struct Layout {
    classes: usize,
    /// Bytes before the pixels of a record; the label is the last of them.
    label_bytes: usize,
    train_files: &'static [&'static str],
    test_file: &'static str,
    names_file: &'static str,
    unpacked_folder: &'static str,
}

const CIFAR_10: Layout = Layout {
    classes: 10,
    label_bytes: 1,
    train_files: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test_file: "test_batch.bin",
    names_file: "batches.meta.txt",
    unpacked_folder: "cifar-10-batches-bin",
};

const CIFAR_100: Layout = Layout {
    classes: 100,
    label_bytes: 2,
    train_files: &["train.bin"],
    test_file: "test.bin",
    names_file: "fine_label_names.txt",
    unpacked_folder: "cifar-100-binary",
};

impl Variant {
    fn layout(self) -> &'static Layout {
        match self {
            Variant::Cifar10 => &CIFAR_10,
            Variant::Cifar100 => &CIFAR_100,
        }
    }

    fn other(self) -> Variant {
        match self {
            Variant::Cifar10 => Variant::Cifar100,
            Variant::Cifar100 => Variant::Cifar10,
        }
    }

    /// The folder with the files: `dir` or the one that unpacking makes in it.
    fn home(self, dir: &Path) -> Option<PathBuf> {
        [dir.to_path_buf(), dir.join(self.layout().unpacked_folder)]
            .into_iter()
            .find(|d| d.join(self.layout().test_file).is_file())
    }
}

/// Whether `dir` holds the test images.
pub(super) fn is_in(dir: &Path, variant: Variant) -> bool {
    variant.home(dir).is_some()
}

/// The training set, the test set and the names of the classes.
pub(super) fn load(dir: &Path, variant: Variant) -> Result<(Labelled, Labelled, Vec<String>)> {
    let home = variant.home(dir).ok_or_else(|| missing(dir, variant))?;
    let mut train = Labelled::empty([3, SIDE, SIDE]);
    let mut per_batch = None;
    for name in variant.layout().train_files {
        let path = home.join(name);
        let batch = parse(&read_unpacked(&path, LARGEST)?, variant, &path)?;
        let expected = *per_batch.get_or_insert(batch.len());
        if batch.len() != expected {
            return Err(Error::file(
                path,
                format!("{} images where other batches hold {expected}", batch.len()),
                "one of them is cut short; unpack the archive again",
            ));
        }
        train.append(batch);
    }
    let path = home.join(variant.layout().test_file);
    let test = parse(&read_unpacked(&path, LARGEST)?, variant, &path)?;
    if train.len() < test.len() {
        return Err(Error::file(
            path,
            format!("{} test images for {} to train", test.len(), train.len()),
            "the files seem to be swapped; unpack the archive again",
        ));
    }
    let names = class_names(&home.join(variant.layout().names_file), variant)?;
    Ok((train, test, names))
}

fn missing(dir: &Path, variant: Variant) -> Error {
    let folder = variant.layout().unpacked_folder;
    let python = ["data_batch_1", "test", "test_batch"]
        .iter()
        .any(|name| dir.join(name).is_file());
    let problem = if python {
        "it holds the Python version of the data".to_string()
    } else {
        format!(
            "there is no {} in it or in {folder} below it",
            variant.layout().test_file
        )
    };
    Error::file(
        dir,
        problem,
        format!("unpack the binary version there, which makes {folder}"),
    )
}

/// The records of one file.
///
/// # Errors
/// If the length is not that of whole records, or a label is too large; `path` is named.
pub fn parse(bytes: &[u8], variant: Variant, path: &Path) -> Result<Labelled> {
    let heading = variant.layout().label_bytes;
    let record = heading + IMAGE;
    if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
        return Err(wrong_length(bytes.len(), variant, path));
    }
    let mut set = Labelled::empty([3, SIDE, SIDE]);
    set.images.data.reserve_exact(bytes.len() / record * IMAGE);
    for (i, record) in bytes.chunks_exact(record).enumerate() {
        let label = usize::from(record[heading - 1]);
        if label >= variant.layout().classes {
            return Err(Error::file(
                path,
                format!(
                    "label {label} at {i}, beyond {} classes",
                    variant.layout().classes
                ),
                "it is damaged or of another data set; unpack the archive again",
            ));
        }
        set.push(&record[heading..], label);
    }
    Ok(set)
}

fn wrong_length(length: usize, variant: Variant, path: &Path) -> Error {
    let record = variant.layout().label_bytes + IMAGE;
    let other = variant.other().layout();
    let remedy = if length > 0 && length.is_multiple_of(other.label_bytes + IMAGE) {
        format!("it fits CIFAR-{}; use that name", other.classes)
    } else {
        "it is cut short or another file; unpack the archive again".into()
    };
    let problem = format!("{length} bytes are no whole number of records of {record} bytes");
    Error::file(path, problem, remedy)
}

/// One name per line of the file that comes with the data; where it is missing, what is known.
fn class_names(path: &Path, variant: Variant) -> Result<Vec<String>> {
    if !path.is_file() {
        return Ok(match variant.layout().classes {
            10 => CLASSES.map(str::to_string).to_vec(),
            n => (0..n).map(|i| format!("class-{i}")).collect(),
        });
    }
    let text = String::from_utf8_lossy(&read_unpacked(path, 1 << 16)?).into_owned();
    let names: Vec<String> = text.split_whitespace().map(str::to_string).collect();
    if names.len() == variant.layout().classes {
        return Ok(names);
    }
    Err(Error::file(
        path,
        format!(
            "{} names for {} classes",
            names.len(),
            variant.layout().classes
        ),
        "unpack the archive again, or remove the file",
    ))
}
