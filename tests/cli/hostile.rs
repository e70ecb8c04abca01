//! Files that ask for more memory than there is: one line, and the memory stays small.

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
    run(&path, &["--until", "y"])
}

/// What `lint` says of a file of weights of this name, likewise.
fn lint_weights(name: &str, bytes: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    run(&path, &["--arch", "small"])
}

fn run(path: &Path, flags: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -v 1500000 && exec \"$0\" lint \"$@\""])
        .args([env!("CARGO_BIN_EXE_padgrad").as_ref(), path.as_os_str()])
        .args(flags)
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

/// A pickle of 100 kB, of which each copy of a list takes a megabyte.
#[test]
fn a_pickle_that_copies_a_list_a_thousand_times_is_refused() {
    let mut pickle = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    pickle.extend(b"\x80\x02M\xe9\x03.\x80\x02}.\x80\x02ccollections\nOrderedDict\nq\x000");
    pickle.extend(b"K\x01K\x01\x86q\x010(");
    pickle.extend(b"h\x01".repeat(50_000));
    pickle.extend(b"l\x85q\x020");
    pickle.extend(b"h\x00h\x02R0".repeat(1000));
    pickle.extend(b"}.");
    let output = lint_weights("hostile.pth", &pickle);
    refused(
        &output,
        "its pickle asks for much more memory than the file",
    );
}

/// The header of 64 MB took 1.6 GB as a tree of JSON.
#[test]
fn a_header_of_a_million_tensors_takes_a_few_times_its_bytes() {
    let entry = |i: usize| format!(r#""{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
    let entries: Vec<String> = (0..1_100_000).map(entry).collect();
    let header = format!("{{{}}}", entries.join(","));
    let length = (header.len() as u64).to_le_bytes();
    let bytes = [&length, header.as_bytes(), b"more"].concat();
    let output = lint_weights("hostile.safetensors", &bytes);
    refused(&output, "4 bytes belong to no tensor");
}

/// Parts that hold nothing take two bytes of the file each, and would take dozens in memory.
#[test]
fn millions_of_empty_parts_are_refused_before_they_are_decoded() {
    let image = [1, 3, 8, 8];
    let relu = node("Relu", &["x"], "y", &[]);
    let inputs = field(11, b"").repeat(20_000_000);
    let output = lint(&model(&[relu, inputs], &image));
    refused(&output, "more than 65536 inputs");
    let beside = field(13, b"").repeat(40_000_000);
    let weight = field(5, &[field(8, b"w"), small(2, 1), beside].concat());
    let output = lint(&model(
        &[weight, node("Add", &["x", "w"], "y", &[])],
        &image,
    ));
    refused(&output, "more than 65536 entries of external data");
}

#[test]
fn an_input_of_many_axes_is_a_short_line() {
    let relu = node("Relu", &["x"], "y", &[]);
    let output = lint(&model(&[relu], &[1; 100_000]));
    refused(&output, "an input or output `x` of 100000 axes");
    assert!(output.stderr.len() < 300);
}

#[test]
fn a_list_of_many_sizes_is_not_printed_whole() {
    let sizes = tensor("sizes", &[100_000], Some(&vec![2; 100_000]));
    let reshape = node("Reshape", &["x", "sizes"], "y", &[]);
    let output = lint(&model(&[sizes, reshape], &[1, 3, 8, 8]));
    refused(&output, "more characters");
    assert!(output.stderr.len() < 2000);
}

fn lint_whole(bytes: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hostile.onnx");
    std::fs::write(&path, bytes).expect("a file");
    run(&path, &[])
}

/// What the branches of an `If` read of the graph around them is how far the network is measured.
#[test]
fn what_stands_before_a_condition_is_measured() {
    let weights = tensor("w", &[3, 3, 3, 3], None);
    let convolution = node("Conv", &["x", "w"], "inner", &[]);
    let branch = [
        node("Relu", &["inner"], "b", &[]),
        field(12, &field(1, b"b")),
    ];
    let branch = |name: &str| [field(1, name.as_bytes()), field(6, &branch.concat())].concat();
    let branches = [branch("then_branch"), branch("else_branch")];
    let condition = tensor("condition", &[1], Some(&[1]));
    let choice = node("If", &["condition"], "y", &branches);
    let output = lint_whole(&model(
        &[weights, condition, convolution, choice],
        &[1, 3, 8, 8],
    ));
    let told = String::from_utf8_lossy(&output.stdout);
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    assert!(
        told.contains("inner") && told.contains("operator If"),
        "{told}{problem}"
    );
}

/// Where nothing reads what stands before it, the message says how far the network goes all the same.
#[test]
fn an_operator_that_is_not_known_says_how_far_the_network_goes() {
    let image = [1, 3, 8, 8];
    let weights = tensor("w", &[3, 3, 3, 3], None);
    let convolution = node("Conv", &["x", "w"], "inner", &[]);
    let unknown = node("Unknown", &["w"], "y", &[]);
    let output = lint_whole(&model(&[weights, convolution, unknown], &image));
    refused(&output, "can be measured up to node inner");
    // A node that reads the image itself is named, and the image alone is no network.
    for image in [&image[..], &[1, 3, 8, 8, 8]] {
        let output = lint_whole(&model(&[node("Unknown", &["x"], "y", &[])], image));
        refused(
            &output,
            "node y (operator Unknown, opset 13): this operator is not known",
        );
        refused(&output, "hostile.onnx: ");
        refused(&output, "nothing of the network can be measured before it");
    }
}
