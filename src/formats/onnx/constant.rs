//! Tensors that a file holds: initialisers, constants, and what is computed from them alone.

use std::path::{Component, Path};

use super::decode::check_axes;
use super::proto::TensorProto;
use crate::files::read_range;
use crate::formats::elements::half;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Which values a tensor holds; all of them are exact in an f64 but integers beyond 2⁵³, which only say "to the end".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Any float type.
    Float,
    /// Any integer type.
    Integer,
    /// Truth values.
    Boolean,
}

/// A tensor of known values.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    pub values: Tensor<f64>,
    pub content: Content,
}

impl Constant {
    pub fn floats(values: Vec<f64>, shape: &[usize]) -> Constant {
        Constant {
            values: Tensor::from_vec(values, shape),
            content: Content::Float,
        }
    }

    pub fn integers(values: impl IntoIterator<Item = usize>) -> Constant {
        let values: Vec<f64> = values.into_iter().map(|v| v as f64).collect();
        let shape = [values.len()];
        Constant {
            values: Tensor::from_vec(values, &shape),
            content: Content::Integer,
        }
    }

    pub fn shape(&self) -> &[usize] {
        self.values.shape()
    }

    /// The values as integers; what lies beyond their range is the last of them.
    pub fn to_ints(&self) -> Vec<i64> {
        self.values.data().iter().map(|&v| v as i64).collect()
    }

    /// The values as elements of a network, under another shape of the same size.
    pub fn tensor<T: Scalar>(&self) -> Tensor<T> {
        self.values.cast()
    }

    /// The values of a stored tensor; external ones lie in files below `folder`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(proto: TensorProto, folder: &Path) -> Result<Constant, String> {
        check_axes("a tensor", proto.dims.len())?;
        let shape: Option<Vec<usize>> = (proto.dims.iter())
            .map(|&n| usize::try_from(n).ok())
            .collect();
        let count = shape.as_deref().and_then(count);
        let (Some(shape), Some(count)) = (shape, count) else {
            return Err(format!("a tensor of the shape {:?}", proto.dims));
        };
        let (size, content) = element(proto.data_type)?;
        let wanted = count.checked_mul(size);
        let wanted = wanted.ok_or_else(|| format!("a tensor of the shape {shape:?}"))?;
        let values = if proto.data_location == 1 {
            from_bytes(proto.data_type, &external(&proto, folder, wanted)?)
        } else if !proto.raw_data.is_empty() {
            from_bytes(proto.data_type, &proto.raw_data)
        } else {
            from_fields(proto)
        };
        if values.len() != count {
            let found = values.len();
            return Err(format!("{found} elements for the shape {shape:?}"));
        }
        if content == Content::Float
            && let Some(i) = values.iter().position(|v| v.is_nan())
        {
            return Err(format!("no number at element {i} of a tensor {shape:?}"));
        }
        Ok(Constant {
            values: Tensor::from_vec(values, &shape),
            content,
        })
    }
}

/// How many elements a shape has; `None` where the sizes of some of its axes have no product.
pub fn count(shape: &[usize]) -> Option<usize> {
    let mut sizes = shape.iter();
    let filled = sizes.try_fold(1usize, |count, &size| count.checked_mul(size.max(1)))?;
    Some(if shape.contains(&0) { 0 } else { filled })
}

/// Bytes per element and content of an ONNX type.
fn element(data_type: i32) -> Result<(usize, Content), String> {
    Ok(match data_type {
        1 => (4, Content::Float),
        10 | 16 => (2, Content::Float),
        11 => (8, Content::Float),
        2 | 3 => (1, Content::Integer),
        4 | 5 => (2, Content::Integer),
        6 | 12 => (4, Content::Integer),
        7 | 13 => (8, Content::Integer),
        9 => (1, Content::Boolean),
        8 => return Err("a tensor of texts".to_string()),
        other => return Err(format!("a tensor of the element type {other}")),
    })
}

fn from_bytes(data_type: i32, bytes: &[u8]) -> Vec<f64> {
    fn each<const N: usize>(bytes: &[u8], read: fn([u8; N]) -> f64) -> Vec<f64> {
        bytes.as_chunks().0.iter().map(|&b| read(b)).collect()
    }
    match data_type {
        1 => each(bytes, |b| f32::from_le_bytes(b).into()),
        2 | 9 => each(bytes, |[b]| f64::from(b)),
        3 => each(bytes, |b| i8::from_le_bytes(b).into()),
        4 => each(bytes, |b| u16::from_le_bytes(b).into()),
        5 => each(bytes, |b| i16::from_le_bytes(b).into()),
        6 => each(bytes, |b| i32::from_le_bytes(b).into()),
        7 => each(bytes, |b| i64::from_le_bytes(b) as f64),
        10 => each(bytes, |b| half(u16::from_le_bytes(b))),
        11 => each(bytes, f64::from_le_bytes),
        12 => each(bytes, |b| u32::from_le_bytes(b).into()),
        13 => each(bytes, |b| u64::from_le_bytes(b) as f64),
        _ => each(bytes, |[low, high]| {
            f32::from_le_bytes([0, 0, low, high]).into()
        }),
    }
}

/// The elements where they are not stored as bytes; those of 64 bits stay where they are in memory.
fn from_fields(proto: TensorProto) -> Vec<f64> {
    let integers = proto.int32_data.into_iter();
    match proto.data_type {
        1 => proto.float_data.into_iter().map(f64::from).collect(),
        7 => proto.int64_data.into_iter().map(|v| v as f64).collect(),
        10 => integers.map(|v| half(v as u16)).collect(),
        11 => proto.double_data,
        12 | 13 => proto.uint64_data.into_iter().map(|v| v as f64).collect(),
        16 => integers
            .map(|v| f32::from_bits((v as u32) << 16).into())
            .collect(),
        _ => integers.map(f64::from).collect(),
    }
}

/// The bytes of a tensor that lie in a file of their own.
fn external(proto: &TensorProto, folder: &Path, wanted: usize) -> Result<Vec<u8>, String> {
    let entry = |key: &str| {
        let found = proto.external_data.iter().find(|e| e.key == key);
        found.map(|e| e.value.as_str())
    };
    let location = entry("location").ok_or("external data without a location")?;
    let number = |key: &str, otherwise: u64| match entry(key) {
        None => Ok(otherwise),
        Some(text) => (text.parse::<u64>()).map_err(|_| format!("external data with {key} {text}")),
    };
    let (offset, length) = (number("offset", 0)?, number("length", wanted as u64)?);
    let below = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(location).components().all(below) {
        return Err(format!(
            "external data at `{location}`, which is not below the file's own folder"
        ));
    }
    if length != wanted as u64 {
        return Err(format!("{length} bytes of external data for {wanted}"));
    }
    read_range(&folder.join(location), offset, length).map_err(|e| e.to_string())
}
