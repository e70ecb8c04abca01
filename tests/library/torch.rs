//! padgrad against PyTorch in f64: operations with their gradients, optimisers and schedules.
//!
//! `tests/fixtures/generate.py` wrote what PyTorch says; nothing here needs PyTorch.

use std::collections::BTreeMap;

use crate::difference::difference;
use crate::stored::{Stored, assert_no_failures, fixture};
use padgrad::autodiff::{Tape, Var, ops};
use padgrad::optim::{OptimizerConfig, Schedule};
use padgrad::tensor::Tensor;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn argument<A: DeserializeOwned>(args: &Value, name: &str) -> A {
    let value = args.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).unwrap_or_else(|e| panic!("argument {name}: {e}"))
}

#[derive(Deserialize)]
struct OpCase {
    op: String,
    name: String,
    inputs: Vec<Stored>,
    args: Value,
    output: Stored,
    cotangent: Stored,
    grads: Vec<Stored>,
}

/// Runs the operation of a fixture and lists what differs besides its output and gradients.
fn apply(op: &str, v: &[Var<f64>], args: &Value) -> (Var<f64>, Vec<String>) {
    let number = |name: &str| argument::<f64>(args, name);
    let index = |name: &str| argument::<usize>(args, name);
    let list = |name: &str| argument::<Vec<usize>>(args, name);
    let y = match op {
        "add" => ops::add(&v[0], &v[1]),
        "add_scalar" => ops::add_scalar(&v[0], number("c")),
        "batch_norm2d_eval" => {
            let running = argument::<[Stored; 2]>(args, "running").map(|s| s.tensor());
            let [mean, var] = &running;
            ops::batch_norm2d_eval(&v[0], mean, var, &v[1], &v[2], number("eps"))
        }
        "batch_norm2d_train" => return batch_norm2d_train(v, args),
        "concat" => ops::concat(&v.iter().collect::<Vec<_>>(), index("axis")),
        "crop2d" => {
            let [rows, columns] = ["rows", "columns"].map(list);
            ops::crop2d(&v[0], rows[0]..rows[1], columns[0]..columns[1])
        }
        "cross_entropy" => ops::cross_entropy(&v[0], &list("labels"), number("label_smoothing")),
        "div" => ops::div(&v[0], &v[1]),
        "exp" => ops::exp(&v[0]),
        "global_avg_pool2d" => ops::global_avg_pool2d(&v[0]),
        "leaky_relu" => ops::leaky_relu(&v[0], number("a")),
        "linear" => ops::linear(&v[0], &v[1], v.get(2)),
        "ln" => ops::ln(&v[0]),
        "log_softmax" => ops::log_softmax(&v[0], index("axis")),
        "matmul" => ops::matmul(&v[0], &v[1]),
        "max" => ops::max(&v[0], &list("axes")),
        "mean" => ops::mean(&v[0], &list("axes")),
        "mse_loss" => ops::mse_loss(&v[0], &v[1]),
        "mul" => ops::mul(&v[0], &v[1]),
        "mul_scalar" => ops::mul_scalar(&v[0], number("c")),
        "narrow" => ops::narrow(&v[0], index("axis"), index("start"), index("length")),
        "neg" => ops::neg(&v[0]),
        "permute" => ops::permute(&v[0], &list("order")),
        "pow_scalar" => ops::pow_scalar(&v[0], number("e")),
        "relu" => ops::relu(&v[0]),
        "reshape" => ops::reshape(&v[0], &list("shape")),
        "resize_bilinear" => {
            let align_corners = argument(args, "align_corners");
            ops::resize_bilinear(&v[0], argument(args, "size"), align_corners)
        }
        "sigmoid" => ops::sigmoid(&v[0]),
        "softmax" => ops::softmax(&v[0], index("axis")),
        "sub" => ops::sub(&v[0], &v[1]),
        "sum" => ops::sum(&v[0], &list("axes")),
        "tanh" => ops::tanh(&v[0]),
        _ => panic!("no operation {op} is known here"),
    };
    (y, Vec::new())
}

/// The training pass, and whether the running statistics move as PyTorch's do.
fn batch_norm2d_train(v: &[Var<f64>], args: &Value) -> (Var<f64>, Vec<String>) {
    let eps = argument(args, "eps");
    let (y, moments) = ops::batch_norm2d_train(&v[0], &v[1], &v[2], eps);
    let stored = |name| argument::<[Stored; 2]>(args, name).map(|s| s.tensor());
    let ([mut mean, mut var], after) = (stored("running"), stored("running_after"));
    moments.update_running(&mut mean, &mut var, argument(args, "momentum"));
    let found = [
        difference("running mean", &mean, &after[0]),
        difference("running variance", &var, &after[1]),
    ];
    (y, found.into_iter().flatten().collect())
}

