//! What a measurement leaves in a run folder: rows, patterns, and the files that hold them.

use std::fmt::Display;

use super::output::{RunFolder, to_json};
use crate::error::{Error, Result};
use crate::npy;
use crate::ppp::{Frame, LayerMeasurement, Measurement};
use crate::report::heatmap;
use crate::statistics::Measured;
use crate::study::csv;
use crate::study::results::{PatternFile, Results, Row};
use crate::tensor::Tensor;

/// How many channels a heatmap of `patterns/` shows.
const CHANNELS_SHOWN: usize = 16;

/// Which network was measured, and when in its training.
pub struct Moment {
    pub scheme: String,
    pub seed: u64,
    pub stage: String,
    pub epoch: usize,
    pub step: u64,
}

impl Moment {
    /// The rows of some metrics of `layer`.
    pub fn rows<'m, M: Display + 'm>(
        &self,
        layer: &str,
        metrics: impl IntoIterator<Item = &'m (M, Measured)>,
    ) -> Vec<Row> {
        let row = |(metric, measured): &(M, Measured)| Row {
            scheme: self.scheme.clone(),
            under: None,
            seed: self.seed,
            stage: self.stage.clone(),
            epoch: self.epoch,
            step: self.step,
            layer: layer.to_string(),
            metric: metric.to_string(),
            value: measured.value,
            lo: measured.lo,
            hi: measured.hi,
        };
        metrics.into_iter().map(row).collect()
    }

    /// The rows of everything that was measured: the output first, then layer by layer.
    pub fn all_rows(&self, found: &Measurement) -> Vec<Row> {
        let mut rows = self.rows("output", found.impact.iter());
        let layers = found.layers.iter();
        rows.extend(layers.flat_map(|layer| self.rows(&layer.name, layer.metrics.iter())));
        rows
    }

    /// Writes the pattern of a layer as `stem.npy` and, where it is to be `pictured`, as `stem.png`.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_pattern(
        &self,
        folder: &RunFolder,
        stem: &str,
        layer: &LayerMeasurement,
        pictured: bool,
    ) -> Result<PatternFile> {
        let npy = format!("{stem}.npy");
        npy::write(folder.file(&npy)?, &layer.pattern)?;
        let mut png = String::new();
        if pictured {
            png = format!("{stem}.png");
            let picture = heatmap::channels_picture(&layer.pattern, CHANNELS_SHOWN)?;
            folder.write(&png, &picture.png)?;
        }
        Ok(PatternFile {
            scheme: self.scheme.clone(),
            seed: self.seed,
            stage: self.stage.clone(),
            epoch: self.epoch,
            layer: layer.name.clone(),
            shape: pattern_shape(layer),
            images: None,
            npy,
            png,
        })
    }

    /// Writes a frame of the clearing mist as `stem.npy`.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_frame(
        &self,
        folder: &RunFolder,
        stem: &str,
        frame: &Frame,
    ) -> Result<PatternFile> {
        let npy = format!("{stem}.npy");
        npy::write(folder.file(&npy)?, &frame.pattern)?;
        Ok(PatternFile {
            scheme: self.scheme.clone(),
            seed: self.seed,
            stage: self.stage.clone(),
            epoch: self.epoch,
            layer: frame.layer.clone(),
            shape: shape_of(&frame.pattern),
            images: Some(frame.images),
            npy,
            png: String::new(),
        })
    }
}

/// The shape [C, h, w] of a layer's pattern.
pub fn pattern_shape(layer: &LayerMeasurement) -> [usize; 3] {
    shape_of(&layer.pattern)
}

fn shape_of(pattern: &Tensor<f32>) -> [usize; 3] {
    let shape = pattern.shape();
    std::array::from_fn(|axis| shape.get(axis).copied().unwrap_or(1))
}

/// Writes `results.json` and `results.csv`, which never tell different stories.
///
/// # Errors
/// Where the folder cannot be written; both files are then as they were.
pub fn write_results(folder: &RunFolder, results: &Results) -> Result<()> {
    folder.write_together(&[
        ("results.json", to_json(results)?.as_bytes()),
        ("results.csv", csv::results_csv(results).as_bytes()),
    ])
}

/// Whether the features of every measured layer are numbers at all.
///
/// # Errors
/// Where some are not; the error names the first layer.
pub fn check_finite(found: &Measurement) -> Result<()> {
    match found.layers.iter().find(|l| !l.pattern.is_finite()) {
        None => Ok(()),
        Some(layer) => Err(Error::invalid(
            format!("layer {}", layer.name),
            "its features are not finite, so there is nothing to measure",
            "check the network's weights and the values of the padding",
        )),
    }
}
