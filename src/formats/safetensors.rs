//! The safetensors format: the length of a header, the header as JSON, the elements of all tensors.
//!
//! Source: the format's description at <https://github.com/huggingface/safetensors>. It is read and
//! written here, because the crate of that name would bring 14 others into the core library.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::elements::{Dtype, MOST_AXES};
use super::message::in_one_line;
use super::pytorch;
use crate::error::{Error, Result};
use crate::files::{open_regular, read_beginning, read_up_to, write_atomic};
use crate::tensor::{Element, Tensor};

/// The longest file that is read; the weights of the largest network take a hundredth of it.
const LARGEST: u64 = 16 << 30;
/// The longest header, as the format limits it.
const LONGEST_HEADER: usize = 100_000_000;
/// Bytes before the header: its length.
const LENGTH: usize = 8;
/// The key of the metadata in the header.
const METADATA: &str = "__metadata__";
/// A counter of PyTorch's batch norm, an integer that nothing here uses.
const IGNORED: &str = "num_batches_tracked";

/// The tensors of a file by name, and its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct File<T: Element> {
    /// Tensors by name.
    pub tensors: BTreeMap<String, Tensor<T>>,
    /// Text by key.
    pub metadata: BTreeMap<String, String>,
}

/// What the header says of one tensor.
#[derive(Deserialize, Serialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    /// Its first byte and the one after its last, counted from the end of the header.
    data_offsets: [usize; 2],
}

impl<T: Element> File<T> {
    /// Reads a file of this format or of [PyTorch](super::pytorch), told apart by content; elements of type F16, BF16,
    /// F32 and F64 are converted to `T`.
    ///
    /// PyTorch's `num_batches_tracked` counters are left out.
    ///
    /// # Errors
    /// Where the file cannot be read, is not a whole safetensors file, or holds another type or an
    /// element that is not finite; the message names the tensor.
    pub fn read(path: impl AsRef<Path>) -> Result<File<T>> {
        let path = path.as_ref();
        judge(path)?;
        File::parse(&read_up_to(path, LARGEST)?, path)
    }

    /// The content of a file, given as its bytes; `path` is named in messages.
    ///
    /// # Errors
    /// As [`File::read`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<File<T>> {
        if pytorch::is_pytorch(bytes) {
            return Ok(File {
                tensors: pytorch::parse(bytes, path)?,
                metadata: BTreeMap::new(),
            });
        }
        let broken = |problem: String| broken(path, &problem);
        let (header, data) = split(bytes).map_err(broken)?;
        let Header { entries, metadata } = understand(header, data.len()).map_err(broken)?;
        let mut tensors = BTreeMap::new();
        for (name, entry) in entries {
            if name.ends_with(IGNORED) {
                continue;
            }
            let [start, end] = entry.data_offsets;
            let tensor = decode(&name, &entry, &data[start..end]);
            let unusable = |problem: String| {
                let remedy = "save it with finite values of type F32, F64, F16 or BF16";
                Error::file(path, in_one_line(&problem), remedy)
            };
            tensors.insert(name, tensor.map_err(unusable)?);
        }
        Ok(File { tensors, metadata })
    }

    /// Writes the file, whole or not at all; f32 is stored as F32, f64 as F64.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomic(path, &self.to_bytes())
    }

    /// The bytes of the file: tensors in the order of their names.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut parts = Vec::with_capacity(self.tensors.len() + 1);
        let mut part = |key: &str, value: String| parts.push(format!("{}:{value}", json(key)));
        if !self.metadata.is_empty() {
            part(METADATA, json(&self.metadata));
        }
        let mut end = 0;
        for (name, tensor) in &self.tensors {
            let start = end;
            end += tensor.len() * size_of::<T>();
            let entry = Entry {
                dtype: T::DTYPE.to_uppercase(),
                shape: tensor.shape().to_vec(),
                data_offsets: [start, end],
            };
            part(name, json(&entry));
        }
        let mut header = format!("{{{}}}", parts.join(","));
        // Spaces, so that the elements begin at a multiple of 8 bytes.
        let padded = header.len().next_multiple_of(LENGTH);
        header.extend(std::iter::repeat_n(' ', padded - header.len()));
        let mut bytes = Vec::with_capacity(LENGTH + padded + end);
        bytes.extend((padded as u64).to_le_bytes());
        bytes.extend(header.as_bytes());
        for tensor in self.tensors.values() {
            let values = tensor.data().iter().map(|v| v.as_f64());
            match size_of::<T>() {
                4 => bytes.extend(values.flat_map(|v| (v as f32).to_le_bytes())),
                _ => bytes.extend(values.flat_map(f64::to_le_bytes)),
            }
        }
        bytes
    }
}

