//! A network as data: named nodes, each with a layer and its inputs.

use super::layer::Layer;
use super::state::dotted;
use crate::error::{Error, Result, distance};
use crate::kernels::Scalar;

/// The output of a node, or, by default, the network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Value(pub(super) usize);

/// The network's input, value 0; node i gives value i + 1.
pub(super) const INPUT: Value = Value(0);

/// A layer in its network.
pub struct Node<T: Scalar> {
    pub(super) name: String,
    pub(super) layer: Box<dyn Layer<T>>,
    pub(super) inputs: Vec<Value>,
    /// Its parameters are constants.
    pub(super) frozen: bool,
    /// It runs as in evaluation, whatever the pass.
    pub(super) evaluates: bool,
}

impl<T: Scalar> Node<T> {
    /// Its dotted name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its layer.
    pub fn layer(&self) -> &dyn Layer<T> {
        self.layer.as_ref()
    }

    /// What it reads.
    pub fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// What it reads pixel by pixel; not what it reads everywhere.
    pub(super) fn inputs_of_the_grid(&self) -> impl Iterator<Item = Value> {
        let all = self.inputs.iter().copied().enumerate();
        all.filter(|(index, _)| !self.layer.spreads(*index))
            .map(|(_, value)| value)
    }
}

/// A name for the output of several nodes, such as `features`.
#[derive(Clone)]
pub(super) struct Scope {
    pub name: String,
    pub value: Value,
}

/// Named nodes in an order in which they can run.
///
/// ```
/// use padgrad::nn::{Model, Network, layers::{Add, Conv2d, Relu}};
/// use padgrad::padding::Padding;
/// use padgrad::rng::Seed;
///
/// let (zeros, reflect) = (Padding::parse("zeros")?, Padding::parse("reflect")?);
/// let mut network = Network::<f32>::new();
/// let image = network.input();
/// let a = network.add("left", Conv2d::new(3, 8, 3, zeros), &[image]);
/// let b = network.add("right", Conv2d::new(3, 8, [1, 5], reflect), &[image]);
/// let sum = network.add("sum", Add, &[a, b]);
/// network.add("relu", Relu, &[sum]);
/// let model = Model::new(network, [3, 16, 16], Seed(0))?;
/// assert_eq!(model.layers()?[3].shape, [8, 16, 16]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
pub struct Network<T: Scalar> {
    pub(super) nodes: Vec<Node<T>>,
    pub(super) scopes: Vec<Scope>,
    outputs: Vec<Value>,
}

impl<T: Scalar> Default for Network<T> {
    fn default() -> Network<T> {
        Network::new()
    }
}

