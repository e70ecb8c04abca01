//! A node with its inputs, as its operator reads it.

use std::path::Path;

use super::constant::Constant;
use super::node::OnnxNode;
use super::slot::{Bound, Slot};

/// A node that is to be translated.
pub struct Call<'a> {
    pub node: &'a OnnxNode,
    /// Its inputs; `None` for those that are left out.
    pub inputs: Vec<Option<Bound>>,
    /// Where external data lies.
    pub folder: &'a Path,
}

impl Call<'_> {
    pub fn operator(&self) -> &str {
        &self.node.operator
    }

    /// The input of this number.
    ///
    /// # Errors
    /// Where it is left out.
    pub fn input(&self, index: usize) -> Result<&Bound, String> {
        let found = self.inputs.get(index).and_then(Option::as_ref);
        found.ok_or_else(|| format!("it has no input {index}"))
    }

    /// The value of this number, which the image decides.
    ///
    /// # Errors
    /// Where it is left out or a constant.
    pub fn live(&self, index: usize) -> Result<&Slot, String> {
        match self.input(index)? {
            Bound::Live(slot) => Ok(slot),
            Bound::Constant(_) => Err(format!("its input {index} is a constant")),
        }
    }

    /// The constant of this number; `None` where it is left out.
    ///
    /// # Errors
    /// Where the image decides it.
    pub fn constant(&self, index: usize) -> Result<Option<&Constant>, String> {
        match self.inputs.get(index).and_then(Option::as_ref) {
            None => Ok(None),
            Some(Bound::Constant(constant)) => Ok(Some(constant)),
            Some(Bound::Live(_)) => Err(format!(
                "its input {index} depends on the image, where a constant is wanted"
            )),
        }
    }

    /// The constant of this number, which must be there.
    ///
    /// # Errors
    /// Where it is not.
    pub fn needed(&self, index: usize) -> Result<&Constant, String> {
        let found = self.constant(index)?;
        found.ok_or_else(|| format!("it has no input {index}"))
    }

    /// All inputs, none of which is left out.
    ///
    /// # Errors
    /// Where one is.
    pub fn all(&self) -> Result<Vec<Bound>, String> {
        (0..self.inputs.len())
            .map(|i| self.input(i).cloned())
            .collect()
    }

    /// Integers from an attribute, or since some version from a constant input.
    ///
    /// # Errors
    /// Where the image decides them.
    pub fn ints(&self, attribute: &str, input: usize) -> Result<Option<Vec<i64>>, String> {
        match self.node.ints(attribute) {
            Some(ints) => Ok(Some(ints)),
            None => Ok(self.constant(input)?.map(Constant::to_ints)),
        }
    }
}
