//! The types of elements that files of weights hold, and their values.

use crate::tensor::Element;
pub(super) use crate::tensor::half::from_half as half;

/// The most axes of a tensor in a file; PyTorch has no more.
pub(super) const MOST_AXES: usize = 64;

/// A type of elements in a file, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dtype {
    F16,
    BF16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    Bool,
}

impl Dtype {
    /// Bytes of an element.
    pub fn size(self) -> usize {
        match self {
            Dtype::I8 | Dtype::U8 | Dtype::Bool => 1,
            Dtype::F16 | Dtype::BF16 | Dtype::I16 => 2,
            Dtype::F32 | Dtype::I32 => 4,
            Dtype::F64 | Dtype::I64 => 8,
        }
    }

    /// Every element of `bytes`; those of a piece that is left over at the end are not.
    pub fn decode<T: Element>(self, bytes: &[u8]) -> Vec<T> {
        match self {
            Dtype::F16 => each(bytes, |b| half(u16::from_le_bytes(b))),
            Dtype::BF16 => each(bytes, |[low, high]| {
                f32::from_le_bytes([0, 0, low, high]).into()
            }),
            Dtype::F32 => each(bytes, |b| f32::from_le_bytes(b).into()),
            Dtype::F64 => each(bytes, f64::from_le_bytes),
            Dtype::I8 => each(bytes, |b| i8::from_le_bytes(b).into()),
            Dtype::I16 => each(bytes, |b| i16::from_le_bytes(b).into()),
            Dtype::I32 => each(bytes, |b| i32::from_le_bytes(b).into()),
            Dtype::I64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
            Dtype::U8 => each(bytes, |[b]| b.into()),
            Dtype::Bool => each(bytes, |[b]| f64::from(u8::from(b != 0))),
        }
    }
}

fn each<T: Element, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> f64) -> Vec<T> {
    let (whole, _) = bytes.as_chunks();
    whole.iter().map(|&b| T::from_f64(read(b))).collect()
}
