//! From a file to a network.

use std::path::Path;

use prost::bytes::Bytes;

use super::super::message::in_one_line;
use super::constant::Constant;
use super::decode::decode;
use super::graph::{Graph, damaged};
use super::imported::{Imported, Options};
use super::judge::judge;
use super::proto::TensorProto;
use super::walk::Walk;
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// The longest file that is read: messages cannot be longer.
const LARGEST: u64 = 2 << 30;
/// The versions of the operators that are understood; what was otherwise before 7 is refused where it is used.
const OPSETS: std::ops::RangeInclusive<i64> = 1..=22;

/// Reads the network of an ONNX file, opsets 7 to 22.
///
/// The network is built for images of one size, the file's own or another: networks without fixed sizes run at any
/// that their layers allow. Nodes keep the file's names.
///
/// ```
/// use padgrad::formats::onnx::{Options, load};
///
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/network.onnx");
/// let options = Options { size: Some([48, 64]), ..Options::default() };
/// let network = load::<f32>(path, &options)?;
/// assert_eq!(network.model.input(), [3, 48, 64]);
/// assert_eq!(network.outputs[1].name, "picture");
/// assert_eq!(network.outputs[1].shape, [1, 3, 48, 64]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
///
/// # Errors
/// Where the file cannot be read, is damaged, or has an operator that is not known: then the message names node and
/// operator, and says how far the network can be measured before it.
pub fn load<T: Scalar>(path: impl AsRef<Path>, options: &Options) -> Result<Imported<T>> {
    let path = path.as_ref();
    parse(read(path)?, path, options)
}

/// The network of a file given as its bytes; `path` is named in messages, and external data lies beside it.
///
/// # Errors
/// As [`load`].
pub fn parse<T: Scalar>(bytes: Vec<u8>, path: &Path, options: &Options) -> Result<Imported<T>> {
    imported(bytes, path, options).map_err(printable)
}

/// The error in one line, whatever the names in a damaged file are.
fn printable(error: Error) -> Error {
    match error {
        Error::File {
            path,
            problem,
            remedy,
        } => Error::file(path, in_one_line(&problem), in_one_line(&remedy)),
        Error::Invalid {
            what,
            problem,
            remedy,
        } => Error::invalid(
            in_one_line(&what),
            in_one_line(&problem),
            in_one_line(&remedy),
        ),
        Error::Usage {
            what,
            problem,
            remedy,
        } => Error::usage(
            in_one_line(&what),
            in_one_line(&problem),
            in_one_line(&remedy),
        ),
        other => other,
    }
}

fn imported<T: Scalar>(bytes: Vec<u8>, path: &Path, options: &Options) -> Result<Imported<T>> {
    let length = bytes.len();
    let graph = Graph::decode(bytes).map_err(|e| damaged(path, &e))?;
    if !OPSETS.contains(&graph.opset) {
        let problem = format!("its operators are those of opset {}", graph.opset);
        return Err(Error::file(path, problem, "export it with opset 7 to 22"));
    }
    let mut walk = Walk::begin(graph, path, options)?;
    walk.computable += 4 * length;
    walk.run(options)?;
    walk.finish(options)
}

/// The names of the inputs of a file's graph that the file gives no values for; the first is the image.
///
/// # Errors
/// Where the file cannot be read or is damaged.
pub fn inputs(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    let graph = Graph::decode(read(path)?).map_err(|e| printable(damaged(path, &e)))?;
    let open = graph.inputs.into_iter().map(|info| info.name);
    Ok(open
        .filter(|name| !graph.initializers.contains_key(name))
        .collect())
}

/// The tensor of a file that holds nothing else, such as those beside test cases.
///
/// # Errors
/// As [`inputs`], and where it holds no numbers.
pub fn read_tensor(path: impl AsRef<Path>) -> Result<Tensor<f64>> {
    let path = path.as_ref();
    let bytes = Bytes::from(read_up_to(path, LARGEST)?);
    let proto: TensorProto = decode(bytes).map_err(|e| damaged(path, &e))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let found = Constant::decode(proto, folder).map_err(|e| damaged(path, &e))?;
    Ok(found.values)
}

/// The bytes of a file that may hold a network; one that cannot is not read as a whole.
fn read(path: &Path) -> Result<Vec<u8>> {
    judge(path)?.map_err(|problem| damaged(path, problem))?;
    read_up_to(path, LARGEST)
}