/// Whether a file may be one of weights, by its beginning and its end: one that is none is not read as a whole.
fn judge(path: &Path) -> Result<()> {
    let (_, whole) = open_regular(path)?;
    let beginning = read_beginning(path, 2 * LENGTH as u64)?;
    if pytorch::is_pytorch(&beginning) {
        return pytorch::judge(path, whole);
    }
    let stated = beginning.first_chunk().map(|b| u64::from_le_bytes(*b));
    let header = stated.filter(|header| *header <= LONGEST_HEADER as u64);
    let bytes = read_beginning(path, LENGTH as u64 + header.unwrap_or(0))?;
    let data = whole.saturating_sub(bytes.len() as u64) as usize;
    let understood = split(&bytes).and_then(|(header, _)| understand(header, data));
    understood
        .map(drop)
        .map_err(|problem| broken(path, &problem))
}

fn broken(path: &Path, problem: &str) -> Error {
    let problem = format!("not a whole safetensors file ({})", in_one_line(problem));
    Error::file(path, problem, "give a .safetensors file, or copy it again")
}

fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("strings and integers can always be written as JSON")
}

/// The header's text and the bytes behind it.
fn split(bytes: &[u8]) -> std::result::Result<(&[u8], &[u8]), String> {
    let short = || format!("its {} bytes end inside the header", bytes.len());
    let (length, rest) = bytes.split_first_chunk().ok_or_else(short)?;
    let length = u64::from_le_bytes(*length);
    match usize::try_from(length) {
        Ok(length) if length <= LONGEST_HEADER => rest.split_at_checked(length).ok_or_else(short),
        _ => Err(format!("a header of {length} bytes")),
    }
}

