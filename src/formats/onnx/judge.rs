//! Whether a file may be an ONNX file, decided before all of it is read.

use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::open_regular;

/// The field of a model that holds its graph.
const GRAPH: u64 = 7;
/// After this many fields the file is taken for an ONNX file.
const ENOUGH: usize = 10_000;

/// Walks over the fields of the model without reading what they hold; what is wrong with them, if anything is.
///
/// # Errors
/// Where the file cannot be read.
pub fn judge(path: &Path) -> Result<std::result::Result<(), &'static str>> {
    let (file, length) = open_regular(path)?;
    let mut fields = Fields {
        file: BufReader::new(file),
        left: length,
    };
    let mut has_graph = false;
    for _ in 0..ENOUGH {
        match fields.next() {
            Ok(Some(number)) => has_graph |= number == GRAPH,
            Ok(None) if has_graph => return Ok(Ok(())),
            Ok(None) => return Ok(Err("it has no graph")),
            Err(Broken::Group) => return Ok(Ok(())),
            Err(Broken::Read(e)) => return Err(Error::io(path, "read", e)),
            Err(Broken::Damaged(problem)) => return Ok(Err(problem)),
        }
    }
    Ok(Ok(()))
}

/// Why a field is not passed over.
enum Broken {
    Read(std::io::Error),
    /// It is an old kind of message without a length, which nobody writes any more.
    Group,
    Damaged(&'static str),
}

/// The fields of a protobuf message in a file.
struct Fields {
    file: BufReader<std::fs::File>,
    left: u64,
}

impl Fields {
    /// Passes over a field; its number, or nothing at the end.
    fn next(&mut self) -> std::result::Result<Option<u64>, Broken> {
        if self.left == 0 {
            return Ok(None);
        }
        let tag = self.varint()?;
        match tag & 7 {
            0 => drop(self.varint()?),
            1 => self.skip(8)?,
            2 => {
                let length = self.varint()?;
                self.skip(length)?;
            }
            5 => self.skip(4)?,
            3 | 4 => return Err(Broken::Group),
            _ => return Err(Broken::Damaged("a field of a type that is none")),
        }
        match tag >> 3 {
            0 => Err(Broken::Damaged("a field without a number")),
            number => Ok(Some(number)),
        }
    }

    fn varint(&mut self) -> std::result::Result<u64, Broken> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            self.left = self
                .left
                .checked_sub(1)
                .ok_or(Broken::Damaged("it ends inside a number"))?;
            let mut byte = [0];
            self.file.read_exact(&mut byte).map_err(Broken::Read)?;
            value |= u64::from(byte[0] & 127) << shift;
            if byte[0] < 128 {
                return Ok(value);
            }
        }
        Err(Broken::Damaged("a number of more than 64 bits"))
    }

    fn skip(&mut self, length: u64) -> std::result::Result<(), Broken> {
        let left = self.left.checked_sub(length);
        self.left = left.ok_or(Broken::Damaged("a field that reaches beyond the file"))?;
        let length =
            i64::try_from(length).map_err(|_| Broken::Damaged("a field without an end"))?;
        self.file.seek_relative(length).map_err(Broken::Read)
    }
}
