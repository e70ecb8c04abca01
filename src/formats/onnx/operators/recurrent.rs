//! Recurrences: `RNN`, `GRU` and `LSTM`, forwards, backwards or both, by their usual functions.

use std::sync::Arc;

use super::super::call::Call;
use super::super::generic::{Input, Operation, Output};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// The most steps; each becomes several operations.
const MOST_STEPS: usize = 1 << 14;

/// The weights of one direction.
struct Direction<E: Scalar> {
    reverse: bool,
    /// [G·H, I], [G·H, H], and the biases of both, [G·H] each.
    weight: Tensor<E>,
    recurrent: Tensor<E>,
    biases: [Tensor<E>; 2],
    /// [3, H], of an LSTM.
    peepholes: Option<Tensor<E>>,
    /// The first state and the first cell, [B, H].
    first: [Tensor<E>; 2],
}

/// A recurrence with its weights.
struct Recurrence<E: Scalar> {
    operator: String,
    directions: Vec<Direction<E>>,
    reset_after: bool,
    /// Whether sequences come before steps.
    batch_first: bool,
    /// T, B and H.
    steps: usize,
    sequences: usize,
    hidden: usize,
}

/// Whether the operator is one.
pub fn is_one(operator: &str) -> bool {
    matches!(operator, "RNN" | "GRU" | "LSTM")
}

/// The states at all steps, the last states, and the last cells of an LSTM.
///
/// # Errors
/// Where the weights do not fit the input, or something other than usual is asked for.
pub fn operation<E: Scalar>(call: &Call, x: Input<E>) -> Result<Operation<E>, String> {
    let recurrence = Arc::new(read::<E>(call, &x)?);
    let Recurrence {
        steps,
        sequences,
        hidden,
        ..
    } = *recurrence;
    let directions = recurrence.directions.len();
    let (all, last) = match recurrence.batch_first {
        true => (
            vec![sequences, steps, directions, hidden],
            vec![sequences, directions, hidden],
        ),
        false => (
            vec![steps, directions, sequences, hidden],
            vec![directions, sequences, hidden],
        ),
    };
    let count = if recurrence.operator == "LSTM" { 3 } else { 2 };
    let outputs = (0..count).map(|which| {
        let (x, recurrence) = (x.clone(), recurrence.clone());
        let shape = if which == 0 { &all } else { &last }.clone();
        let per_image = shape[usize::from(x.batched)..].to_vec();
        Output {
            shape,
            batched: x.batched,
            function: Box::new(move |v: &[Var<E>]| {
                let found = recurrence.run(&x.of(v), which);
                ops::reshape(&found, &[&x.of(v).shape()[..1], &per_image[..]].concat())
            }),
        }
    });
    Ok(Operation {
        outputs: outputs.collect(),
    })
}

/// The weights and the sizes.
fn read<E: Scalar>(call: &Call, x: &Input<E>) -> Result<Recurrence<E>, String> {
    let node = call.node;
    let batch_first = node.int("layout", 0) != 0;
    let &[a, b, inputs] = x.shape.as_slice() else {
        return Err(format!(
            "an input of the shape {:?}, not of 3 axes",
            x.shape
        ));
    };
    let (steps, sequences) = if batch_first { (b, a) } else { (a, b) };
    if !(1..=MOST_STEPS).contains(&steps) || inputs == 0 {
        return Err(format!("{steps} steps of {inputs} elements"));
    }
    if x.batched && !batch_first {
        return Err("it mixes the images of a batch".to_string());
    }
    usual(call, steps)?;
    let gates = match call.operator() {
        "LSTM" => 4,
        "GRU" => 3,
        _ => 1,
    };
    let reverses: &[bool] = match node.text("direction", "forward").as_str() {
        "forward" => &[false],
        "reverse" => &[true],
        "bidirectional" => &[false, true],
        other => return Err(format!("the direction {other}")),
    };
    let count = reverses.len();
    let hidden = call.needed(2)?.shape().last().copied().unwrap_or(0);
    if hidden == 0 {
        return Err("a state without elements".to_string());
    }
    let sized = |index: usize, shape: Vec<usize>| -> Result<Option<Tensor<E>>, String> {
        match call.constant(index)? {
            None => Ok(None),
            Some(found) if found.shape() == shape => Ok(Some(found.tensor())),
            Some(found) => Err(format!(
                "its input {index} has the shape {:?} where {shape:?} is wanted",
                found.shape()
            )),
        }
    };
    call.needed(1)?;
    let weight = sized(1, vec![count, gates * hidden, inputs])?;
    let recurrent = sized(2, vec![count, gates * hidden, hidden])?;
    let bias = sized(3, vec![count, 2 * gates * hidden])?;
    let per_sequence = match batch_first {
        true => vec![sequences, count, hidden],
        false => vec![count, sequences, hidden],
    };
    let starts = [sized(5, per_sequence.clone())?, sized(6, per_sequence)?];
    let peepholes = sized(7, vec![count, 3 * hidden])?;
    let part = |tensor: &Option<Tensor<E>>, axis: usize, at: usize| {
        let tensor = tensor.clone().map(Var::constant)?;
        let part = ops::narrow(&tensor, axis, at, 1).into_value();
        let mut shape = part.shape().to_vec();
        shape.remove(axis);
        Some(part.reshape(&shape))
    };
    let directions = reverses.iter().enumerate().map(|(at, &reverse)| {
        let [weight, recurrent] = [&weight, &recurrent].map(|w| part(w, 0, at));
        let zeros = |shape: &[usize]| Tensor::zeros(shape);
        let bias = part(&bias, 0, at).unwrap_or_else(|| zeros(&[2 * gates * hidden]));
        let half = |from: usize| {
            let values = &bias.data()[from * gates * hidden..][..gates * hidden];
            Tensor::from_vec(values.to_vec(), &[gates * hidden])
        };
        let start = |start| {
            let found = part(start, usize::from(batch_first), at);
            found.unwrap_or_else(|| zeros(&[sequences, hidden]))
        };
        Direction {
            reverse,
            weight: weight.unwrap_or_else(|| zeros(&[0, inputs])),
            recurrent: recurrent.unwrap_or_else(|| zeros(&[0, hidden])),
            biases: [half(0), half(1)],
            peepholes: part(&peepholes, 0, at).map(|p| p.reshape(&[3, hidden])),
            first: [start(&starts[0]), start(&starts[1])],
        }
    });
    Ok(Recurrence {
        operator: call.operator().to_string(),
        directions: directions.collect(),
        reset_after: node.int("linear_before_reset", 0) != 0,
        batch_first,
        steps,
        sequences,
        hidden,
    })
}

