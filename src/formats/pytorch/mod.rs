//! Weights as PyTorch's `torch.save` writes them: a zip archive since version 1.6, a chain of pickles before.
//!
//! Only weights are read: tensors in dictionaries. A pickle can name any function of Python's; a file that names
//! another than those that rebuild tensors is refused, by that name. Nothing is unpacked, what a
//! pickle builds is charged to a budget, and views are spread out to at most eight times the file's size, so that no
//! file asks for more memory than about ten times its own.

mod archive;
mod global;
mod input;
mod pickle;
mod trouble;
mod value;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::elements::Dtype;
use super::message::in_one_line;
use crate::error::{Error, Result};
use crate::files::{read_beginning, read_range};
use crate::tensor::{Element, Tensor};
use archive::Archive;
use pickle::Machine;
use trouble::{Trouble, damaged};
use value::{Value, View};

/// What a file of pickles begins with: the first one, a number that PyTorch chose.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// What a zip archive begins with.
const ZIP: &[u8] = b"PK\x03\x04";
/// How many times the bytes of a file its tensors may take: bytes become floats of 64 bits, and tensors may share what
/// is stored once.
const MOST_GROWTH: usize = 8;
/// The bytes that a tensor takes besides its elements.
const ENTRY: usize = 200;
/// Keys under which training scripts keep the weights, the commonest first.
const NESTED: [&str; 7] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "params_ema",
    "params",
];
/// What networks that were trained on several devices put before every name.
const PARALLEL: &str = "module.";

/// Whether a file that begins so may be one of PyTorch.
pub(super) fn is_pytorch(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(ZIP)
}

/// Whether a file of `length` bytes that begins like one of PyTorch may be one, by its end: one that is none is not
/// read as a whole.
///
/// # Errors
/// Where it is an archive without a directory.
pub(super) fn judge(path: &Path, length: u64) -> Result<()> {
    if !read_beginning(path, ZIP.len() as u64)?.starts_with(ZIP) {
        return Ok(());
    }
    let end = length.min(archive::LONGEST_END);
    match archive::has_directory(&read_range(path, length - end, end)?) {
        true => Ok(()),
        false => Err(trouble_in(
            path,
            Trouble::Damaged(archive::NO_DIRECTORY.into()),
        )),
    }
}

/// The tensors of a file's bytes by name; `path` is named in messages.
///
/// The weights may lie in a dictionary of their own, such as `state_dict`, and their names may begin with `module.`,
/// which is taken off. Strides are honoured, elements of every type converted to `T`, and PyTorch's counters
/// `num_batches_tracked` left out.
///
/// # Errors
/// Where the file is damaged or holds other than weights, or an element is not finite.
pub fn parse<T: Element>(bytes: &[u8], path: &Path) -> Result<BTreeMap<String, Tensor<T>>> {
    let read = match bytes.starts_with(ZIP) {
        true => of_archive(bytes),
        false => of_pickles(bytes),
    };
    read.map_err(|trouble| trouble_in(path, trouble))
}

fn trouble_in(path: &Path, trouble: Trouble) -> Error {
    match trouble {
        Trouble::Damaged(problem) => Error::file(
            path,
            format!("not a whole PyTorch file ({})", in_one_line(&problem)),
            "copy it again",
        ),
        Trouble::Refused(what) => Error::file(
            path,
            format!("it holds {}, and only weights are read", in_one_line(&what)),
            "write them alone, by torch.save(model.state_dict(), FILE)",
        ),
    }
}