#[test]
fn operations_and_gradients_agree() {
    let mut failures = Vec::new();
    for case in fixture::<OpCase>(include_str!("../fixtures/ops.json")) {
        let tape = Tape::new();
        let leaves: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x.tensor())).collect();
        let (y, mut found) = apply(&case.op, &leaves, &case.args);
        found.extend(difference("output", y.value(), &case.output.tensor()));
        let gradients = y.backward_with(case.cotangent.tensor());
        for (i, (leaf, want)) in leaves.iter().zip(&case.grads).enumerate() {
            let zeros = Tensor::zeros(leaf.shape());
            let got = gradients.get(leaf).unwrap_or(&zeros);
            found.extend(difference(&format!("gradient {i}"), got, &want.tensor()));
        }
        let named = |problem| format!("{}, {}: {problem}", case.op, case.name);
        failures.extend(found.into_iter().map(named));
    }
    assert_no_failures(failures);
}

#[derive(Deserialize)]
struct OptimiserCase {
    name: String,
    lr: f64,
    config: OptimizerConfig,
    params: BTreeMap<String, Stored>,
    steps: Vec<OptimiserStep>,
}

#[derive(Deserialize)]
struct OptimiserStep {
    grads: BTreeMap<String, Stored>,
    params: BTreeMap<String, Stored>,
}

fn tensors(stored: &BTreeMap<String, Stored>) -> BTreeMap<String, Tensor<f64>> {
    let pairs = stored.iter().map(|(name, t)| (name.clone(), t.tensor()));
    pairs.collect()
}

#[test]
fn optimisers_agree_step_by_step_and_over_a_restart() {
    let mut failures = Vec::new();
    for case in fixture::<OptimiserCase>(include_str!("../fixtures/optim.json")) {
        let mut optimiser = case.config.build::<f64>();
        let mut params = tensors(&case.params);
        for (i, step) in case.steps.iter().enumerate() {
            // A fresh optimiser with the old one's state must go on as if nothing had happened.
            let mut restarted = case.config.build();
            restarted
                .load_state(optimiser.state())
                .unwrap_or_else(|e| panic!("{}: {e}", case.name));
            optimiser = restarted;
            optimiser.step(case.lr, &mut params, &tensors(&step.grads));
            for (name, want) in tensors(&step.params) {
                let found = difference(&name, &params[&name], &want);
                failures.extend(found.map(|d| format!("{}, step {i}: {d}", case.name)));
            }
        }
    }
    assert_no_failures(failures);
}

#[test]
fn the_state_of_another_optimiser_is_refused() {
    let step = |name: &str| {
        let mut optimiser = OptimizerConfig::parse(name).unwrap().build::<f64>();
        let mut params = BTreeMap::from([("w".to_string(), Tensor::ones(&[2]))]);
        let grads = params.clone();
        optimiser.step(0.1, &mut params, &grads);
        optimiser
    };
    let mut adam = step("adam");
    let foreign = adam.load_state(step("adadelta").state());
    assert!(foreign.unwrap_err().to_string().contains("`w.square_avg`"));
    let mut part = adam.state();
    part.retain(|(name, _)| name != "w.exp_avg_sq");
    let incomplete = adam.load_state(part).unwrap_err().to_string();
    assert!(incomplete.contains("`w.exp_avg_sq` is missing"));
    assert_eq!(adam.state().len(), 3, "a refused state changes nothing");
}

#[derive(Deserialize)]
struct ScheduleCase {
    name: String,
    schedule: Schedule,
    full: f64,
    lr: Vec<f64>,
}

#[test]
fn schedules_agree() {
    let mut failures = Vec::new();
    for case in fixture::<ScheduleCase>(include_str!("../fixtures/schedule.json")) {
        let total = case.lr.len();
        let got = (0..total).map(|step| case.schedule.lr(case.full, step, total));
        let got = Tensor::from_vec(got.collect(), &[total]);
        let found = difference("rate", &got, &Tensor::from_vec(case.lr, &[total]));
        failures.extend(found.map(|d| format!("{}: {d}", case.name)));
    }
    assert_no_failures(failures);
}
