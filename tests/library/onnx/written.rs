//! ONNX files that a test writes itself: the fields of `onnx.proto` that it needs, one after the other.

use std::path::Path;

use padgrad::formats::onnx::{Imported, Options, parse};
use padgrad::tensor::Tensor;

/// The value of an attribute.
pub enum Attribute<'a> {
    Int(i64),
    Ints(&'a [i64]),
}

pub use Attribute::{Int, Ints};

/// A graph whose input `x` is [1, C, H, W] and whose output is `y`.
pub struct Written {
    graph: Vec<u8>,
}

impl Written {
    pub fn new(input: [usize; 3]) -> Written {
        let [c, h, w] = input;
        let dims = [1, c, h, w].map(|n| bytes(1, &number(1, n as i64)));
        let tensor = [number(1, 11), bytes(2, &dims.concat())].concat();
        let described = [bytes(1, b"x"), bytes(2, &bytes(1, &tensor))].concat();
        let graph = [bytes(11, &described), bytes(12, &bytes(1, b"y"))].concat();
        Written { graph }
    }

    /// A node, its inputs and outputs given with spaces between their names.
    pub fn node(
        self,
        operator: &str,
        inputs: &str,
        outputs: &str,
        attributes: &[(&str, Attribute)],
    ) -> Written {
        let mut node = Vec::new();
        for (field, names) in [(1, inputs), (2, outputs)] {
            for name in names.split_whitespace() {
                node.extend(bytes(field, name.as_bytes()));
            }
        }
        node.extend(bytes(3, outputs.as_bytes()));
        node.extend(bytes(4, operator.as_bytes()));
        for (name, attribute) in attributes {
            let values = match attribute {
                Int(value) => number(3, *value),
                Ints(values) => values.iter().flat_map(|&v| number(8, v)).collect(),
            };
            node.extend(bytes(5, &[bytes(1, name.as_bytes()), values].concat()));
        }
        self.with(1, &node)
    }

    /// A constant of integers.
    pub fn ints(self, name: &str, values: &[i64]) -> Written {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, 7, &[values.len()], &data)
    }

    /// A constant of one integer without an axis.
    pub fn scalar(self, name: &str, value: i64) -> Written {
        self.constant(name, 7, &[], &value.to_le_bytes())
    }

    /// A constant of floats.
    pub fn floats(self, name: &str, values: &Tensor<f64>) -> Written {
        let data: Vec<u8> = values.data().iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, 11, values.shape(), &data)
    }

    fn constant(self, name: &str, kind: i64, shape: &[usize], data: &[u8]) -> Written {
        let mut tensor: Vec<u8> = shape.iter().flat_map(|&n| number(1, n as i64)).collect();
        tensor.extend(number(2, kind));
        tensor.extend(bytes(8, name.as_bytes()));
        tensor.extend(bytes(9, data));
        self.with(5, &tensor)
    }

    fn with(mut self, field: u64, part: &[u8]) -> Written {
        self.graph.extend(bytes(field, part));
        self
    }

    /// The network of the graph, with operators of this version.
    pub fn load(self, opset: i64, options: &Options) -> Imported<f64> {
        let model = [bytes(7, &self.graph), bytes(8, &number(2, opset))].concat();
        parse(model, Path::new("written.onnx"), options).unwrap()
    }
}

/// A field that holds bytes.
fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let head = [varint(field << 3 | 2), varint(value.len() as u64)].concat();
    [&head, value].concat()
}

/// A field that holds an integer.
fn number(field: u64, value: i64) -> Vec<u8> {
    [varint(field << 3), varint(value as u64)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut found = Vec::new();
    while value >= 0x80 {
        found.push(value as u8 | 0x80);
        value >>= 7;
    }
    found.push(value as u8);
    found
}
