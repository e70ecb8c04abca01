//! Arrays as NumPy `.npy` files, version 1.0, in C order.
//!
//! ```
//! use padgrad::npy;
//! use padgrad::tensor::Tensor;
//! let t = Tensor::from_vec(vec![1.0f32, 2.0, 3.0], &[3, 1]);
//! let bytes = npy::to_bytes(&t);
//! assert_eq!(npy::from_bytes::<f32>(&bytes, "t.npy").expect("its own bytes").data(), t.data());
//! ```

mod rows;

use std::path::Path;

use crate::error::{Error, Result};
use crate::files::{read_up_to, write_atomic};
use crate::tensor::half::{from_half, to_half};
use crate::tensor::{Element, Tensor};

pub use rows::Rows;

/// NumPy's name of half precision.
const HALF: &str = "<f2";
const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// The longest file that is read whole.
const LARGEST: u64 = 16 << 30;
/// Magic, two bytes of version and two bytes of header length.
const PREAMBLE: usize = 10;
/// NumPy pads the header so that the elements start at a multiple of this.
const ALIGNMENT: usize = 64;

/// An element type that `.npy` files of this crate can hold: `f32` or `f64`, little-endian.
pub trait NpyElement: Element {
    /// NumPy's name of the type, for example `<f4`.
    const DESCR: &'static str;
    /// Bytes per element.
    const SIZE: usize;
    /// Appends the element in little-endian order.
    fn push(self, bytes: &mut Vec<u8>);
    /// The element that is stored in `bytes`, of which there are `SIZE`.
    fn pull(bytes: &[u8]) -> Self;
}

