//! The parts of a file.

use std::collections::HashMap;
use std::path::Path;

use prost::bytes::Bytes;

use super::decode::{check_axes, decode};
use super::proto::{GraphProto, ModelProto, TensorName, ValueInfo};
use crate::error::Error;

/// The parts of a file.
pub struct Graph {
    pub opset: i64,
    pub nodes: Vec<Bytes>,
    pub initializers: HashMap<String, Bytes>,
    pub inputs: Vec<ValueInfo>,
    pub outputs: Vec<ValueInfo>,
}

impl Graph {
    /// Takes a file apart.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn decode(bytes: Vec<u8>) -> std::result::Result<Graph, String> {
        let model: ModelProto = decode(Bytes::from(bytes))?;
        let graph: GraphProto = decode(model.graph)?;
        if graph.node.is_empty() {
            return Err("a graph of 0 nodes".to_string());
        }
        let opset = model.opset_import.iter();
        let opset = opset.filter(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
        let mut initializers = HashMap::new();
        for bytes in graph.initializer {
            let TensorName { name } = decode(bytes.clone())?;
            initializers.insert(name, bytes);
        }
        let infos = |all: Vec<Bytes>| {
            all.into_iter()
                .map(info)
                .collect::<std::result::Result<Vec<ValueInfo>, String>>()
        };
        Ok(Graph {
            opset: opset.map(|set| set.version).max().unwrap_or(1),
            nodes: graph.node,
            initializers,
            inputs: infos(graph.input)?,
            outputs: infos(graph.output)?,
        })
    }
}

/// What is said of an input or an output.
fn info(bytes: Bytes) -> std::result::Result<ValueInfo, String> {
    let info: ValueInfo = decode(bytes)?;
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let axes = tensor
        .and_then(|t| t.shape.as_ref())
        .map_or(0, |s| s.dim.len());
    check_axes(&format!("an input or output `{}`", info.name), axes)?;
    Ok(info)
}

/// The error of a damaged file.
pub fn damaged(path: &Path, problem: &str) -> Error {
    let problem = format!("not a whole ONNX file ({problem})");
    Error::file(path, problem, "give a .onnx file, or copy it again")
}
