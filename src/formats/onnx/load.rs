//! From a file to a network: the graph's nodes in turn.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;

use super::builder::Builder;
use super::call::Call;
use super::constant::{Constant, Content};
use super::entry::Entrance;
use super::judge::judge;
use super::node::OnnxNode;
use super::operators::lower;
use super::proto::{GraphProto, ModelProto, TensorName, TensorProto, ValueInfo};
use super::slot::{Bound, Slot};
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::kernels::Scalar;
use crate::nn::{Model, Value};
use crate::tensor::Tensor;

/// The longest file that is read: messages cannot be longer.
const LARGEST: u64 = 2 << 30;
/// The most nodes of a graph; the largest networks have some thousands.
const MOST_NODES: usize = 1 << 16;
/// The most elements of a value per image.
const MOST_ELEMENTS: usize = 1 << 31;
/// The most elements of computed constants beyond four for each byte of the file.
const MOST_COMPUTED: usize = 1 << 25;
/// The versions of the operators that are understood; what was otherwise before 7 is refused where it is used.
const OPSETS: std::ops::RangeInclusive<i64> = 1..=22;

/// What a file leaves open, and what of it is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Rows and columns of the images; those of the file where it has some.
    pub size: Option<[usize; 2]>,
    /// The node or value at which the network ends; its outputs are then the network's.
    pub until: Option<String>,
    /// Values of further inputs, by name.
    pub values: BTreeMap<String, Tensor<f64>>,
    /// Whether the input is one whole tensor, without an axis of images.
    pub whole: bool,
}

/// A network that was read from a file.
pub struct Imported<T: Scalar> {
    /// The network with its values, for images [C, H, W].
    pub model: Model<T>,
    /// What the file says of its input.
    pub input: Entrance,
    /// Its outputs in the file's order.
    pub outputs: Vec<Exit>,
}

/// An output of the file's graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Its name.
    pub name: String,
    /// Which of the file's outputs it is; further ones that nothing computes are left out.
    pub index: usize,
    /// Its shape for one image, as the file has it.
    pub shape: Vec<usize>,
    /// Which axes of that are the rows and columns of a map; the network gives [N, C, rows, columns] for it.
    pub map: Option<[usize; 2]>,
}

/// Reads the network of an ONNX file, opsets 7 to 22.
///
/// The network is built for images of one size, the file's own or another: networks without fixed sizes run at any
/// that their layers allow. Nodes keep the file's names.
///
/// ```
/// use padgrad::formats::onnx::{Options, load};
///
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/network.onnx");
/// let options = Options { size: Some([48, 64]), ..Options::default() };
/// let network = load::<f32>(path, &options)?;
/// assert_eq!(network.model.input(), [3, 48, 64]);
/// assert_eq!(network.outputs[1].name, "picture");
/// assert_eq!(network.outputs[1].shape, [1, 3, 48, 64]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
///
/// # Errors
/// Where the file cannot be read, is damaged, or has an operator that is not known: then the message names node and
/// operator, and says how far the network can be measured before it.
pub fn load<T: Scalar>(path: impl AsRef<Path>, options: &Options) -> Result<Imported<T>> {
    let path = path.as_ref();
    parse(read(path)?, path, options)
}

/// The network of a file given as its bytes; `path` is named in messages, and external data lies beside it.
///
/// # Errors
/// As [`load`].
pub fn parse<T: Scalar>(bytes: Vec<u8>, path: &Path, options: &Options) -> Result<Imported<T>> {
    imported(bytes, path, options).map_err(in_one_line)
}

/// The error with what a damaged file has in its names spelled out where it cannot be printed.
fn in_one_line(error: Error) -> Error {
    let printable = |text: String| -> String {
        let spelled = |c: char| match c.is_control() {
            true => c.escape_default().collect::<String>(),
            false => c.into(),
        };
        text.chars().map(spelled).collect()
    };
    match error {
        Error::File {
            path,
            problem,
            remedy,
        } => Error::file(path, printable(problem), printable(remedy)),
        Error::Invalid {
            what,
            problem,
            remedy,
        } => Error::invalid(printable(what), printable(problem), printable(remedy)),
        Error::Usage {
            what,
            problem,
            remedy,
        } => Error::usage(printable(what), printable(problem), printable(remedy)),
        other => other,
    }
}