/// What a header says: entries by name, and the metadata.
#[derive(Default)]
struct Header {
    entries: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

/// Each entry becomes what it says at once, which takes about seven times the header's bytes; a tree of JSON takes 25.
impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Header, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Header, A::Error> {
                let mut header = Header::default();
                while let Some(name) = map.next_key::<String>()? {
                    let of = |e| A::Error::custom(format!("{name}: {e}"));
                    if name == METADATA {
                        header.metadata = map.next_value().map_err(of)?;
                    } else {
                        let entry = map.next_value().map_err(of)?;
                        header.entries.insert(name, entry);
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The entries of a header, which together must describe every one of `length` bytes once.
fn understand(header: &[u8], length: usize) -> std::result::Result<Header, String> {
    let header: Header =
        serde_json::from_slice(header).map_err(|e| format!("its header cannot be read: {e}"))?;
    let many = |entry: &Entry| entry.shape.len() > MOST_AXES;
    if let Some((name, entry)) = header.entries.iter().find(|(_, entry)| many(entry)) {
        return Err(format!("{name} has {} axes", entry.shape.len()));
    }
    let mut spans: Vec<(&str, [usize; 2])> = (header.entries.iter())
        .map(|(name, entry)| (name.as_str(), entry.data_offsets))
        .collect();
    spans.sort_by_key(|&(_, offsets)| offsets);
    let mut end = 0;
    for (name, [start, stop]) in spans {
        if start != end || stop < start || stop > length {
            return Err(format!("{name} lies at {start}..{stop} of {length} bytes"));
        }
        end = stop;
    }
    match length - end {
        0 => Ok(header),
        more => Err(format!("{more} bytes belong to no tensor")),
    }
}

fn decode<T: Element>(
    name: &str,
    entry: &Entry,
    bytes: &[u8],
) -> std::result::Result<Tensor<T>, String> {
    let dtype = match entry.dtype.as_str() {
        "F16" => Dtype::F16,
        "BF16" => Dtype::BF16,
        "F32" => Dtype::F32,
        "F64" => Dtype::F64,
        other => return Err(format!("{name} holds elements of type {other}")),
    };
    let count = entry
        .shape
        .iter()
        .try_fold(dtype.size(), |n, &side| n.checked_mul(side));
    if count != Some(bytes.len()) {
        let Entry { dtype, shape, .. } = entry;
        return Err(format!(
            "{name} has {} bytes for {dtype} {shape:?}",
            bytes.len()
        ));
    }
    let data: Vec<T> = dtype.decode(bytes);
    match data.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(format!("{name} holds {} at element {i}", data[i])),
        None => Ok(Tensor::from_vec(data, &entry.shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
    use std::collections::HashMap;

    fn file<T: Element>() -> File<T> {
        let values = |n: usize| (0..n).map(|i| T::from_f64(0.1 * i as f64 - 1.0)).collect();
        File {
            tensors: BTreeMap::from([
                (
                    "stem.weight".to_string(),
                    Tensor::from_vec(values(6), &[2, 3]),
                ),
                ("empty".to_string(), Tensor::zeros(&[0, 4])),
                ("head \"é\"".to_string(), Tensor::scalar(T::from_f64(7.5))),
            ]),
            metadata: BTreeMap::from([("key".to_string(), "{\"a\": [1, 2]}".to_string())]),
        }
    }

    /// The crate of the format's own authors writes the same bytes and reads ours.
    fn agrees<T: Element>(dtype: Dtype) {
        let file = file::<T>();
        let bytes = file.to_bytes();
        let read = SafeTensors::deserialize(&bytes).expect("a file that others can read");
        let views = read.iter().map(|(name, view)| {
            assert_eq!(
                (view.dtype(), view.shape()),
                (dtype, file.tensors[name].shape())
            );
            (
                name,
                TensorView::new(dtype, view.shape().to_vec(), view.data()).expect("a view"),
            )
        });
        let metadata: HashMap<String, String> = file.metadata.clone().into_iter().collect();
        assert_eq!(serialize(views, Some(metadata)).expect("their file"), bytes);
        assert_eq!(File::parse(&bytes, Path::new("x")).expect("our file"), file);
    }

    #[test]
    fn the_format_is_that_of_its_authors() {
        agrees::<f32>(Dtype::F32);
        agrees::<f64>(Dtype::F64);
    }

    fn one(dtype: Dtype, bytes: &[u8]) -> Result<Vec<f64>> {
        let count = bytes.len() * 8 / dtype.bitsize();
        let view = TensorView::new(dtype, vec![count], bytes).expect("a view");
        let file = serialize([("w", view)], None).expect("a file");
        let file = File::<f64>::parse(&file, Path::new("half.safetensors"))?;
        Ok(file.tensors["w"].data().to_vec())
    }

    #[test]
    fn half_precision_is_read_exactly() {
        let bytes = |bits: &[u16]| {
            bits.iter()
                .flat_map(|b| b.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        // 1, -2, the largest, the smallest normal and the smallest subnormal value.
        let found = one(
            Dtype::F16,
            &bytes(&[0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001]),
        );
        let wanted = [1.0, -2.0, 65504.0, 2f64.powi(-14), 2f64.powi(-24)];
        assert_eq!(found.expect("values"), wanted);
        let found = one(Dtype::BF16, &bytes(&[0x3f80, 0xc049, 0x0001]));
        assert_eq!(found.expect("values"), [1.0, -3.140625, 2f64.powi(-133)]);
    }

    #[test]
    fn what_cannot_be_a_weight_is_named() {
        let message = |found: Result<Vec<f64>>| found.expect_err("no weights").to_string();
        for bits in [0x7c00u16, 0xfc00, 0x7e01] {
            let two = [0u16, bits].map(u16::to_le_bytes).concat();
            let found = message(one(Dtype::F16, &two));
            assert!(
                found.contains("w holds") && found.contains("at element 1"),
                "{found}"
            );
        }
        let found = message(one(Dtype::I32, &[0; 8]));
        assert!(found.contains("type I32; save it with"), "{found}");
    }

    #[test]
    fn entries_must_describe_every_byte_once() {
        let refused = |header: &str, data: usize| {
            let length = (header.len() as u64).to_le_bytes();
            let bytes = [&length, header.as_bytes(), &vec![0; data]].concat();
            File::<f32>::parse(&bytes, Path::new("x")).is_err()
        };
        let entry = |shape: &str, offsets: &str| {
            format!("\"dtype\":\"F32\",\"shape\":[{shape}],\"data_offsets\":[{offsets}]")
        };
        let a = entry("2", "0,8");
        assert!(!refused(&format!("{{\"a\":{{{a}}}}}"), 8));
        for (other, data) in [("2", 12), ("3", 8), ("1", 8), ("18446744073709551615,2", 8)] {
            let entry = entry(other, "0,8");
            assert!(
                refused(&format!("{{\"a\":{{{entry}}}}}"), data),
                "{other}, {data}"
            );
        }
        for (axes, wrong) in [(64, false), (65, true)] {
            let entry = entry(&vec!["1"; axes].join(","), "0,4");
            assert_eq!(
                refused(&format!("{{\"a\":{{{entry}}}}}"), 4),
                wrong,
                "{axes} axes"
            );
        }
        for offsets in ["8,4", "4,8", "9,17", "8,18446744073709551615"] {
            let b = entry("2", offsets);
            assert!(
                refused(&format!("{{\"a\":{{{a}}},\"b\":{{{b}}}}}"), 16),
                "{offsets}"
            );
        }
    }
}