fn of_archive<T: Element>(
    bytes: &[u8],
) -> std::result::Result<BTreeMap<String, Tensor<T>>, Trouble> {
    let archive = Archive::new(bytes).map_err(Trouble::Damaged)?;
    let Some(prefix) = archive.prefix_of("data.pkl") else {
        return Err(Trouble::Refused("no pickle data.pkl".into()));
    };
    let entry = |name: &str| archive.get(&format!("{prefix}{name}"));
    if entry("byteorder").is_some_and(|order| order != b"little") {
        return Err(Trouble::Refused("elements in big-endian order".into()));
    }
    let mut machine = Machine::of_file(bytes.len());
    let (value, _) = machine.run(entry("data.pkl").unwrap_or_default())?;
    let storages = machine.storages.iter();
    let storages = storages.map(|storage| entry(&format!("data/{}", storage.key)));
    weights(&machine, value, &storages.collect::<Vec<_>>(), bytes.len())
}

fn of_pickles<T: Element>(
    bytes: &[u8],
) -> std::result::Result<BTreeMap<String, Tensor<T>>, Trouble> {
    let rest = bytes.strip_prefix(MAGIC).unwrap_or_default();
    let mut machine = Machine::of_file(bytes.len());
    let (_version, rest) = machine.run(rest)?;
    let (_system, rest) = machine.run(rest)?;
    let (value, rest) = machine.run(rest)?;
    let (keys, mut rest) = machine.run(rest)?;
    let mut sizes = HashMap::new();
    for storage in &machine.storages {
        sizes.insert(storage.key, storage.dtype.map_or(1, Dtype::size));
    }
    let mut found = HashMap::new();
    for key in machine.items(keys)? {
        let Value::Text(key) = key else {
            return Err(damaged("a storage whose key is no text"));
        };
        let short = || damaged(format!("it ends inside storage {key}"));
        let (count, data) = rest.split_first_chunk().ok_or_else(short)?;
        let count = usize::try_from(i64::from_le_bytes(*count)).ok();
        let size = sizes.get(key).copied().unwrap_or(1);
        let length = count.and_then(|n| n.checked_mul(size)).ok_or_else(short)?;
        let (data, after) = data.split_at_checked(length).ok_or_else(short)?;
        found.insert(*key, data);
        rest = after;
    }
    let storages = machine.storages.iter().map(|s| found.get(s.key).copied());
    weights(&machine, value, &storages.collect::<Vec<_>>(), bytes.len())
}

/// The tensors of the dictionary of weights in `value`.
fn weights<T: Element>(
    machine: &Machine<'_>,
    value: Value<'_>,
    storages: &[Option<&[u8]>],
    file: usize,
) -> std::result::Result<BTreeMap<String, Tensor<T>>, Trouble> {
    let mut named = state_dict(machine, value)?;
    while !named.is_empty() && named.iter().all(|(name, _)| name.starts_with(PARALLEL)) {
        named
            .iter_mut()
            .for_each(|(name, _)| *name = &name[PARALLEL.len()..]);
    }
    let mut left = file.saturating_mul(MOST_GROWTH);
    let mut built: HashMap<&View, Tensor<T>> = HashMap::new();
    let mut tensors = BTreeMap::new();
    for (name, tensor) in named {
        if name.ends_with("num_batches_tracked") {
            continue;
        }
        let rest = left.checked_sub(ENTRY);
        left = rest.ok_or_else(|| damaged("more tensors than it has room for"))?;
        let view = &machine.tensors[tensor];
        let tensor = match built.get(view) {
            Some(same) => same.clone(),
            None => {
                let storage = storages[view.storage];
                let elements = machine.storages[view.storage].elements;
                let tensor = gather(view, storage, elements, &mut left)
                    .map_err(|problem| damaged(format!("{name} {problem}")))?;
                built.insert(view, tensor.clone());
                tensor
            }
        };
        tensors.insert(name.to_string(), tensor);
    }
    Ok(tensors)
}

