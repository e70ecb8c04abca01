//! The graph's nodes in turn, and the network that they become.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::builder::Builder;
use super::call::Call;
use super::constant::{Constant, Content, count};
use super::decode::decode;
use super::entry::Entrance;
use super::graph::Graph;
use super::imported::{Exit, Imported, LeftOut, Options};
use super::node::{OnnxNode, from_end};
use super::operators::lower;
use super::proto::{TensorProto, ValueInfo};
use super::slot::{Bound, Slot};
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::nn::{Model, Value};

/// The most elements of a value per image.
const MOST_ELEMENTS: usize = 1 << 31;
/// The most elements that nodes keep in memory beyond four for each byte of the file.
const MOST_COMPUTED: usize = 1 << 25;

/// Operators that choose: they give indices, which are right or wrong and never nearly right.
const CHOOSING: &[&str] = &["ArgMax", "ArgMin", "NonMaxSuppression"];

/// The translation as far as it has come.
pub struct Walk<'a, T: Scalar> {
    graph: Graph,
    path: &'a Path,
    folder: &'a Path,
    builder: Builder<T>,
    bound: HashMap<String, Bound>,
    input: Entrance,
    /// The image's value in the network.
    image: Value,
    /// The elements that nodes may still keep in memory.
    pub computable: usize,
    /// The files beside this one that it reads.
    beside: HashSet<String>,
    /// The outputs of the node at which it ends, where one was asked for.
    ends: Option<Vec<String>>,
    /// The last node that computes something from the image.
    last: Option<String>,
    /// The operators of the nodes so far.
    operators: HashMap<String, String>,
    /// What is left out so far.
    left_out: Option<LeftOut>,
    /// The outputs of the nodes that are left out.
    missing: HashSet<String>,
    /// What those would have read.
    read_by_them: Vec<String>,
    /// Of which of those the largest entry is taken.
    chosen: HashSet<String>,
}

