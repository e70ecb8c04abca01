//! What the graph's values are in the network: constants, or outputs of its nodes in a known arrangement.

use super::constant::Constant;
use crate::nn::Value;

/// A value of the graph.
#[derive(Clone)]
pub enum Bound {
    /// Known before any image.
    Constant(Constant),
    /// Computed from the image.
    Live(Slot),
}

/// A value that a node of the network computes.
///
/// `shape` is what the file says, for one image. The tensor at run time begins with the images' axis; a *map* is
/// arranged as [N, C, rows, columns] with all other axes of `shape`, in their order, in the channels: a transposition
/// to channels-last and back moves nothing. Without rows and columns the other axes follow as in `shape`.
#[derive(Clone, Debug)]
pub struct Slot {
    pub value: Value,
    pub shape: Vec<usize>,
    /// Which axes are rows and columns.
    pub map: Option<[usize; 2]>,
    /// Whether axis 0 is the images'.
    pub batched: bool,
}

impl Slot {
    /// The axes that are neither the images' nor rows or columns.
    pub fn others(&self) -> Vec<usize> {
        let is_other = |axis: &usize| {
            !(self.batched && *axis == 0) && self.map.is_none_or(|map| !map.contains(axis))
        };
        (0..self.shape.len()).filter(is_other).collect()
    }

    /// Rows and columns.
    pub fn size(&self) -> [usize; 2] {
        self.map
            .map_or([1, 1], |map| map.map(|axis| self.shape[axis]))
    }

    /// Elements per image and pixel.
    pub fn channels(&self) -> usize {
        self.others().iter().map(|&axis| self.shape[axis]).product()
    }

    /// The axis of the tensor at run time; `None` for that of the images.
    pub fn axis(&self, axis: usize) -> Option<usize> {
        match (self.batched, axis) {
            (true, 0) => None,
            (true, axis) => Some(axis),
            (false, axis) => Some(axis + 1),
        }
    }
}
