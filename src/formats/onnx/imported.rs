//! What is asked of a file, and what it gives.

use std::collections::{BTreeMap, HashMap};

use super::entry::Entrance;
use crate::kernels::Scalar;
use crate::nn::Model;
use crate::tensor::Tensor;

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
    /// Whether a node that cannot be translated, or that chooses among what the image decides (`ArgMax` and the like),
    /// is left out, with all that needs its outputs; what it and they would have read are then further outputs.
    pub partial: bool,
}

/// A network that was read from a file.
pub struct Imported<T: Scalar> {
    /// The network with its values, for images [C, H, W].
    pub model: Model<T>,
    /// What the file says of its input.
    pub input: Entrance,
    /// Its outputs in the file's order, behind them those that nodes which are left out would have read.
    pub outputs: Vec<Exit>,
    /// Of nodes that are left out, what is wrong with the first.
    pub left_out: Option<LeftOut>,
    /// The operator of every node that was translated, by the node's name.
    pub operators: HashMap<String, String>,
}

/// The nodes of a file that cannot be translated, and those that need their outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What is wrong with the first, in words that name node and operator.
    pub problem: String,
    /// How many nodes are left out.
    pub nodes: usize,
    /// Of how many.
    pub of: usize,
    /// Whether they only choose, and compute from choices without a convolution or a pool: then padding acts on none.
    pub only_choices: bool,
}

/// An output of the file's graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Its name.
    pub name: String,
    /// The network's node that computes it; empty where that is the input itself.
    pub node: String,
    /// Which of the file's outputs it is; further ones that nothing computes are left out.
    pub index: usize,
    /// Its shape for one image, as the file has it.
    pub shape: Vec<usize>,
    /// Which axes of that are the rows and columns of a map; the network gives [N, C, rows, columns] for it.
    pub map: Option<[usize; 2]>,
    /// Whether it is none of the file's own outputs, but what nodes that are left out would have read.
    pub inner: bool,
    /// Whether a node that is left out takes the largest of its channels, or of the entries of its last axis.
    pub chosen: bool,
}
