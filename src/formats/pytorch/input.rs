//! The bytes of a pickle as its machine reads them.

use super::trouble::{Trouble, damaged};

/// What is left of the bytes.
pub(super) struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Trouble> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Trouble> {
        self.take(N)?.try_into().map_err(|_| short())
    }

    pub fn byte(&mut self) -> Result<u8, Trouble> {
        self.array().map(|[byte]| byte)
    }

    /// As many bytes as an N-byte count in front of them says.
    pub fn counted<const N: usize>(&mut self) -> Result<&'a [u8], Trouble> {
        let count = self.take(N)?;
        let count = count
            .iter()
            .rev()
            .try_fold(0usize, |n, b| Some(n.checked_mul(256)? + usize::from(*b)));
        self.take(count.ok_or_else(short)?)
    }

    pub fn line(&mut self) -> Result<&'a [u8], Trouble> {
        let end = self.0.iter().position(|b| *b == b'\n').ok_or_else(short)?;
        let line = self.take(end + 1)?;
        Ok(&line[..end])
    }
}

fn short() -> Trouble {
    damaged("its pickle is cut short")
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, Trouble> {
    std::str::from_utf8(bytes).map_err(|_| damaged("text that is not UTF-8"))
}
