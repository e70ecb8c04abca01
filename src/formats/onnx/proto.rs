//! The messages of an ONNX file: those fields that are used, by the numbers that `onnx.proto` gives them.
//!
//! Nodes, initialisers and attributes stay bytes until each is asked for, so that what is in memory at once grows
//! with the file, whatever its messages claim. Source: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

use prost::Message;
use prost::bytes::Bytes;

use super::decode::Parts;

#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    #[prost(bytes = "bytes", tag = "7")]
    pub graph: Bytes,
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, Message)]
pub struct OperatorSet {
    #[prost(string, tag = "1")]
    pub domain: String,
    #[prost(int64, tag = "2")]
    pub version: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub node: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub initializer: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    pub input: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "12")]
    pub output: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub op_type: String,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub attribute: Vec<Bytes>,
    #[prost(string, tag = "7")]
    pub domain: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(float, tag = "2")]
    pub f: f32,
    #[prost(int64, tag = "3")]
    pub i: i64,
    #[prost(bytes = "bytes", tag = "4")]
    pub s: Bytes,
    #[prost(bytes = "bytes", tag = "5")]
    pub t: Bytes,
    #[prost(bytes = "bytes", tag = "6")]
    pub g: Bytes,
    #[prost(float, repeated, tag = "7")]
    pub floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    pub ints: Vec<i64>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub strings: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    pub graphs: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub name: String,
    #[prost(bytes = "bytes", tag = "9")]
    pub raw_data: Bytes,
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    pub data_location: i32,
}

/// The name alone of an initialiser, which is enough to find it.
#[derive(Clone, PartialEq, Message)]
pub struct TensorName {
    #[prost(string, tag = "8")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShape>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// 0 where it is a name or not known.
    #[prost(int64, tag = "1")]
    pub dim_value: i64,
}

impl Parts for ModelProto {
    const PARTS: &'static [(usize, &'static str)] = &[(8, "sets of operators")];
}

impl Parts for GraphProto {
    const PARTS: &'static [(usize, &'static str)] = &[
        (1, "nodes"),
        (5, "initialisers"),
        (11, "inputs"),
        (12, "outputs"),
    ];
}

impl Parts for NodeProto {
    const PARTS: &'static [(usize, &'static str)] = &[
        (1, "inputs of a node"),
        (2, "outputs of a node"),
        (5, "attributes of a node"),
    ];
}

impl Parts for AttributeProto {
    const PARTS: &'static [(usize, &'static str)] =
        &[(9, "texts of an attribute"), (11, "graphs of an attribute")];
}

impl Parts for TensorProto {
    const PARTS: &'static [(usize, &'static str)] = &[(13, "entries of external data")];
}

impl Parts for TensorName {
    const PARTS: &'static [(usize, &'static str)] = &[];
}

impl Parts for ValueInfo {
    const PARTS: &'static [(usize, &'static str)] = &[];
}