impl<T: Scalar> Network<T> {
    /// No nodes yet: the identity.
    pub fn new() -> Network<T> {
        Network {
            nodes: Vec::new(),
            scopes: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// The network's input.
    pub fn input(&self) -> Value {
        INPUT
    }

    /// Adds a layer that reads `inputs`; gives its output.
    ///
    /// # Panics
    /// If an input is the value of another network.
    #[track_caller]
    pub fn add(&mut self, name: &str, layer: impl Layer<T>, inputs: &[Value]) -> Value {
        assert!(
            inputs.iter().all(|input| input.0 <= self.nodes.len()),
            "node {name}: an input is no value of this network"
        );
        self.nodes.push(Node {
            name: name.to_string(),
            layer: Box::new(layer),
            inputs: inputs.to_vec(),
            frozen: false,
            evaluates: false,
        });
        Value(self.nodes.len())
    }

    /// Its nodes in the order in which they run, each with the value that it gives.
    pub fn nodes(&self) -> impl Iterator<Item = (Value, &Node<T>)> {
        let value = |(i, node)| (Value(i + 1), node);
        self.nodes.iter().enumerate().map(value)
    }

    /// Adds a part that reads `input`; gives its output.
    ///
    /// Names inside the part begin with `name` and a dot. `name` alone stands for the part's output, unless a node of
    /// the part already has that name.
    pub fn nest<W>(&mut self, name: &str, part: impl Part<T, W>, input: Value) -> Value {
        part.append(self, name, input)
    }

    /// Says which values the network gives; without this it is the last one.
    pub fn set_outputs(&mut self, outputs: &[Value]) {
        self.outputs = outputs.to_vec();
    }

    /// The values that the network gives.
    pub fn outputs(&self) -> Vec<Value> {
        match self.outputs.is_empty() {
            true => vec![Value(self.nodes.len())],
            false => self.outputs.clone(),
        }
    }

    /// The same network without the nodes that none of its outputs needs.
    pub fn without_unused(self) -> Network<T> {
        let mut used = vec![false; self.nodes.len() + 1];
        self.outputs().iter().for_each(|value| used[value.0] = true);
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if used[i + 1] {
                node.inputs.iter().for_each(|value| used[value.0] = true);
            }
        }
        used[0] = true;
        let mut count = 0;
        let index = |&used: &bool| {
            count += usize::from(used);
            Value(count.max(1) - 1)
        };
        let indices: Vec<Value> = used.iter().map(index).collect();
        let moved = |value: &Value| indices[value.0];
        let outputs = self.outputs().iter().map(moved).collect();
        let scopes = self.scopes.into_iter().filter(|s| used[s.value.0]);
        let nodes = self
            .nodes
            .into_iter()
            .enumerate()
            .filter(|(i, _)| used[i + 1]);
        Network {
            outputs,
            scopes: scopes
                .map(|s| Scope {
                    value: moved(&s.value),
                    ..s
                })
                .collect(),
            nodes: nodes
                .map(|(_, node)| Node {
                    inputs: node.inputs.iter().map(moved).collect(),
                    ..node
                })
                .collect(),
        }
    }

    /// Adds the nodes of another network, its input being `input`; gives its first output.
    fn splice(&mut self, name: &str, part: Network<T>, input: Value) -> Value {
        let offset = self.nodes.len();
        let moved = |value: Value| match value {
            INPUT => input,
            Value(node) => Value(node + offset),
        };
        let output = moved(part.outputs()[0]);
        self.nodes.extend(part.nodes.into_iter().map(|node| Node {
            name: dotted(name, &node.name),
            inputs: node.inputs.into_iter().map(moved).collect(),
            ..node
        }));
        self.scopes.extend(part.scopes.into_iter().map(|s| Scope {
            name: dotted(name, &s.name),
            value: moved(s.value),
        }));
        let named = self.nodes[offset..].iter().any(|node| node.name == name);
        if !name.is_empty() && !named && self.nodes.len() > offset {
            self.scopes.push(Scope {
                name: name.to_string(),
                value: output,
            });
        }
        output
    }

    /// The names of node `i`'s output, the node's own first.
    pub(super) fn names(&self, i: usize) -> impl Iterator<Item = &str> {
        let scopes = self.scopes.iter().filter(move |s| s.value == Value(i + 1));
        std::iter::once(self.nodes[i].name.as_str()).chain(scopes.map(|s| s.name.as_str()))
    }

    /// The value of this name.
    ///
    /// # Errors
    /// Where there is none; lists the names that are nearest.
    pub(super) fn value(&self, name: &str) -> Result<Value> {
        let named = |i: &usize| self.names(*i).any(|n| n == name);
        let node = (0..self.nodes.len()).find(named);
        node.map(|i| Value(i + 1)).ok_or_else(|| self.unknown(name))
    }

    /// The error for a name that no layer has.
    pub(super) fn unknown(&self, name: &str) -> Error {
        let mut near: Vec<&str> = (0..self.nodes.len()).flat_map(|i| self.names(i)).collect();
        near.sort_by_key(|known| distance(name, known));
        near.truncate(5);
        Error::usage(
            "layer",
            format!("`{name}` is none of this network's"),
            format!("the nearest names are {}", near.join(", ")),
        )
    }

    /// The node of this name.
    ///
    /// # Errors
    /// As [`Network::value`].
    pub(super) fn node_mut(&mut self, name: &str) -> Result<&mut Node<T>> {
        match self.nodes.iter().position(|node| node.name == name) {
            Some(i) => Ok(&mut self.nodes[i]),
            None => Err(self.unknown(name)),
        }
    }
}

/// What a network can be made of: a layer, or another network.
///
/// `Written` only keeps the two apart; it is always inferred.
pub trait Part<T: Scalar, Written> {
    /// Adds itself to `network` under `name`, reading `input`; gives its output.
    fn append(self, network: &mut Network<T>, name: &str, input: Value) -> Value;
}

/// See [`Part`].
pub struct AsLayer;

/// See [`Part`].
pub struct AsNetwork;

impl<T: Scalar, L: Layer<T>> Part<T, AsLayer> for L {
    fn append(self, network: &mut Network<T>, name: &str, input: Value) -> Value {
        network.add(name, self, &[input])
    }
}

impl<T: Scalar, N: Into<Network<T>>> Part<T, AsNetwork> for N {
    fn append(self, network: &mut Network<T>, name: &str, input: Value) -> Value {
        network.splice(name, self.into(), input)
    }
}
