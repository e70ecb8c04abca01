//! The tape, its variables and the backward pass.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// What an operation saved in its forward pass, and how it goes back.
pub trait Backward<T: Scalar> {
    /// The operation's name, for messages.
    fn name(&self) -> &'static str;

    /// The gradients of the operation's inputs, in their order, from the gradient of its output.
    ///
    /// Entry i may be `None` where `needs[i]` is false, and where the gradient is zero. The engine
    /// accumulates; an operation never adds to anything.
    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>>;
}

enum Step<T> {
    Leaf,
    Recorded(Box<dyn Backward<T>>),
    Passed,
}

struct Node<T> {
    step: Step<T>,
    inputs: Vec<Option<usize>>,
    shape: Vec<usize>,
}

/// The record of a computation: a plain list of operations in the order in which they ran.
pub struct Tape<T> {
    nodes: Rc<RefCell<Vec<Node<T>>>>,
}

impl<T> Clone for Tape<T> {
    /// Another handle on the same tape.
    fn clone(&self) -> Tape<T> {
        Tape {
            nodes: Rc::clone(&self.nodes),
        }
    }
}

impl<T: Scalar> Default for Tape<T> {
    fn default() -> Tape<T> {
        Tape::new()
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Tape<T> {
        Tape {
            nodes: Rc::new(RefCell::new(Vec::new())),
        }
    }

    /// A variable whose gradient is wanted.
    pub fn leaf(&self, value: Tensor<T>) -> Var<T> {
        self.push(value, Step::Leaf, Vec::new())
    }

    fn push(&self, value: Tensor<T>, step: Step<T>, inputs: Vec<Option<usize>>) -> Var<T> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            step,
            inputs,
            shape: value.shape().to_vec(),
        });
        let node = NodeRef {
            tape: self.clone(),
            id: nodes.len() - 1,
        };
        Var {
            value,
            node: Some(node),
        }
    }
}

/// The node of a variable on its tape.
struct NodeRef<T> {
    tape: Tape<T>,
    id: usize,
}

impl<T> Clone for NodeRef<T> {
    fn clone(&self) -> NodeRef<T> {
        NodeRef {
            tape: self.tape.clone(),
            id: self.id,
        }
    }
}

/// A tensor that may be on a tape.
pub struct Var<T> {
    value: Tensor<T>,
    node: Option<NodeRef<T>>,
}

impl<T: Clone> Clone for Var<T> {
    /// The same variable: gradients through both add up.
    fn clone(&self) -> Var<T> {
        Var {
            value: self.value.clone(),
            node: self.node.clone(),
        }
    }
}

impl<T: Scalar> From<Tensor<T>> for Var<T> {
    fn from(value: Tensor<T>) -> Var<T> {
        Var::constant(value)
    }
}

impl<T: Scalar> Var<T> {
    /// A variable on no tape: nothing is recorded for it and no gradient reaches it.
    pub fn constant(value: Tensor<T>) -> Var<T> {
        Var { value, node: None }
    }

    /// The tensor.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// The tensor, without a copy where nobody else shares it.
    pub fn into_value(self) -> Tensor<T> {
        self.value
    }

    /// The shape of the tensor.
    pub fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    /// Whether it is on a tape.
    pub fn requires_grad(&self) -> bool {
        self.node.is_some()
    }

    /// The same value, cut from the tape.
    pub fn detach(&self) -> Var<T> {
        Var::constant(self.value.clone())
    }

    /// A variable computed from `inputs`, on their tape if one of them is on one.
    ///
    /// `save` is asked only then for what the backward pass will need.
    ///
    /// # Panics
    /// If the inputs are on different tapes.
    #[track_caller]
    pub fn record<B: Backward<T> + 'static>(
        value: Tensor<T>,
        inputs: &[&Var<T>],
        save: impl FnOnce() -> B,
    ) -> Var<T> {
        let Some(tape) = inputs
            .iter()
            .find_map(|v| v.node.as_ref())
            .map(|p| p.tape.clone())
        else {
            return Var::constant(value);
        };
        let id = |node: &NodeRef<T>| {
            assert!(
                Rc::ptr_eq(&node.tape.nodes, &tape.nodes),
                "the inputs of one operation are on two different tapes; detach() one of them"
            );
            node.id
        };
        let ids = inputs.iter().map(|v| v.node.as_ref().map(id)).collect();
        tape.push(value, Step::Recorded(Box::new(save())), ids)
    }

    /// The gradients of this scalar with respect to the leaves of its tape.
    ///
    /// The pass consumes the tape: what an operation saved is freed as soon as it has been used.
    ///
    /// # Panics
    /// If the variable does not hold exactly one element, is on no tape, or the tape has been played
    /// back before.
    #[track_caller]
    pub fn backward(&self) -> Gradients<T> {
        assert!(
            self.value.len() == 1,
            "backward: the output has the shape {:?}, not one element; use backward_with(cotangent)",
            self.shape()
        );
        self.backward_with(Tensor::ones(self.shape()))
    }

    /// The gradients of ⟨`cotangent`, self⟩ with respect to the leaves of its tape.
    ///
    /// # Panics
    /// If the shapes differ, the variable is on no tape, or the tape has been played back before.
    #[track_caller]
    pub fn backward_with(&self, cotangent: Tensor<T>) -> Gradients<T> {
        assert!(
            cotangent.shape() == self.shape(),
            "backward: the cotangent has the shape {:?}, the output {:?}",
            cotangent.shape(),
            self.shape()
        );
        let Some(node) = &self.node else {
            panic!("backward: the output is on no tape; make an input with Tape::leaf")
        };
        let mut nodes = node.tape.nodes.borrow_mut();
        let mut pending: Vec<Option<Tensor<T>>> = vec![None; node.id + 1];
        pending[node.id] = Some(cotangent);
        let mut leaves = HashMap::new();
        for id in (0..=node.id).rev() {
            let step = match nodes[id].step {
                Step::Leaf => Step::Leaf,
                _ => std::mem::replace(&mut nodes[id].step, Step::Passed),
            };
            let Some(grad) = pending[id].take() else {
                continue;
            };
            match step {
                Step::Leaf => drop(leaves.insert(id, grad)),
                Step::Passed => {
                    panic!("backward: this tape has been played back before; record it again")
                }
                Step::Recorded(operation) => pass(&nodes, id, operation, grad, &mut pending),
            }
        }
        Gradients {
            leaves,
            tape: node.tape.clone(),
        }
    }
}

