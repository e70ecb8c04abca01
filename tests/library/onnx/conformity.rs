//! The operators' own cases and small networks, as Debian's `libonnx-testdata` holds them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use padgrad::autodiff::Var;
use padgrad::error::{Error, Result};
use padgrad::formats::onnx::{Exit, Layout, Options, inputs, load, read_tensor};
use padgrad::tensor::Tensor;

use super::{outputs, say};

/// Where Debian's package puts the cases.
const INSTALLED: &str = "/usr/share/libonnx-testdata/data/node";
/// The folders of cases, side by side, and as many of each as passed when this was written; those behind the first need
/// not be there.
const PASSED: [(&str, usize); 4] = [
    ("node", 497),
    ("pytorch-operator", 25),
    ("pytorch-converted", 48),
    ("simple", 6),
];
/// Cases that are not what a network of floats computes.
const OTHER_TYPES: &[&str] = &["FLOAT16", "div_uint8"];

/// The folder of the cases, where it is there.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("PADGRAD_ONNX_TESTDATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| PathBuf::from(INSTALLED));
    folder.is_dir().then_some(folder)
}

/// The inputs or outputs that belong to a case.
fn tensors(case: &Path, what: &str) -> Result<Vec<Tensor<f64>>> {
    let at = |i: usize| case.join(format!("test_data_set_0/{what}_{i}.pb"));
    let files = (0..).map(at).take_while(|path| path.exists());
    files.map(read_tensor).collect()
}

/// A network's output with its axes as the file has them.
fn in_file_order(output: Tensor<f64>, exit: &Exit, wanted: &[usize]) -> Tensor<f64> {
    let Some([rows, columns]) = exit.map else {
        return output.reshape(wanted);
    };
    let others = (1..wanted.len()).filter(|axis| ![rows, columns].contains(axis));
    let now: Vec<usize> = [0]
        .into_iter()
        .chain(others)
        .chain([rows, columns])
        .collect();
    let sizes: Vec<usize> = now.iter().map(|&axis| wanted[axis]).collect();
    let position = |axis| now.iter().position(|&a| a == axis).unwrap();
    let order: Vec<usize> = (0..wanted.len()).map(position).collect();
    Var::constant(output.reshape(&sizes))
        .permute(&order)
        .into_value()
}

/// The rows that hold a box; behind them all elements are -1.
fn without_empty_rows(output: Tensor<f64>) -> Tensor<f64> {
    let rows = output.data().chunks(3).filter(|row| row[0] >= 0.0);
    let kept: Vec<f64> = rows.flatten().copied().collect();
    let shape = [1, kept.len() / 3, 3];
    Tensor::from_vec(kept, &shape)
}

/// Runs a case: what differs, if anything does.
///
/// # Errors
/// Why it cannot be run.
fn differs(case: &Path, whole: bool) -> std::result::Result<Option<String>, String> {
    let text = |e: Error| e.to_string();
    let path = case.join("model.onnx");
    let name = case.to_string_lossy();
    let [given, wanted] = ["input", "output"].map(|what| tensors(case, what));
    let no_numbers = |_| "what it takes or gives is not tensors of numbers".to_string();
    let (given, wanted) = (given.map_err(no_numbers), wanted.map_err(no_numbers));
    let (given, wanted) = (given?, wanted?);
    let names = inputs(&path).map_err(text)?.into_iter();
    // The first input is the image; what else the case gives are constants.
    let values = names.zip(given.iter().cloned()).skip(1).collect();
    let options = Options {
        values,
        whole,
        ..Options::default()
    };
    let network = load::<f64>(&path, &options).map_err(text)?;
    let x = given.into_iter().next().ok_or("no input")?;
    let x = match network.input.layout {
        Layout::ChannelsFirst => x,
        Layout::ChannelsLast => Var::constant(x).permute(&[0, 3, 1, 2]).into_value(),
        Layout::Whole => x.reshape(&[1, x.len(), 1, 1]),
    };
    let found = outputs(&network, x);
    for (found, exit) in found.into_iter().zip(&network.outputs) {
        let wanted = &wanted[exit.index];
        let found = match name.contains("nonmaxsuppression") {
            true => without_empty_rows(found),
            false => found,
        };
        if found.len() != wanted.len() {
            return Ok(Some(format!(
                "{:?} where {:?} is wanted",
                found.shape(),
                wanted.shape()
            )));
        }
        let found = in_file_order(found, exit, wanted.shape());
        for (a, b) in found.data().iter().zip(wanted.data()) {
            if !((a - b).abs() <= 1e-5 * b.abs().max(1.0) || a == b) {
                return Ok(Some(format!("{a} where {b} is wanted")));
            }
        }
    }
    Ok(None)
}

/// Why cases are left out, in a few words: what the message says behind the file and the node.
fn reason(message: &str) -> String {
    let behind = message
        .split_once("model.onnx: ")
        .map_or(message, |(_, rest)| rest);
    let behind = behind.split_once("opset ").map_or(behind, |(_, rest)| rest);
    let behind = behind.split_once("): ").map_or(behind, |(_, rest)| rest);
    let end = behind.find([';', '[', '`', '(']).unwrap_or(behind.len());
    behind[..end].trim().to_string()
}

#[test]
fn operators_conform_to_their_own_cases() {
    let Some(folder) = folder() else {
        say(&format!(
            "skipped: {INSTALLED} is not there; install Debian's libonnx-testdata, or name the folder of its cases in \
             PADGRAD_ONNX_TESTDATA"
        ));
        return;
    };
    for (name, before) in PASSED {
        let folder = match name {
            "node" => folder.clone(),
            beside => folder.with_file_name(beside),
        };
        if folder.is_dir() {
            conform(&folder, name, before);
        } else {
            say(&format!("skipped: {} is not there", folder.display()));
        }
    }
}

/// Runs the cases of a folder, and says how many passed, and which were left out and why.
///
/// # Panics
/// Where one gives other values than it should, or fewer than `before` pass.
fn conform(folder: &Path, name: &str, before: usize) {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let (mut passed, mut wrong) = (0, Vec::new());
    let mut left_out = BTreeMap::<String, Vec<String>>::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if OTHER_TYPES.iter().any(|part| name.contains(part)) {
            let why = "rounding to 16 bits or to integers".to_string();
            left_out.entry(why).or_default().push(name);
            continue;
        }
        match differs(case, false).or_else(|_| differs(case, true)) {
            Ok(None) => passed += 1,
            Ok(Some(what)) => wrong.push(format!("{name}: {what}")),
            Err(why) => left_out.entry(reason(&why)).or_default().push(name),
        }
    }
    say(&format!("{name}: {passed} of {} cases passed", cases.len()));
    for (why, names) in &left_out {
        let some = names[..names.len().min(4)].join(", ");
        say(&format!("{:4} left out: {why} ({some})", names.len()));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(
        passed >= before,
        "{passed} cases of {name} passed, and {before} did before"
    );
}