macro_rules! npy_element {
    ($type:ty, $descr:literal) => {
        impl NpyElement for $type {
            const DESCR: &'static str = $descr;
            const SIZE: usize = size_of::<$type>();

            fn push(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn pull(bytes: &[u8]) -> $type {
                let mut raw = [0; size_of::<$type>()];
                raw.copy_from_slice(bytes);
                <$type>::from_le_bytes(raw)
            }
        }
    };
}
npy_element!(f32, "<f4");
npy_element!(f64, "<f8");

/// Writes `tensor` to `path`, whole or not at all.
///
/// # Errors
/// [`Error::Io`] if the system refuses.
pub fn write<T: NpyElement>(path: impl AsRef<Path>, tensor: &Tensor<T>) -> Result<()> {
    write_atomic(path, &to_bytes(tensor))
}

/// Reads the array in `path`.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::File`] if it is not a version 1.0 `.npy` file
/// of this element type, or of half precision for `f32`, in C order, or if its length does not fit its shape.
pub fn read<T: NpyElement>(path: impl AsRef<Path>) -> Result<Tensor<T>> {
    let path = path.as_ref();
    from_bytes(&read_up_to(path, LARGEST)?, path)
}

/// The `.npy` file of `tensor`.
pub fn to_bytes<T: NpyElement>(tensor: &Tensor<T>) -> Vec<u8> {
    let mut bytes = beginning(T::DESCR, tensor.shape());
    bytes.reserve(tensor.len() * T::SIZE);
    for &value in tensor.data() {
        value.push(&mut bytes);
    }
    bytes
}

/// The `.npy` file of `tensor` in half precision, which keeps three digits; `None` where a value is beyond it.
///
/// [`read`] and [`from_bytes`] read it as `f32`.
pub fn to_half_bytes(tensor: &Tensor<f32>) -> Option<Vec<u8>> {
    let mut bytes = beginning(HALF, tensor.shape());
    for &value in tensor.data() {
        bytes.extend_from_slice(&to_half(value)?.to_le_bytes());
    }
    Some(bytes)
}

/// Everything before the elements.
fn beginning(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': {}, }}",
        python_tuple(shape)
    );
    let unpadded = PREAMBLE + header.len() + 1;
    let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');

    let mut bytes = Vec::with_capacity(PREAMBLE + header.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    // A tensor of any rank that fits in memory has a header far below 64 KiB.
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes
}

/// The array in the bytes of a `.npy` file; `path` only names it in errors.
///
/// # Errors
/// [`Error::File`], as for [`read`].
pub fn from_bytes<T: NpyElement>(bytes: &[u8], path: impl AsRef<Path>) -> Result<Tensor<T>> {
    let path = path.as_ref();
    let header_end = header_end(bytes, path)?;
    let header = String::from_utf8_lossy(&bytes[PREAMBLE..header_end]);
    let half = T::DESCR == f32::DESCR && descr_of(&header) == HALF;
    let size = match half {
        true => check_order(&header, path).map(|()| size_of::<u16>())?,
        false => check_type::<T>(&header, path).map(|()| T::SIZE)?,
    };
    let shape = shape_of(&header, path)?;

    let elements = &bytes[header_end..];
    let needed = shape
        .iter()
        .try_fold(size, |size, &length| size.checked_mul(length));
    if needed != Some(elements.len()) {
        return Err(Error::file(
            path,
            format!(
                "holds {} bytes of elements, which do not fill the shape {shape:?} of {}",
                elements.len(),
                T::DTYPE
            ),
            "the file was cut short or changed; write it again",
        ));
    }
    let data = match half {
        true => {
            let (halves, _) = elements.as_chunks();
            let values = halves.iter().map(|b| from_half(u16::from_le_bytes(*b)));
            values.map(T::from_f64).collect()
        }
        false => elements.chunks_exact(T::SIZE).map(T::pull).collect(),
    };
    Ok(Tensor::from_vec(data, &shape))
}

/// Checks magic, version and header length; returns where the elements start.
fn header_end(bytes: &[u8], path: &Path) -> Result<usize> {
    if !bytes.starts_with(MAGIC) {
        return Err(Error::file(
            path,
            "is not a NumPy array: it does not start with \\x93NUMPY",
            "give a file written by numpy.save or by padgrad",
        ));
    }
    let cut = || Error::file(path, "ends inside its header", "write it again");
    let preamble: &[u8; PREAMBLE] = bytes.first_chunk().ok_or_else(cut)?;
    let (major, minor) = (preamble[6], preamble[7]);
    if (major, minor) != (1, 0) {
        return Err(Error::file(
            path,
            format!("is a .npy file of version {major}.{minor}; only 1.0 is read"),
            "save a plain array of float32 or float64 with numpy.save",
        ));
    }
    let end = PREAMBLE + usize::from(u16::from_le_bytes([preamble[8], preamble[9]]));
    if bytes.len() < end {
        return Err(cut());
    }
    Ok(end)
}

fn check_type<T: NpyElement>(header: &str, path: &Path) -> Result<()> {
    let descr = descr_of(header);
    if descr != T::DESCR {
        return Err(Error::file(
            path,
            format!(
                "holds elements of type {descr:?}, not {:?} ({})",
                T::DESCR,
                T::DTYPE
            ),
            format!("convert it with numpy: a.astype({:?})", T::DESCR),
        ));
    }
    check_order(header, path)
}

/// NumPy's name of the type.
fn descr_of(header: &str) -> &str {
    let descr = value_of(header, "descr").unwrap_or_default();
    descr.trim_matches(['\'', '"'])
}

fn check_order(header: &str, path: &Path) -> Result<()> {
    let order = value_of(header, "fortran_order").unwrap_or_default();
    if order != "False" {
        return Err(Error::file(
            path,
            format!("has fortran_order {order:?}; only C order is read"),
            "save numpy.ascontiguousarray(a) instead",
        ));
    }
    Ok(())
}

fn shape_of(header: &str, path: &Path) -> Result<Vec<usize>> {
    let unreadable = || {
        let problem = format!("has a header without a readable shape: {:?}", header.trim());
        Error::file(path, problem, "write it again with numpy.save")
    };
    let after = &header[header.find("'shape'").ok_or_else(unreadable)?..];
    let open = after.find('(').ok_or_else(unreadable)?;
    let close = after.find(')').ok_or_else(unreadable)?;
    let inside = after.get(open + 1..close).ok_or_else(unreadable)?;
    let lengths = inside.split(',').map(str::trim).filter(|l| !l.is_empty());
    lengths
        .map(|length| length.parse().map_err(|_| unreadable()))
        .collect()
}

/// The text between `'key':` and the next comma or brace; enough for all but the shape.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, after) = header.split_once(&format!("'{key}':"))?;
    let end = after.find([',', '}'])?;
    Some(after[..end].trim())
}

