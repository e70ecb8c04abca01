//! IDX files, the format of MNIST and Fashion-MNIST.
//!
//! Big-endian: two zero bytes, the type (8 for unsigned bytes), the number of axes, one 32-bit size
//! per axis, then the elements.

use std::path::{Path, PathBuf};

use super::pixels::{Labelled, Pixels};
use super::source::Source;
use crate::error::{Error, Result};
use crate::files::read_unpacked;

/// Five times the size of MNIST's training images.
const LARGEST: u64 = 256 << 20;

/// The largest side of an image; a header that says more is not an image's.
const LARGEST_SIDE: usize = 4096;

/// Both sets in the folder `dir`: its training images and its test images.
pub(super) fn load(dir: &Path, classes: usize) -> Result<(Labelled, Labelled)> {
    let train = load_set(dir, "train", classes)?;
    let test = load_set(dir, "t10k", classes)?;
    let images = images_path(dir, "train")?;
    if train.images.shape[1..] != test.images.shape[1..] {
        return Err(Error::file(
            images,
            format!(
                "training images are {} and test images {}",
                train.images.size_text(),
                test.images.size_text()
            ),
            "take both from the same data set",
        ));
    }
    if train.len() < test.len() {
        return Err(Error::file(
            images,
            format!(
                "only {} training images for {} test images",
                train.len(),
                test.len()
            ),
            "the files of the two sets seem to be swapped",
        ));
    }
    Ok((train, test))
}

/// Whether `dir` holds the training images, under any of the names in use.
pub(super) fn is_in(dir: &Path) -> bool {
    images_path(dir, "train").is_ok()
}

fn load_set(dir: &Path, set: &str, classes: usize) -> Result<Labelled> {
    let images_path = images_path(dir, set)?;
    let labels_path = find(dir, &format!("{set}-labels"), "idx1-ubyte")?;
    let images = parse_images(&read_unpacked(&images_path, LARGEST)?, &images_path)?;
    let labels = parse_labels(
        &read_unpacked(&labels_path, LARGEST)?,
        classes,
        &labels_path,
    )?;
    if images.len() != labels.len() {
        return Err(Error::file(
            labels_path,
            format!("{} labels for {} images", labels.len(), images.len()),
            "take both files from the same set",
        ));
    }
    Ok(Labelled { images, labels })
}

fn images_path(dir: &Path, set: &str) -> Result<PathBuf> {
    find(dir, &format!("{set}-images"), "idx3-ubyte")
}

/// The file under its usual name, with a dash or a dot in the middle, plain or gzipped.
fn find(dir: &Path, stem: &str, kind: &str) -> Result<PathBuf> {
    ["-", "."]
        .iter()
        .flat_map(|joint| ["", ".gz"].map(|end| dir.join(format!("{stem}{joint}{kind}{end}"))))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Error::file(
                dir,
                format!("there is no {stem}-{kind} or {stem}-{kind}.gz in it"),
                "put all four files there",
            )
        })
}

/// An IDX file of three axes, `[N, H, W]`, as images `[N, 1, H, W]`.
///
/// # Errors
/// If the content is anything else, is cut short or goes on; `path` is named in the message.
pub fn parse_images(bytes: &[u8], path: &Path) -> Result<Pixels> {
    let ([n, h, w], body) = parse(bytes, path)?;
    if n == 0 || !(1..=LARGEST_SIDE).contains(&h) || !(1..=LARGEST_SIDE).contains(&w) {
        return Err(Error::file(
            path,
            format!("its header says {n} images of {h}×{w} pixels"),
            "it is empty or damaged; fetch it again",
        ));
    }
    Ok(Pixels {
        data: body.to_vec(),
        shape: [n, 1, h, w],
    })
}

/// An IDX file of one axis as labels below `classes`.
///
/// # Errors
/// If the content is anything else, is cut short or goes on, or a label is too large.
pub fn parse_labels(bytes: &[u8], classes: usize, path: &Path) -> Result<Vec<usize>> {
    let ([_], body) = parse(bytes, path)?;
    let labels: Vec<usize> = body.iter().map(|&b| usize::from(b)).collect();
    match labels.iter().position(|&label| label >= classes) {
        None => Ok(labels),
        Some(at) => Err(Error::file(
            path,
            format!("label {} at {at}, beyond the {classes} classes", labels[at]),
            "check that it belongs to this data set",
        )),
    }
}

/// The sizes in the header and the elements behind it, whose number must be the sizes' product.
fn parse<'a, const AXES: usize>(bytes: &'a [u8], path: &Path) -> Result<([usize; AXES], &'a [u8])> {
    let header = 4 + 4 * AXES;
    check_magic(bytes, AXES, path)?;
    if bytes.len() < header {
        return Err(cut_short(path, header as u128, bytes.len()));
    }
    let sizes = std::array::from_fn(|axis| {
        let at = 4 + 4 * axis;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    });
    let body = &bytes[header..];
    // Three sizes of 32 bits overflow 64 bits but not 128.
    let promised: u128 = sizes.iter().map(|&s| s as u128).product();
    if (body.len() as u128) < promised {
        return Err(cut_short(path, promised + header as u128, bytes.len()));
    }
    if body.len() as u128 > promised {
        return Err(Error::file(
            path,
            format!("{} bytes too many", body.len() as u128 - promised),
            "its header and its length do not agree; fetch it again",
        ));
    }
    Ok((sizes, body))
}

fn check_magic(bytes: &[u8], axes: usize, path: &Path) -> Result<()> {
    let wanted = [0, 0, 8, axes as u8];
    let found = &bytes[..bytes.len().min(4)];
    if found == wanted {
        return Ok(());
    }
    let (problem, remedy) = match (found, axes) {
        ([0, 0, 8, 1], 3) => (
            "it holds labels, not images",
            "the files seem to be swapped",
        ),
        ([0, 0, 8, 3], 1) => (
            "it holds images, not labels",
            "the files seem to be swapped",
        ),
        ([], _) => ("it is empty", "fetch it again"),
        _ => ("it is not an IDX file of unsigned bytes", "fetch it again"),
    };
    Err(Error::file(
        path,
        format!("{problem} (it starts with {found:02x?}, not {wanted:02x?})"),
        remedy,
    ))
}

fn cut_short(path: &Path, promised: u128, length: usize) -> Error {
    Error::file(
        path,
        format!("it should hold {promised} bytes and holds {length}"),
        "it is cut short; fetch it again",
    )
}
