//! ONNX files that ask for more memory than there is: one line, and the memory stays small.

use std::path::Path;
use std::process::{Command, Output};

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut message = vec![number << 3 | 2];
    while length >= 0x80 {
        message.push(length as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend(bytes);
    message
}

/// A protobuf field of a number below 128.
fn small(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A field of a number of any size.
fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut message = vec![field << 3];
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
    message
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut message = Vec::new();
    inputs
        .iter()
        .for_each(|name| message.extend(field(1, name.as_bytes())));
    message.extend(field(2, output.as_bytes()));
    message.extend(field(4, operator.as_bytes()));
    attributes
        .iter()
        .for_each(|attribute| message.extend(field(5, attribute)));
    field(1, &message)
}

/// A tensor of zeros, or of these 64-bit integers.
fn tensor(name: &str, shape: &[u64], integers: Option<&[i64]>) -> Vec<u8> {
    let mut message: Vec<u8> = shape.iter().flat_map(|&n| number(1, n)).collect();
    message.extend(small(2, if integers.is_some() { 7 } else { 1 }));
    message.extend(field(8, name.as_bytes()));
    let bytes = match integers {
        Some(integers) => integers.iter().flat_map(|v| v.to_le_bytes()).collect(),
        None => vec![0; 4 * shape.iter().product::<u64>() as usize],
    };
    message.extend(field(9, &bytes));
    field(5, &message)
}

/// A file of these nodes and tensors, whose input `x` has this shape and whose output is `y`.
fn model(parts: &[Vec<u8>], input: &[u64]) -> Vec<u8> {
    let dims: Vec<u8> = input
        .iter()
        .flat_map(|&n| field(1, &number(1, n)))
        .collect();
    let kind = field(1, &[small(1, 1), field(2, &dims)].concat());
    let info = |name: &str| [field(1, name.as_bytes()), field(2, &kind)].concat();
    let graph = [parts.concat(), field(11, &info("x")), field(12, &info("y"))].concat();
    [small(1, 8), field(7, &graph), field(8, &small(2, 13))].concat()
}

/// What `lint` says where it may have 1.5 GB of addresses.
fn lint(bytes: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hostile.onnx");
    std::fs::write(&path, bytes).expect("a file");
    run(&path)
}

fn run(path: &Path) -> Output {
    Command::new("sh")
        .args([
            "-c",
            "ulimit -v 1500000 && exec \"$0\" lint \"$1\" --until y",
        ])
        .args([env!("CARGO_BIN_EXE_padgrad").as_ref(), path.as_os_str()])
        .env("RAYON_NUM_THREADS", "2")
        .output()
        .expect("padgrad can be started")
}

#[track_caller]
fn refused(output: &Output, words: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(1 | 2)),
        "{:?} {told}",
        output.status
    );
    assert!(told.lines().count() == 1 && told.contains(words), "{told}");
}

#[test]
fn a_small_file_is_read_where_memory_is_short() {
    let weights = tensor("w", &[3, 3, 3, 3], None);
    let convolution = node("Conv", &["x", "w"], "y", &[]);
    let output = lint(&model(&[weights, convolution], &[1, 3, 8, 8]));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn weights_that_thousands_of_nodes_share_are_not_copied_for_each() {
    let mut parts = vec![tensor("w", &[512, 512, 1, 1], None)];
    let names: Vec<String> = (0..3000)
        .map(|i| format!("x{i}"))
        .chain(["y".into()])
        .collect();
    let mut input = "x";
    for name in &names {
        parts.push(node("Conv", &[input, "w"], name, &[]));
        input = name;
    }
    // A megabyte three thousand times.
    let output = lint(&model(&parts, &[1, 512, 8, 8]));
    refused(&output, "asks for much more memory than it takes itself");
}

#[test]
fn cuts_and_repetitions_of_huge_axes_end_in_one_line() {
    let flat = tensor("flat", &[2], Some(&[1, -1]));
    let reshape = || node("Reshape", &["x", "flat"], "f", &[]);
    let image = [1, 1, 4096, 4096];
    let many = 200_000;
    let cuts = [
        flat.clone(),
        tensor("starts", &[many], Some(&vec![0; many as usize])),
        tensor("ends", &[many], Some(&vec![i64::MAX; many as usize])),
        tensor("axes", &[many], Some(&vec![1; many as usize])),
        reshape(),
        node("Slice", &["f", "starts", "ends", "axes"], "y", &[]),
    ];
    refused(&lint(&model(&cuts, &image)), "axis 1 is cut twice");
    let mut halves = vec![
        flat,
        tensor("start", &[1], Some(&[1])),
        tensor("end", &[1], Some(&[i64::MAX])),
        tensor("axis", &[1], Some(&[1])),
        reshape(),
    ];
    let names: Vec<String> = (0..100)
        .map(|i| format!("f{i}"))
        .chain(["y".into()])
        .collect();
    let mut input = "f";
    for name in &names {
        halves.push(node("Slice", &[input, "start", "end", "axis"], name, &[]));
        input = name;
    }
    refused(&lint(&model(&halves, &image)), "asks for much more memory");
    let vast = model(&[node("Relu", &["x"], "y", &[])], &[1, 3, 1 << 14, 1 << 15]);
    refused(&lint(&vast), "16384×32768 pixels");
}

/// Found by cargo-fuzz: the product of these sizes is 16 but for what 64 bits cannot hold.
#[test]
fn a_shape_whose_elements_cannot_be_counted_is_no_shape() {
    // 16·(2⁶⁰ + 1)
    let sizes = [17, 241, 61_681, 4_562_284_561, 16];
    let wanted = tensor("sizes", &[5], Some(&sizes));
    let reshape = node("Reshape", &["x", "sizes"], "y", &[]);
    let output = lint(&model(&[wanted, reshape], &[1, 1, 4, 4]));
    let refusal = "a reshape from [1, 1, 4, 4] to [17, 241, 61681, 4562284561, 16]";
    refused(&output, refusal);
}