impl<'a, T: Scalar> Walk<'a, T> {
    /// The graph with its input and what is given for the others.
    ///
    /// # Errors
    /// Where there is none.
    pub fn begin(graph: Graph, path: &'a Path, options: &Options) -> Result<Walk<'a, T>> {
        // Only the first is the image; what a node wants of the others is missed there.
        let open = |info: &&ValueInfo| {
            !graph.initializers.contains_key(&info.name) && !options.values.contains_key(&info.name)
        };
        let Some(info) = graph.inputs.iter().find(open) else {
            let remedy = "export it with the image as its input";
            return Err(Error::file(path, "a graph without an input", remedy));
        };
        let input = Entrance::read(info, options.size, options.whole).map_err(|problem| {
            let problem = format!("{}: {problem}", path.display());
            Error::usage("size", problem, "give the rows and columns of the images")
        })?;
        let mut builder = Builder::new();
        let mut bound = HashMap::new();
        let slot = builder.entrance(&input);
        let image = slot.value;
        bound.insert(input.name.clone(), Bound::Live(slot));
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
            image,
            computable: MOST_COMPUTED,
            beside: HashSet::new(),
            ends: None,
            last: None,
            operators: HashMap::new(),
            left_out: None,
            missing: HashSet::new(),
            read_by_them: Vec::new(),
            chosen: HashSet::new(),
        })
    }

    /// Translates the nodes in turn.
    ///
    /// # Errors
    /// Where one cannot be translated, and must not be left out.
    pub fn run(&mut self, options: &Options) -> Result<()> {
        let nodes = std::mem::take(&mut self.graph.nodes);
        for (index, bytes) in nodes.iter().enumerate() {
            let node = OnnxNode::decode(bytes, self.graph.opset).map_err(|problem| {
                let problem = format!("node {index} cannot be read ({problem})");
                Error::file(self.path, problem, "copy the file again")
            })?;
            if node.inputs.iter().any(|name| self.missing.contains(name)) {
                self.leave_out(&node, nodes.len(), String::new());
                continue;
            }
            if options.partial && self.chooses(&node) {
                let problem = "it chooses, and what is measured ends before it";
                self.leave_out(&node, nodes.len(), described(&node, problem));
                continue;
            }
            let outputs = match self.translate(&node) {
                Ok(outputs) => outputs,
                Err(problem) if options.partial => {
                    self.leave_out(&node, nodes.len(), described(&node, &problem));
                    continue;
                }
                Err(problem) => return Err(self.stopped(&node, &problem, index, nodes.len())),
            };
            let computed =
                |bound: &Bound| matches!(bound, Bound::Live(slot) if slot.value != self.image);
            if outputs.iter().any(computed) {
                self.last = Some(node.name.clone());
            }
            let operator = node.operator.clone();
            self.operators.insert(node.name.clone(), operator);
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

    /// Whether the node chooses among what the image decides.
    fn chooses(&mut self, node: &OnnxNode) -> bool {
        let slot = node.inputs.first().and_then(|name| self.bound.get(name));
        let (true, Some(Bound::Live(slot))) = (CHOOSING.contains(&node.operator.as_str()), slot)
        else {
            return false;
        };
        let axis = from_end(node.int("axis", 0), slot.shape.len()).ok();
        let last = slot.shape.len().checked_sub(1);
        let classes = match slot.map {
            Some(_) => slot.others() == axis.as_slice(),
            None => axis == last,
        };
        if node.operator == "ArgMax" && classes {
            self.chosen.insert(node.inputs[0].clone());
        }
        true
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
            match output {
                Bound::Constant(constant) => self.charge(constant.values.len())?,
                Bound::Live(slot) => self.charge(held(node, slot)?)?,
            }
        }
        Ok(outputs)
    }

    /// Counts elements that stay in memory.
    ///
    /// # Errors
    /// Where they are more than a file of this length is worth.
    fn charge(&mut self, elements: usize) -> std::result::Result<(), String> {
        let left = self.computable.checked_sub(elements);
        self.computable = left.ok_or("the file asks for much more memory than it takes itself")?;
        Ok(())
    }

    /// The value of this name; none for what is left out.
    fn value(&mut self, name: &str) -> std::result::Result<Option<Bound>, String> {
        if name.is_empty() {
            return Ok(None);
        }
        // Weights that many nodes share are many copies.
        if let Some(bound) = self.bound.get(name).cloned() {
            if let Bound::Constant(constant) = &bound {
                self.charge(constant.values.len())?;
            }
            return Ok(Some(bound));
        }
        let Some(bytes) = self.graph.initializers.get(name) else {
            return Err(format!(
                "its input `{name}` is neither computed before it nor stored"
            ));
        };
        let proto: TensorProto = decode(bytes.clone())?;
        if let Some(beside) = proto.external_data.iter().find(|e| e.key == "location")
            && self.beside.insert(beside.value.clone())
        {
            let length = std::fs::metadata(self.folder.join(&beside.value)).map_or(0, |m| m.len());
            self.computable += 4 * usize::try_from(length).unwrap_or(0);
        }
        let constant = Constant::decode(proto, self.folder)
            .map_err(|problem| format!("its input `{name}`: {problem}"))?;
        self.charge(constant.values.len())?;
        Ok(Some(Bound::Constant(constant)))
    }

    /// Goes on without a node; what it would have read is an output of what is left.
    fn leave_out(&mut self, node: &OnnxNode, of: usize, problem: String) {
        let operator = node.operator.as_str();
        // One that only needs the outputs of others has no problem of its own.
        let choice = match problem.is_empty() {
            true => !operator.contains("Conv") && !operator.contains("Pool"),
            false => CHOOSING.contains(&operator),
        };
        let first = LeftOut {
            problem,
            nodes: 0,
            of,
            only_choices: true,
        };
        let left_out = self.left_out.get_or_insert(first);
        left_out.nodes += 1;
        left_out.only_choices &= choice;
        self.missing.extend(node.outputs.iter().cloned());
        for name in node.read() {
            let computed = matches!(self.bound.get(&name), Some(Bound::Live(_)));
            if computed && !self.read_by_them.contains(&name) {
                self.read_by_them.push(name);
            }
        }
    }

    /// The error of a node that cannot be translated, and how far the network goes before it.
    fn stopped(&self, node: &OnnxNode, problem: &str, index: usize, count: usize) -> Error {
        let mut remedy = self.measurable();
        if self.last.is_some() {
            remedy += &format!(", {index} of its {count} nodes");
        }
        Error::file(self.path, described(node, problem), remedy)
    }

    /// How far the network can be measured.
    fn measurable(&self) -> String {
        match &self.last {
            Some(last) => format!("the network can be measured up to node {last}"),
            None => "nothing of the network can be measured before it".to_string(),
        }
    }

    /// The network with what is wanted of it.
    ///
    /// # Errors
    /// Where nothing is, or its layers do not fit each other.
    pub fn finish(mut self, options: &Options) -> Result<Imported<T>> {
        if let (Some(until), None) = (&options.until, &self.ends) {
            let problem = match &self.left_out {
                Some(left_out) => format!("`{until}` cannot be computed: {}", left_out.problem),
                None => format!("no node or value is called `{until}`"),
            };
            return Err(Error::file(self.path, problem, "name one that it has"));
        }
        let outputs = self.exits();
        if outputs.is_empty() {
            return Err(match &self.left_out {
                Some(left_out) => {
                    Error::file(self.path, left_out.problem.clone(), self.measurable())
                }
                None => {
                    let problem = "none of its outputs is computed from the image";
                    Error::file(self.path, problem, "export the network again")
                }
            });
        }
        let Builder {
            mut network,
            mut state,
            ..
        } = self.builder;
        let values: Vec<Value> = outputs.iter().map(|(_, value)| *value).collect();
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
            outputs: outputs.into_iter().map(|(exit, _)| exit).collect(),
            left_out: self.left_out,
            operators: self.operators,
        })
    }

    /// The outputs that the image decides, with their values in the network.
    fn exits(&mut self) -> Vec<(Exit, Value)> {
        let declared = self.graph.outputs.iter().map(|info| info.name.clone());
        let mut names = self.ends.take().unwrap_or_else(|| declared.collect());
        let own = names.len();
        let further = std::mem::take(&mut self.read_by_them);
        names.extend(
            further
                .into_iter()
                .filter(|name| !names.contains(name))
                .collect::<Vec<_>>(),
        );
        let mut exits = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            let Some(Bound::Live(slot)) = self.bound.get(&name) else {
                continue;
            };
            // The bare image is nothing to measure where a node that reads it is left out.
            if slot.value == self.image && self.left_out.is_some() {
                continue;
            }
            let nodes = &mut self.builder.network.nodes();
            let node = nodes.find(|(value, _)| *value == slot.value);
            let exit = Exit {
                inner: index >= own,
                chosen: self.chosen.contains(&name),
                name,
                node: node.map_or(String::new(), |(_, node)| node.name().to_string()),
                index,
                shape: slot.shape.clone(),
                map: slot.map,
            };
            exits.push((exit, slot.value));
        }
        exits
    }
}

/// The elements that a node keeps for its output: which entries it picks, or what it is multiplied by.
///
/// # Errors
/// Where the output itself is larger than any map.
fn held(node: &OnnxNode, slot: &Slot) -> std::result::Result<usize, String> {
    let Some(count) = count(&slot.shape).filter(|count| (1..=MOST_ELEMENTS).contains(count)) else {
        return Err(format!("an output of the shape {:?}", slot.shape));
    };
    Ok(match node.operator.as_str() {
        "Slice" | "Split" | "Gather" | "Tile" => slot.shape.iter().sum(),
        "Expand" if slot.map.is_none() => count,
        "Resize" if node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize" => {
            slot.size().iter().product()
        }
        _ => 0,
    })
}

/// What is wrong with a node.
fn described(node: &OnnxNode, problem: &str) -> String {
    let OnnxNode {
        name,
        operator,
        opset,
        ..
    } = node;
    format!("node {name} (operator {operator}, opset {opset}): {problem}")
}