fn imported<T: Scalar>(bytes: Vec<u8>, path: &Path, options: &Options) -> Result<Imported<T>> {
    let length = bytes.len();
    let graph = Graph::decode(bytes).map_err(|e| damaged(path, &e))?;
    if !OPSETS.contains(&graph.opset) {
        let problem = format!("its operators are those of opset {}", graph.opset);
        return Err(Error::file(path, problem, "export it with opset 7 to 22"));
    }
    let mut walk = Walk::begin(graph, path, options)?;
    walk.computable += 4 * length;
    walk.run(options)?;
    walk.finish(options)
}

/// The names of the inputs of a file's graph that the file gives no values for; the first is the image.
///
/// # Errors
/// Where the file cannot be read or is damaged.
pub fn inputs(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    let graph = Graph::decode(read(path)?).map_err(|e| damaged(path, &e))?;
    let open = graph.inputs.into_iter().map(|info| info.name);
    Ok(open
        .filter(|name| !graph.initializers.contains_key(name))
        .collect())
}

/// The tensor of a file that holds nothing else, such as those beside test cases.
///
/// # Errors
/// As [`inputs`], and where it holds no numbers.
pub fn read_tensor(path: impl AsRef<Path>) -> Result<Tensor<f64>> {
    let path = path.as_ref();
    let bytes = Bytes::from(read_up_to(path, LARGEST)?);
    let proto = TensorProto::decode(bytes).map_err(|e| damaged(path, &e.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let found = Constant::decode(&proto, folder).map_err(|e| damaged(path, &e))?;
    Ok(found.values)
}

/// The bytes of a file that may hold a network; one that cannot is not read as a whole.
fn read(path: &Path) -> Result<Vec<u8>> {
    judge(path)?.map_err(|problem| damaged(path, problem))?;
    read_up_to(path, LARGEST)
}

fn damaged(path: &Path, problem: &str) -> Error {
    let problem = format!("not a whole ONNX file ({problem})");
    Error::file(path, problem, "give a .onnx file, or copy it again")
}

/// The parts of a file.
struct Graph {
    opset: i64,
    nodes: Vec<Bytes>,
    initializers: HashMap<String, Bytes>,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
}

impl Graph {
    fn decode(bytes: Vec<u8>) -> std::result::Result<Graph, String> {
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

/// The translation as far as it has come.
struct Walk<'a, T: Scalar> {
    graph: Graph,
    path: &'a Path,
    folder: &'a Path,
    builder: Builder<T>,
    bound: HashMap<String, Bound>,
    input: Entrance,
    /// The elements of constants that may still be computed.
    computable: usize,
    /// The outputs of the node at which it ends, where one was asked for.
    ends: Option<Vec<String>>,
}

impl<'a, T: Scalar> Walk<'a, T> {
    /// The graph with its input and what is given for the others.
    fn begin(graph: Graph, path: &'a Path, options: &Options) -> Result<Walk<'a, T>> {
        // Only the first is the image; what a node wants of the others is missed there.
        let open = |info: &&ValueInfo| {
            !graph.initializers.contains_key(&info.name) && !options.values.contains_key(&info.name)
        };
        let Some(info) = graph.inputs.iter().find(open) else {
            let remedy = "export it with the image as its input";
            return Err(Error::file(path, "a graph without an input", remedy));
        };
        let input = Entrance::read(info, options.size, options.whole).map_err(|problem| {
            Error::file(path, problem, "give the rows and columns of the images")
        })?;
        let mut builder = Builder::new();
        let mut bound = HashMap::new();
        bound.insert(input.name.clone(), Bound::Live(builder.entrance(&input)));
        for (name, values) in &options.values {
            let info = graph.inputs.iter().find(|info| info.name == *name);
            let content = info.map_or(Content::Float, super::entry::content);
            let values = values.clone();
            bound.insert(name.clone(), Bound::Constant(Constant { values, content }));
        }
        Ok(Walk {
            graph,
            path,
            folder: path.parent().unwrap_or(Path::new("")),
            builder,
            bound,
            input,
            computable: MOST_COMPUTED,
            ends: None,
        })
    }

    /// Translates the nodes in turn.
    fn run(&mut self, options: &Options) -> Result<()> {
        let nodes = std::mem::take(&mut self.graph.nodes);
        for (index, bytes) in nodes.iter().enumerate() {
            let node = OnnxNode::decode(bytes, self.graph.opset).map_err(|problem| {
                let problem = format!("node {index} cannot be read ({problem})");
                Error::file(self.path, problem, "copy the file again")
            })?;
            let outputs = self
                .translate(&node)
                .map_err(|problem| self.stopped(&node, &problem, index, nodes.len()))?;
            let names = node.outputs.iter().cloned();
            self.bound.extend(names.zip(outputs));
            let ends = |name: &String| *name == node.name || node.outputs.contains(name);
            if options.until.as_ref().is_some_and(ends) {
                self.ends = Some(node.outputs.clone());
                return Ok(());
            }
        }
        Ok(())
    }

    fn translate(&mut self, node: &OnnxNode) -> std::result::Result<Vec<Bound>, String> {
        let inputs = node.inputs.iter().map(|name| self.value(name));
        let call = Call {
            node,
            inputs: inputs.collect::<std::result::Result<_, String>>()?,
            folder: self.folder,
        };
        self.builder.enter(&node.name);
        let found = lower(&call, &mut self.builder)?;
        let outputs = found.ok_or_else(|| "this operator is not known".to_string())?;
        for output in &outputs {
            if let Bound::Constant(constant) = output {
                let left = self.computable.checked_sub(constant.values.len());
                self.computable = left.ok_or("too many constants are computed")?;
            }
            if let Bound::Live(slot) = output {
                let count = slot
                    .shape
                    .iter()
                    .try_fold(1usize, |n, &size| n.checked_mul(size));
                if count.is_none_or(|count| count == 0 || count > MOST_ELEMENTS) {
                    return Err(format!("an output of the shape {:?}", slot.shape));
                }
            }
        }
        Ok(outputs)
    }

    /// The value of this name; none for what is left out.
    fn value(&self, name: &str) -> std::result::Result<Option<Bound>, String> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(bound) = self.bound.get(name) {
            return Ok(Some(bound.clone()));
        }
        let Some(bytes) = self.graph.initializers.get(name) else {
            return Err(format!(
                "its input `{name}` is neither computed before it nor stored"
            ));
        };
        let proto = TensorProto::decode(bytes.clone()).map_err(|e| e.to_string())?;
        let constant = Constant::decode(&proto, self.folder)
            .map_err(|problem| format!("its input `{name}`: {problem}"))?;
        Ok(Some(Bound::Constant(constant)))
    }

    /// The error of a node that cannot be translated, and how far the network goes before it.
    fn stopped(&self, node: &OnnxNode, problem: &str, index: usize, count: usize) -> Error {
        let OnnxNode {
            name,
            operator,
            opset,
            ..
        } = node;
        let problem = format!("node {name} (operator {operator}, opset {opset}): {problem}");
        let last = self.builder.network.nodes().last();
        let remedy = match last {
            Some((_, last)) => format!(
                "the network can be measured up to node {}, {index} of its {count} nodes",
                last.name()
            ),
            None => "nothing of the network can be measured before it".to_string(),
        };
        Error::file(self.path, problem, remedy)
    }

    /// The network with what is wanted of it.
    fn finish(mut self, options: &Options) -> Result<Imported<T>> {
        if let (Some(until), None) = (&options.until, &self.ends) {
            let problem = format!("no node or value is called `{until}`");
            return Err(Error::file(self.path, problem, "name one that it has"));
        }
        let declared = self.graph.outputs.iter().map(|info| info.name.clone());
        let names = self.ends.take().unwrap_or_else(|| declared.collect());
        let mut outputs = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            match self.bound.get(&name) {
                Some(Bound::Live(Slot {
                    value, shape, map, ..
                })) => {
                    values.push(*value);
                    let (shape, map) = (shape.clone(), *map);
                    outputs.push(Exit {
                        name,
                        index,
                        shape,
                        map,
                    });
                }
                Some(Bound::Constant(_)) | None => {}
            }
        }
        if values.is_empty() {
            let problem = "none of its outputs is computed from the image";
            return Err(Error::file(self.path, problem, "export the network again"));
        }
        let Builder {
            mut network,
            mut state,
            ..
        } = self.builder;
        network.set_outputs(&values);
        let network = network.without_unused();
        let kept: BTreeSet<&str> = network.nodes().map(|(_, node)| node.name()).collect();
        let is_kept = |name: &String| {
            name.rsplit_once('.')
                .is_some_and(|(node, _)| kept.contains(node))
        };
        state.parameters.retain(|name, _| is_kept(name));
        state.buffers.retain(|name, _| is_kept(name));
        drop(kept);
        let model = Model::with_state(network, self.input.shape, state)?;
        Ok(Imported {
            model,
            input: self.input,
            outputs,
        })
    }
}
