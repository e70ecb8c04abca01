//! Pictures in a folder for each class, without a split: what a trained network is evaluated on.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::folder::{middle, pictures_of_classes};
use super::pixels::Pixels;
use crate::error::Result;
use crate::tensor::Tensor;

/// The pictures below a folder with a folder for each class. A class is the number that is its folder's name, where all
/// names are numbers, else the folder's place by name.
#[derive(Clone, Debug)]
pub struct ClassFolders {
    classes: usize,
    files: Vec<(PathBuf, usize)>,
}

impl ClassFolders {
    /// Those of `root`.
    ///
    /// # Errors
    /// Where it cannot be read, or holds no folders of pictures.
    pub fn of(root: &Path) -> Result<ClassFolders> {
        let files = pictures_of_classes(root)?;
        let classes = files.iter().map(|(_, class)| class + 1).max().unwrap_or(0);
        Ok(ClassFolders { classes, files })
    }

    /// How many classes the labels are of: one more than the largest.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many pictures.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The class of picture `i`.
    ///
    /// # Panics
    /// If there are not as many.
    #[track_caller]
    pub fn label(&self, i: usize) -> usize {
        self.files[i].1
    }

    /// The middles, of `side` pixels, of pictures `range`, their shorter sides shrunk to `resize` first; from 0 to 1,
    /// [N, 3, side, side].
    ///
    /// # Errors
    /// Where a picture cannot be read or is smaller.
    ///
    /// # Panics
    /// If there are not as many.
    #[track_caller]
    pub fn pictures(&self, range: Range<usize>, resize: usize, side: usize) -> Result<Tensor<f32>> {
        let shape = [range.len(), 3, side, side];
        let files = &self.files[range];
        let pictures: Vec<Vec<u8>> = (files.par_iter())
            .map(|(path, _)| middle(path, resize, side))
            .collect::<Result<_>>()?;
        let data = pictures.concat();
        Ok(Pixels { data, shape }.to_tensor())
    }
}
