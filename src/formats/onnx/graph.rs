//! The parts of a file.

use std::collections::HashMap;
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;

use super::proto::{GraphProto, ModelProto, TensorName, ValueInfo};
use crate::error::Error;

/// The most nodes of a graph; the largest networks have some thousands.
const MOST_NODES: usize = 1 << 16;

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
        let text = |e: prost::DecodeError| e.to_string();
        let model = ModelProto::decode(Bytes::from(bytes)).map_err(text)?;
        let graph = GraphProto::decode(model.graph).map_err(text)?;
        if graph.node.is_empty() || graph.node.len() > MOST_NODES {
            return Err(format!("a graph of {} nodes", graph.node.len()));
        }
        let opset = model.opset_import.iter();
        let opset = opset.filter(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
        let mut initializers = HashMap::new();
        for bytes in graph.initializer {
            let name = TensorName::decode(bytes.clone()).map_err(text)?.name;
            initializers.insert(name, bytes);
        }
        let infos = |all: Vec<Bytes>| {
            let each = all.into_iter().map(|b| ValueInfo::decode(b).map_err(text));
            each.collect::<std::result::Result<Vec<ValueInfo>, String>>()
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

/// The error of a damaged file.
pub fn damaged(path: &Path, problem: &str) -> Error {
    let problem = format!("not a whole ONNX file ({problem})");
    Error::file(path, problem, "give a .onnx file, or copy it again")
}
