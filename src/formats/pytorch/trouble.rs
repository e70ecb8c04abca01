//! Why a file cannot be read.

/// Why a file of PyTorch cannot be read; the text completes "it holds …" or says what is wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is not whole.
    Damaged(String),
    /// It may be whole, and holds more than weights.
    Refused(String),
}

/// The trouble with a file that is not whole.
pub(super) fn damaged(what: impl Into<String>) -> Trouble {
    Trouble::Damaged(what.into())
}