/// Plays one operation back and adds what it returns to the gradients of its inputs.
#[track_caller]
fn pass<T: Scalar>(
    nodes: &[Node<T>],
    id: usize,
    operation: Box<dyn Backward<T>>,
    grad: Tensor<T>,
    pending: &mut [Option<Tensor<T>>],
) {
    let inputs = &nodes[id].inputs;
    let name = operation.name();
    let needs: Vec<bool> = inputs.iter().map(Option::is_some).collect();
    let grads = operation.backward(grad, &needs);
    assert!(
        grads.len() == inputs.len(),
        "{name}: {} gradients for {} inputs",
        grads.len(),
        inputs.len()
    );
    for (input, grad) in inputs.iter().zip(grads) {
        let (Some(input), Some(grad)) = (*input, grad) else {
            continue;
        };
        assert!(
            grad.shape() == nodes[input].shape,
            "{name}: a gradient of shape {:?} for an input of shape {:?}",
            grad.shape(),
            nodes[input].shape
        );
        match &mut pending[input] {
            Some(sum) => elementwise::zip_assign(sum.data_mut(), grad.data(), |a, b| *a += b),
            empty => *empty = Some(grad),
        }
    }
}

impl<T: Scalar> fmt::Debug for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self
            .node
            .as_ref()
            .map_or("constant".to_string(), |p| format!("node {}", p.id));
        write!(f, "Var({node}, {:?})", self.value)
    }
}

/// The gradients of the leaves of a tape.
pub struct Gradients<T> {
    leaves: HashMap<usize, Tensor<T>>,
    tape: Tape<T>,
}

impl<T: Scalar> Gradients<T> {
    /// The gradient of `leaf`; `None` where the output does not depend on it, and for a variable that
    /// is not a leaf of this tape.
    pub fn get(&self, leaf: &Var<T>) -> Option<&Tensor<T>> {
        self.leaves.get(&self.id(leaf)?)
    }

    /// The gradient of `leaf`, taken out.
    pub fn take(&mut self, leaf: &Var<T>) -> Option<Tensor<T>> {
        let id = self.id(leaf)?;
        self.leaves.remove(&id)
    }

    fn id(&self, leaf: &Var<T>) -> Option<usize> {
        let node = leaf.node.as_ref()?;
        Rc::ptr_eq(&node.tape.nodes, &self.tape.nodes).then_some(node.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::ops::{add, mul};

    fn leaf(tape: &Tape<f64>, value: f64) -> Var<f64> {
        tape.leaf(Tensor::scalar(value))
    }

    #[test]
    fn a_value_used_twice_gets_both_gradients() {
        let tape = Tape::new();
        let x = leaf(&tape, 3.0);
        let y = add(&mul(&x, &x), &x);
        assert_eq!(y.backward().get(&x).map(Tensor::item), Some(7.0));
    }

    #[test]
    fn nothing_is_recorded_without_a_tape() {
        let x = Var::constant(Tensor::scalar(2.0f64));
        assert!(!mul(&x, &x).requires_grad());
    }

    #[test]
    fn constants_and_unused_leaves_get_no_gradient() {
        let tape = Tape::new();
        let (x, unused) = (leaf(&tape, 3.0), leaf(&tape, 1.0));
        let constant = Var::constant(Tensor::scalar(5.0));
        let gradients = mul(&x, &constant).backward();
        assert!(gradients.get(&unused).is_none() && gradients.get(&constant).is_none());
        assert_eq!(gradients.get(&x).map(Tensor::item), Some(5.0));
    }

    #[test]
    fn what_an_operation_saved_is_freed_when_it_is_passed() {
        let tape = Tape::new();
        let x = leaf(&tape, 3.0);
        let y = mul(&x, &x);
        let _gradients = y.backward();
        assert!(
            tape.nodes
                .borrow()
                .iter()
                .all(|n| !matches!(n.step, Step::Recorded(_)))
        );
    }

    #[test]
    #[should_panic(expected = "played back before")]
    fn a_second_pass_says_why_it_cannot_be() {
        let tape = Tape::new();
        let x = leaf(&tape, 3.0);
        let y = mul(&x, &x);
        y.backward();
        y.backward();
    }

    #[test]
    #[should_panic(expected = "two different tapes")]
    fn tapes_do_not_mix() {
        mul(&leaf(&Tape::new(), 1.0), &leaf(&Tape::new(), 1.0));
    }
}
