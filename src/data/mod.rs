//! data
pub mod canvas;
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels { pub data: Vec<u8>, pub shape: [usize;4] }
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled { pub images: Pixels, pub labels: Vec<usize> }
