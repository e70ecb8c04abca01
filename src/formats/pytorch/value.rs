//! What a pickle is made of: numbers, text, containers, and views of storages.

use super::super::elements::{Dtype, MOST_AXES};
use super::global::Global;
use super::trouble::{Trouble, damaged};

/// A value on the machine's stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Int(i64),
    Text(&'a str),
    Global(Global),
    /// A tuple or a list.
    List(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
    /// None, a truth value, a float, bytes or a set: nothing that a tensor is made of.
    Other,
}

/// Where a tensor's elements lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct View {
    pub storage: usize,
    pub dtype: Dtype,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// The elements that tensors may share.
#[derive(Clone, Debug)]
pub(super) struct Storage<'a> {
    pub key: &'a str,
    /// `None` where every tensor says it.
    pub dtype: Option<Dtype>,
    pub elements: usize,
}

pub(super) fn bytes_or_text(bytes: &[u8]) -> Value<'_> {
    std::str::from_utf8(bytes).map_or(Value::Other, Value::Text)
}

/// A little-endian number in two's complement; those of more than eight bytes are no sizes.
pub(super) fn long(bytes: &[u8]) -> Value<'_> {
    if bytes.len() > 8 {
        return Value::Other;
    }
    let sign = bytes
        .last()
        .map_or(0, |b| if b >> 7 == 1 { 0xff } else { 0 });
    let mut all = [sign; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(all))
}

pub(super) fn size(value: Value<'_>) -> Result<usize, Trouble> {
    match value {
        Value::Int(n) => usize::try_from(n).map_err(|_| damaged(format!("a size of {n}"))),
        _ => Err(damaged("a size that is no integer")),
    }
}

pub(super) fn pairs<'a>(items: Vec<Value<'a>>) -> Vec<(Value<'a>, Value<'a>)> {
    let (pairs, _) = items.as_chunks();
    pairs.iter().map(|[key, value]| (*key, *value)).collect()
}

/// The sizes of a tensor's axes, or its strides.
pub(super) fn sizes(items: &[Value<'_>]) -> Result<Vec<usize>, Trouble> {
    if items.len() > MOST_AXES {
        return Err(damaged(format!("a tensor of {} axes", items.len())));
    }
    items.iter().map(|item| size(*item)).collect()
}