/// Whether nothing but the usual is asked for.
///
/// # Errors
/// What is.
fn usual(call: &Call, steps: usize) -> Result<(), String> {
    let node = call.node;
    if let Some(unknown) = ["activations", "clip"].iter().find(|name| node.has(name)) {
        let usual: &[&str] = match call.operator() {
            "LSTM" => &["Sigmoid", "Tanh", "Tanh"],
            "GRU" => &["Sigmoid", "Tanh"],
            _ => &["Tanh"],
        };
        let named = node.texts("activations");
        if *unknown == "clip" || named.chunks(usual.len()).any(|part| part != usual) {
            return Err(format!("its attribute {unknown} is not known here"));
        }
    }
    if node.int("input_forget", 0) != 0 {
        return Err("its attribute input_forget is not known here".to_string());
    }
    match call.constant(4)? {
        Some(lengths) if lengths.to_ints().iter().any(|&n| n != steps as i64) => {
            Err("sequences of different lengths".to_string())
        }
        _ => Ok(()),
    }
}

impl<E: Scalar> Recurrence<E> {
    /// What is asked for as its output: [N, B, T, D, H] or [N, B, D, H], the axes in the file's order.
    fn run(&self, x: &Var<E>, which: usize) -> Var<E> {
        let images = x.shape()[0];
        let per_image = self.sequences;
        let inputs = x.shape().last().copied().unwrap_or(0);
        let ordered = match self.batch_first {
            true => x.clone(),
            false => ops::permute(x, &[0, 2, 1, 3]),
        };
        let rows = images * per_image;
        let ordered = ops::reshape(&ordered, &[rows, self.steps, inputs]);
        let each = self.directions.iter().map(|direction| {
            let [states, cell] = self.one(direction, &ordered, images);
            let last = if direction.reverse { 0 } else { self.steps - 1 };
            match which {
                0 => ops::reshape(&states, &[images, per_image, self.steps, 1, self.hidden]),
                1 => {
                    let last = ops::narrow(&states, 1, last, 1);
                    ops::reshape(&last, &[images, per_image, 1, self.hidden])
                }
                _ => ops::reshape(&cell, &[images, per_image, 1, self.hidden]),
            }
        });
        let each: Vec<Var<E>> = each.collect();
        let axis = if which == 0 { 3 } else { 2 };
        let joined = ops::concat(&each.iter().collect::<Vec<_>>(), axis);
        match (self.batch_first, which) {
            (true, _) => joined,
            (false, 0) => ops::permute(&joined, &[0, 2, 3, 1, 4]),
            (false, _) => ops::permute(&joined, &[0, 2, 1, 3]),
        }
    }

    /// All states [rows, T, H] and the last cell [rows, H] of one direction.
    fn one(&self, direction: &Direction<E>, x: &Var<E>, images: usize) -> [Var<E>; 2] {
        let fixed = |tensor: &Tensor<E>| Var::constant(tensor.clone());
        let [weight, recurrent] = [&direction.weight, &direction.recurrent].map(fixed);
        let [input_bias, own_bias] = [0, 1].map(|i| fixed(&direction.biases[i]));
        let [hidden, cell] = [0, 1].map(|i| {
            let first = fixed(&direction.first[i]);
            ops::concat(&vec![&first; images], 0)
        });
        let both = || ops::add(&input_bias, &own_bias);
        let reverse = direction.reverse;
        let states = match self.operator.as_str() {
            "LSTM" => {
                let peepholes = direction.peepholes.as_ref().map(|p| {
                    let p = fixed(p);
                    [0, 1, 2].map(|i| ops::reshape(&ops::narrow(&p, 0, i, 1), &[self.hidden]))
                });
                let peepholes = peepholes.as_ref().map(|p| p.each_ref());
                let weights = [&weight, &recurrent, &both()];
                return ops::lstm(x, weights, peepholes, [&hidden, &cell], reverse);
            }
            "GRU" => {
                let two = 2 * self.hidden;
                // Of the candidate's two biases the second belongs to the product with the state.
                let of_gates = ops::add(
                    &ops::narrow(&input_bias, 0, 0, two),
                    &ops::narrow(&own_bias, 0, 0, two),
                );
                let of_candidate = ops::narrow(&input_bias, 0, two, self.hidden);
                let bias = ops::concat(&[&of_gates, &of_candidate], 0);
                let own = ops::narrow(&own_bias, 0, two, self.hidden);
                let weights = [&weight, &recurrent, &bias, &own];
                ops::gru(x, weights, &hidden, self.reset_after, reverse)
            }
            _ => ops::rnn(x, [&weight, &recurrent, &both()], &hidden, reverse),
        };
        [states, cell]
    }
}