/// The tensors of the weights' dictionary: the value itself, or the one of its entries that holds them.
fn state_dict<'a>(
    machine: &Machine<'a>,
    value: Value<'a>,
) -> std::result::Result<Vec<(&'a str, usize)>, Trouble> {
    let tensors_of = |value: Value<'a>| -> Vec<(&'a str, usize)> {
        let Value::Dict(dict) = value else {
            return Vec::new();
        };
        let tensor = |entry: &(Value<'a>, Value<'a>)| match *entry {
            (Value::Text(name), Value::Tensor(tensor)) => Some((name, tensor)),
            _ => None,
        };
        machine.dicts[dict].iter().filter_map(tensor).collect()
    };
    let Value::Dict(outer) = value else {
        return Err(Trouble::Refused("no dictionary of tensors".into()));
    };
    let own = tensors_of(value);
    if !own.is_empty() {
        return Ok(own);
    }
    let entries = &machine.dicts[outer];
    let by_name = |wanted: &str| {
        let named =
            |entry: &&(Value<'a>, Value<'a>)| matches!(entry.0, Value::Text(n) if n == wanted);
        let found = entries.iter().find(named);
        found
            .map(|(_, value)| tensors_of(*value))
            .unwrap_or_default()
    };
    let known = NESTED.iter().map(|name| by_name(name));
    // Millions of entries may be one and the same dictionary.
    let mut seen = HashSet::new();
    let any = entries.iter().filter_map(|(_, value)| match value {
        Value::Dict(dict) => seen.insert(*dict).then(|| tensors_of(*value)),
        _ => None,
    });
    let found = known.chain(any).find(|tensors| !tensors.is_empty());
    found.ok_or_else(|| Trouble::Refused("no dictionary of tensors".into()))
}

/// A view of a storage as a tensor of its own.
///
/// # Errors
/// What is wrong with it; `left` bytes may still be taken.
fn gather<T: Element>(
    view: &View,
    storage: Option<&[u8]>,
    elements: usize,
    left: &mut usize,
) -> std::result::Result<Tensor<T>, String> {
    let View {
        dtype,
        offset,
        shape,
        strides,
        ..
    } = view;
    let size = dtype.size();
    let bytes = storage.ok_or("has no storage in the file")?;
    let count = shape
        .iter()
        .try_fold(1usize, |n, side| n.checked_mul(*side));
    let total = count.and_then(|n| n.checked_mul(size_of::<T>().max(size)));
    let (Some(count), Some(total)) = (count, total.filter(|total| total <= left)) else {
        return Err(format!("of shape {shape:?} is larger than the file allows"));
    };
    *left -= total;
    if count == 0 {
        return Ok(Tensor::zeros(shape));
    }
    let stored = (bytes.len() / size).min(elements.max(1));
    let axes = shape.iter().zip(strides);
    let last = axes.clone().try_fold(*offset, |at, (side, stride)| {
        at.checked_add((side - 1).checked_mul(*stride)?)
    });
    if last.is_none_or(|last| last >= stored) {
        return Err(format!("reaches beyond its storage of {stored} elements"));
    }
    let contiguous = axes.rev().try_fold(1usize, |expected, (side, stride)| {
        (*side == 1 || *stride == expected).then_some(expected * side)
    });
    let data: Vec<T> = match contiguous {
        Some(_) => dtype.decode(&bytes[offset * size..(offset + count) * size]),
        None => dtype.decode(&spread(view, bytes, count)),
    };
    match data.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(format!("holds {} at element {i}", data[i])),
        None => Ok(Tensor::from_vec(data, shape)),
    }
}

/// The bytes of a view's elements in row-major order.
fn spread(view: &View, bytes: &[u8], count: usize) -> Vec<u8> {
    let size = view.dtype.size();
    let mut index = vec![0usize; view.shape.len()];
    let mut spread = Vec::with_capacity(count * size);
    for _ in 0..count {
        let steps = index
            .iter()
            .zip(&view.strides)
            .map(|(i, stride)| i * stride);
        let at = (view.offset + steps.sum::<usize>()) * size;
        spread.extend_from_slice(&bytes[at..at + size]);
        for (i, side) in index.iter_mut().zip(&view.shape).rev() {
            *i += 1;
            if *i < *side {
                break;
            }
            *i = 0;
        }
    }
    spread
}