fn python_tuple(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => {
            let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
            format!("({})", lengths.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_with_header(header: &str, elements: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(elements);
        bytes
    }

    #[test]
    fn bytes_are_as_numpy_writes_them() {
        let bytes = to_bytes(&Tensor::from_vec(vec![1.0f32, -2.0], &[1, 2]));
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(bytes[10..].starts_with(text.as_bytes()));
        assert_eq!(bytes[127], b'\n');
        assert_eq!(&bytes[128..], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    }

    #[test]
    fn a_round_trip_keeps_every_bit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.npy");
        let values = vec![0.1f64, f64::NAN, -0.0, f64::INFINITY, 1e-310, 7.0];
        for shape in [&[6][..], &[2, 3], &[1, 3, 2]] {
            write(&path, &Tensor::from_vec(values.clone(), shape)).expect("a write");
            let back = read::<f64>(&path).expect("a read");
            assert_eq!(back.shape(), shape);
            let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(back.data()), bits(&values));
        }
        write(&path, &Tensor::scalar(3.5f32)).expect("a write");
        assert_eq!(read::<f32>(&path).expect("a read").item(), 3.5);
    }

    #[test]
    fn half_precision_takes_half_the_room_and_is_read_as_f32() {
        let values = vec![0.0f32, -0.5, 1.0 / 3.0, 65504.0];
        let tensor = Tensor::from_vec(values.clone(), &[2, 2]);
        let bytes = to_half_bytes(&tensor).expect("values in reach");
        assert_eq!(bytes.len(), to_bytes(&tensor).len() - 8);
        let back = from_bytes::<f32>(&bytes, "a.npy").expect("a file");
        assert_eq!(back.shape(), [2, 2]);
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= b.abs() / 2048.0;
        assert!(back.data().iter().zip(&values).all(near), "{back:?}");
        assert!(from_bytes::<f64>(&bytes, "a.npy").is_err());
        assert_eq!(to_half_bytes(&Tensor::scalar(1e6)), None);
    }

    #[test]
    fn a_header_written_by_hand_is_read() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
        let bytes = file_with_header(header, &[0, 0, 0, 0x3f, 0, 0, 0x80, 0xbf]);
        let tensor = from_bytes::<f32>(&bytes, "a.npy").expect("a valid file");
        assert_eq!(tensor.data(), [0.5, -1.0]);
    }

    #[test]
    fn what_is_wrong_is_named_with_a_remedy() {
        let good = to_bytes(&Tensor::from_vec(vec![1.0f32, 2.0], &[2]));
        let header = |descr, order, shape| {
            let text =
                format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}}}");
            file_with_header(&text, &[0; 8])
        };
        let huge = "(18446744073709551615, 2)";
        let mut version_two = good.clone();
        version_two[6] = 2;
        let cases = [
            ("not numpy", b"PNG".to_vec(), "\\x93NUMPY"),
            ("empty", Vec::new(), "\\x93NUMPY"),
            (
                "cut in the preamble",
                good[..8].to_vec(),
                "inside its header",
            ),
            (
                "cut in the header",
                good[..40].to_vec(),
                "inside its header",
            ),
            (
                "cut in the elements",
                good[..good.len() - 1].to_vec(),
                "cut short",
            ),
            ("version 2", version_two, "version 2.0"),
            (
                "wrong type",
                header("<f8", "False", "(1,)"),
                "astype(\"<f4\")",
            ),
            ("big-endian", header(">f4", "False", "(2,)"), "\">f4\""),
            (
                "fortran",
                header("<f4", "True", "(2,)"),
                "ascontiguousarray",
            ),
            ("no shape", header("<f4", "False", "two"), "readable shape"),
            (
                "negative",
                header("<f4", "False", "(-2,)"),
                "readable shape",
            ),
            ("overflow", header("<f4", "False", huge), "do not fill"),
        ];
        for (name, bytes, expected) in cases {
            let error = from_bytes::<f32>(&bytes, "some.npy").expect_err(name);
            let message = error.to_string();
            assert!(message.starts_with("some.npy: "), "{name}: {message}");
            assert!(message.contains(expected), "{name}: {message}");
        }
    }
}
