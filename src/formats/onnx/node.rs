//! A node of the graph and its attributes.

use std::collections::BTreeMap;
use std::path::Path;

use prost::bytes::Bytes;

use super::constant::Constant;
use super::decode::decode;
use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfo};

/// How deep graphs lie within each other: the branch of a condition in the body of a loop, and some more.
const DEEPEST: usize = 8;

/// A node as its operator reads it.
pub struct OnnxNode {
    /// Its own name, or what stands for one.
    pub name: String,
    pub operator: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// The version of the operators' set.
    pub opset: i64,
    attributes: BTreeMap<String, AttributeProto>,
}

impl OnnxNode {
    /// The node that these bytes describe.
    ///
    /// # Errors
    /// Where they describe none.
    pub fn decode(bytes: &Bytes, opset: i64) -> Result<OnnxNode, String> {
        let proto: NodeProto = decode(bytes.clone())?;
        let mut attributes = BTreeMap::new();
        for bytes in &proto.attribute {
            let attribute: AttributeProto = decode(bytes.clone())?;
            attributes.insert(attribute.name.clone(), attribute);
        }
        let output = proto.output.first().ok_or("a node without an output")?;
        let name = match proto.name.is_empty() {
            true => output,
            false => &proto.name,
        };
        let plain = matches!(proto.domain.as_str(), "" | "ai.onnx");
        Ok(OnnxNode {
            name: name.clone(),
            operator: match plain {
                true => proto.op_type,
                false => format!("{}.{}", proto.domain, proto.op_type),
            },
            inputs: proto.input,
            outputs: proto.output,
            opset,
            attributes,
        })
    }

    /// The names of all that it reads: its inputs, and what the graphs in its attributes, such as the branches of an
    /// `If`, take from the graph around them. Names of their own are among these.
    pub fn read(&self) -> Vec<String> {
        let within = (self.attributes.values()).filter_map(|a| read_within(a, 0).ok());
        let mut names = self.inputs.clone();
        names.extend(within.flatten());
        names
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub fn int(&self, name: &str, otherwise: i64) -> i64 {
        self.attributes.get(name).map_or(otherwise, |a| a.i)
    }

    pub fn float(&self, name: &str, otherwise: f64) -> f64 {
        self.attributes.get(name).map_or(otherwise, |a| a.f.into())
    }

    pub fn floats(&self, name: &str) -> Option<Vec<f64>> {
        let values = |a: &AttributeProto| a.floats.iter().map(|&v| v.into()).collect();
        self.attributes.get(name).map(values)
    }

    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        self.attributes.get(name).map(|a| a.ints.clone())
    }

    /// The attribute as sizes, of which there must be `count`.
    ///
    /// # Errors
    /// Where there are others, or one is negative or beyond any image.
    pub fn sizes<const N: usize>(
        &self,
        name: &str,
        otherwise: usize,
    ) -> Result<[usize; N], String> {
        const MOST: i64 = 1 << 20;
        let Some(ints) = self.ints(name) else {
            return Ok([otherwise; N]);
        };
        let size = |&v: &i64| (0..=MOST).contains(&v).then_some(v as usize);
        let sizes: Option<Vec<usize>> = ints.iter().map(size).collect();
        sizes
            .and_then(|sizes| sizes.try_into().ok())
            .ok_or_else(|| format!("{name} {ints:?} where {N} sizes are wanted"))
    }

    /// The attribute as a text; empty where it is not one.
    pub fn text(&self, name: &str, otherwise: &str) -> String {
        let text = |a: &AttributeProto| String::from_utf8_lossy(&a.s).into_owned();
        self.attributes
            .get(name)
            .map_or(otherwise.to_string(), text)
    }

    /// The attribute as texts; none where it is not some.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.attributes.get(name).map_or(&[][..], |a| &a.strings);
        texts
            .iter()
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .collect()
    }

    /// The attribute as a tensor.
    ///
    /// # Errors
    /// Where it is none, or the tensor cannot be read.
    pub fn tensor(&self, name: &str, folder: &Path) -> Result<Constant, String> {
        let attribute = self.attributes.get(name);
        let bytes = attribute.ok_or_else(|| format!("no attribute {name}"))?;
        let proto: TensorProto = decode(bytes.t.clone())?;
        Constant::decode(proto, folder)
    }
}

/// The names that the nodes of a graph read, and those of the graphs within.
///
/// # Errors
/// Where it cannot be read.
fn read_in(graph: Bytes, depth: usize) -> Result<Vec<String>, String> {
    let graph: GraphProto = decode(graph)?;
    let mut names = Vec::new();
    for bytes in graph.node {
        let node: NodeProto = decode(bytes)?;
        names.extend(node.input);
        for bytes in node.attribute {
            names.extend(read_within(&decode(bytes)?, depth + 1)?);
        }
    }
    for bytes in graph.output {
        let ValueInfo { name, .. } = decode(bytes)?;
        names.push(name);
    }
    Ok(names)
}

fn read_within(attribute: &AttributeProto, depth: usize) -> Result<Vec<String>, String> {
    let one = Some(&attribute.g).filter(|graph| !graph.is_empty());
    let graphs = one.into_iter().chain(&attribute.graphs);
    // Whatever lies deeper is no network's.
    let graphs = graphs.filter(|_| depth < DEEPEST);
    let each = graphs.map(|graph| read_in(graph.clone(), depth));
    Ok(each.collect::<Result<Vec<_>, String>>()?.concat())
}

/// A position or an axis that may count from the end, of `count`.
///
/// # Errors
/// Where there is none.
pub fn from_end(position: i64, count: usize) -> Result<usize, String> {
    let found = match position < 0 {
        true => position.checked_add(count as i64),
        false => Some(position),
    };
    found
        .and_then(|p| usize::try_from(p).ok())
        .filter(|&p| p < count)
        .ok_or_else(|| format!("axis {position} of {count}"))
}
