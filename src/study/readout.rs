//! How PosENet reads a network: its settings, checked, and its readouts on a data set.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::feasible::check_count;
use crate::autodiff::{Var, ops};
use crate::data::{Dataset, epoch_order};
use crate::error::{Error, Result};
use crate::probes::posenet::{Frozen, Reading, ReadoutOptions, grid_side, read_out};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Deeper readouts have no map left on images of any size that is read here.
const DEEPEST: usize = 13;
/// A 3×3 window beyond two pixels of padding sees nothing but padding.
const WIDEST_PADDING: usize = 2;

/// The readings of all tapped layers together, or of the one named.
pub type OfLayers = (Option<String>, Vec<Reading>);

/// How networks are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadoutConfig {
    /// Training images of the readouts.
    pub readout_images: usize,
    /// Test images on which they are scored.
    pub images: usize,
    /// Passes over the readouts' training images.
    pub readout_epochs: usize,
    /// Convolutions of a readout.
    pub readout_depth: usize,
    /// Zeros around the input of each convolution of a readout, per side.
    pub readout_padding: usize,
    /// Whether every tapped layer is also read by itself.
    pub per_layer: bool,
}

impl Default for ReadoutConfig {
    fn default() -> ReadoutConfig {
        ReadoutConfig {
            readout_images: 2000,
            images: 500,
            readout_epochs: 15,
            readout_depth: 1,
            readout_padding: 0,
            per_layer: false,
        }
    }
}

impl ReadoutConfig {
    /// Checks the counts on their own.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn validate(&self) -> Result<()> {
        check_count("readout_depth", self.readout_depth, 1, DEEPEST)?;
        check_count("readout_padding", self.readout_padding, 0, WIDEST_PADDING)?;
        check_count("readout_epochs", self.readout_epochs, 1, 100_000)?;
        check_count("readout_images", self.readout_images, 2, usize::MAX)?;
        check_count("images", self.images, 1, usize::MAX)
    }

    /// Checks the counts against a data set.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn check_data(&self, data: &Dataset) -> Result<()> {
        if data.overlapping_subsets() {
            return Err(Error::usage(
                &data.name,
                "pictures without classes serve training and test, and subsets of them may share some",
                "leave the numbers of training and test images out, or sort the pictures into classes",
            ));
        }
        let shared = usize::from(data.tests_on_training_images());
        check_count(
            "readout_images",
            self.readout_images,
            2,
            data.train.len() - shared,
        )?;
        let left = data.test.len() - shared * self.readout_images;
        check_count("images", self.images, 1, left)?;
        let side = grid_side(data.height);
        // Without padding each convolution takes a pixel per side; with any, the map does not shrink.
        let needed = match self.readout_padding {
            0 => 2 * self.readout_depth + 1,
            _ => 1,
        };
        if side >= needed {
            return Ok(());
        }
        Err(Error::usage(
            "readout_depth",
            format!(
                "a readout of {} layers needs maps of {needed}×{needed}, and images of {} pixels \
                 give {side}×{side}",
                self.readout_depth, data.height
            ),
            "use a shallower readout or larger images",
        ))
    }

    /// Trains and scores the readouts of all targets on the features of all tapped layers together.
    ///
    /// # Errors
    /// Where the network does not fit the images or a readout diverges.
    pub fn read(&self, frozen: &Frozen, data: &Dataset, seed: u64) -> Result<Vec<Reading>> {
        self.read_out(&self.features(frozen, data)?, data.height, seed)
    }

    /// The same, and, where that is asked for, of every tapped layer by itself under its name.
    ///
    /// # Errors
    /// As [`ReadoutConfig::read`].
    pub fn read_all(&self, frozen: &Frozen, data: &Dataset, seed: u64) -> Result<Vec<OfLayers>> {
        let features = self.features(frozen, data)?;
        let mut found = vec![(None, self.read_out(&features, data.height, seed)?)];
        if self.per_layer {
            for (tap, range) in frozen.channels()? {
                let own = features.each_ref().map(|all| channels(all, range.clone()));
                found.push((Some(tap), self.read_out(&own, data.height, seed)?));
            }
        }
        Ok(found)
    }

    /// What the readouts are trained on, and what they are scored on.
    fn features(&self, frozen: &Frozen, data: &Dataset) -> Result<[Tensor<f32>; 2]> {
        let order = match data.tests_on_training_images() {
            true => epoch_order(data.train.len(), Seed(0).child("posenet split"), 0),
            false => (0..data.train.len()).collect(),
        };
        let trained = |indices: &[usize]| Ok(data.train_batch(indices, None, Seed(0))?.0);
        let training = frozen.features(self.readout_images, |range| trained(&order[range]))?;
        let behind = &order[self.readout_images..];
        let held_out =
            frozen.features(self.images, |range| match data.tests_on_training_images() {
                true => trained(&behind[range]),
                false => Ok(data.test_batch(range)?.0),
            })?;
        Ok([training, held_out])
    }

    fn read_out(
        &self,
        features: &[Tensor<f32>; 2],
        side: usize,
        seed: u64,
    ) -> Result<Vec<Reading>> {
        let options = ReadoutOptions {
            depth: self.readout_depth,
            padding: self.readout_padding,
            epochs: self.readout_epochs,
            ..ReadoutOptions::default()
        };
        let [training, held_out] = features;
        read_out(
            training,
            held_out,
            side,
            &options,
            Seed(seed).child("posenet"),
        )
    }
}

/// Channels `range` of features [N, C, g, g].
fn channels(features: &Tensor<f32>, range: Range<usize>) -> Tensor<f32> {
    let features = Var::constant(features.clone());
    ops::narrow(&features, 1, range.start, range.len()).into_value()
}
