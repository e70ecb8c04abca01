//! Arrays that are larger than memory, read a few rows at a time.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{NpyElement, PREAMBLE, check_type, header_end, shape_of};
use crate::error::{Error, Result};
use crate::files::open_regular;
use crate::tensor::Tensor;

/// The longest header that version 1.0 can have, with what stands before it.
const LONGEST_HEADER: usize = PREAMBLE + u16::MAX as usize;

/// A `.npy` file that is read along its first axis; elements of `<f4` and `<f8` come as f64.
#[derive(Debug)]
pub struct Rows {
    path: PathBuf,
    file: BufReader<File>,
    shape: Vec<usize>,
    double: bool,
}

impl Rows {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Where it cannot be read, is no version 1.0 `.npy` file of such elements in C order, or is not as long as its
    /// shape says.
    pub fn open(path: impl AsRef<Path>) -> Result<Rows> {
        let path = path.as_ref().to_path_buf();
        let fail = |source| Error::io(&path, "read", source);
        let (mut file, length) = open_regular(&path)?;
        let mut start = Vec::new();
        let mut beginning = (&mut file).take(LONGEST_HEADER as u64);
        beginning.read_to_end(&mut start).map_err(fail)?;
        let end = header_end(&start, &path)?;
        let header = String::from_utf8_lossy(&start[PREAMBLE..end]).into_owned();
        let double = check_type::<f64>(&header, &path).is_ok();
        if !double {
            check_type::<f32>(&header, &path)?;
        }
        let shape = shape_of(&header, &path)?;
        let size = if double { f64::SIZE } else { f32::SIZE };
        let bytes = shape.iter().try_fold(size, |n, side| n.checked_mul(*side));
        if bytes.and_then(|n| n.checked_add(end)).map(|n| n as u64) != Some(length) {
            let problem = format!("{length} bytes do not fill the shape {shape:?}");
            return Err(Error::file(
                &path,
                problem,
                "it was cut short or changed; write it again",
            ));
        }
        file.seek(SeekFrom::Start(end as u64)).map_err(fail)?;
        Ok(Rows {
            file: BufReader::new(file),
            path,
            shape,
            double,
        })
    }

    /// The shape of the whole array.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The next `count` rows, which must be there.
    ///
    /// # Errors
    /// Where they cannot be read, or hold a value that is not finite.
    pub fn next(&mut self, count: usize) -> Result<Tensor<f64>> {
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = count;
        }
        let size = if self.double { f64::SIZE } else { f32::SIZE };
        let mut bytes = vec![0; shape.iter().product::<usize>() * size];
        let read = self.file.read_exact(&mut bytes);
        read.map_err(|source| Error::io(&self.path, "read", source))?;
        let values = bytes.chunks_exact(size);
        let values: Vec<f64> = match self.double {
            true => values.map(f64::pull).collect(),
            false => values.map(|b| f64::from(f32::pull(b))).collect(),
        };
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(Tensor::from_vec(values, &shape)),
            false => Err(Error::file(
                &self.path,
                "it holds a value that is not finite",
                "write activations that are",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_whole_array() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.npy");
        let values: Vec<f32> = (0..30).map(|v| v as f32 / 4.0).collect();
        super::super::write(&path, &Tensor::from_vec(values, &[5, 2, 3])).expect("written");
        let mut rows = Rows::open(&path).expect("a file");
        assert_eq!(rows.shape(), [5, 2, 3]);
        assert_eq!(rows.next(2).expect("rows").shape(), [2, 2, 3]);
        let last = rows.next(3).expect("rows");
        assert_eq!((last.data()[0], last.data()[17]), (3.0, 7.25));
        let bytes = std::fs::read(&path).expect("bytes");
        for cut in [0, 5, 20, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).expect("written");
            let error = Rows::open(&path).expect_err("cut short").to_string();
            assert!(error.contains("a.npy") && !error.contains('\n'), "{error}");
        }
    }
}
