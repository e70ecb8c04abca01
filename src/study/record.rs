//! What a measurement leaves in a run folder: rows, patterns, and the files that hold them.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use super::csv;
use super::folder::RunFolder;
use super::results::{Layer, PatternFile, Results, Row};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::files::Content;
use crate::nn::LayerInfo;
use crate::ppp::{Frame, LayerMeasurement, Measurement, Metrics, Region};
use crate::rng::Seed;
use crate::statistics::Measured;
use crate::tensor::Tensor;

/// What stands in place of a layer's name where an image is kept.
const EXAMPLE: &str = "input";
/// How many channels a heatmap of `patterns/` shows.
const CHANNELS_SHOWN: usize = 16;

/// Which network was measured, and when in its training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The padding that it was trained under.
    pub scheme: String,
    /// Its seed.
    pub seed: u64,
    /// `init`, `step-8`, `epoch-3` or `final`.
    pub stage: String,
    /// Epochs and steps of training so far.
    pub epoch: usize,
    /// Steps of training so far.
    pub step: u64,
}

/// Where the random paddings of a measurement draw from: the network's own seed.
pub fn measuring_seed(seed: u64) -> Seed {
    Seed(seed).child("measure")
}

impl Moment {
    /// The rows of some metrics of `layer` as a whole.
    pub fn rows<'m, M: Display + 'm>(
        &self,
        layer: &str,
        metrics: impl IntoIterator<Item = &'m (M, Measured)>,
    ) -> Vec<Row> {
        let row = |(metric, found): &(M, _)| self.row(layer, metric, Region::Whole, found);
        metrics.into_iter().map(row).collect()
    }

    /// The rows of everything that was measured of `layer` and of the parts of its map.
    fn rows_of_parts(&self, layer: &str, metrics: &Metrics) -> Vec<Row> {
        let all = metrics.iter();
        all.map(|(of, found)| self.row(layer, of.metric, of.region, found))
            .collect()
    }

    /// The row of one metric of `layer`, over a part of its map.
    pub fn row(&self, layer: &str, metric: impl Display, region: Region, found: &Measured) -> Row {
        Row {
            scheme: self.scheme.clone(),
            under: None,
            seed: self.seed,
            stage: self.stage.clone(),
            epoch: self.epoch,
            step: self.step,
            layer: layer.to_string(),
            metric: metric.to_string(),
            region,
            images: None,
            value: found.value,
            lo: found.lo,
            hi: found.hi,
        }
    }

    /// What is noted of a layer of the network that is measured.
    pub fn layer(&self, layer: LayerInfo) -> Layer {
        Layer {
            scheme: self.scheme.clone(),
            name: layer.name,
            shape: layer.shape,
        }
    }

    /// The same of a layer that was measured.
    pub fn measured(&self, layer: &LayerMeasurement) -> Layer {
        Layer {
            scheme: self.scheme.clone(),
            name: layer.name.clone(),
            shape: shape_of(&layer.pattern),
        }
    }

    /// The rows of everything that was measured: the output first, then layer by layer.
    pub fn all_rows(&self, found: &Measurement) -> Vec<Row> {
        let mut rows = self.rows_of_parts("output", &found.impact);
        let layers = found.layers.iter();
        rows.extend(layers.flat_map(|layer| self.rows_of_parts(&layer.name, &layer.metrics)));
        rows
    }

    /// Writes the pattern of a layer as `stem.npy` and, where it is to be `pictured` and pictures are drawn, as
    /// `stem.png`.
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
        let channels = pictured.then_some(CHANNELS_SHOWN);
        self.write(folder, stem, &layer.name, &layer.pattern, channels)
    }

    /// Writes any map of `layer`, with a picture of at most `channels` of its channels.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(
        &self,
        folder: &RunFolder,
        stem: &str,
        layer: &str,
        pattern: &Tensor<f32>,
        channels: Option<usize>,
    ) -> Result<PatternFile> {
        let (npy, png, sha256) = folder.write_pattern(stem, pattern, channels)?;
        Ok(PatternFile {
            scheme: self.scheme.clone(),
            seed: self.seed,
            stage: self.stage.clone(),
            epoch: self.epoch,
            layer: layer.to_string(),
            shape: shape_of(pattern),
            images: None,
            margin: None,
            npy,
            png,
            sha256,
            binding: String::new(),
        })
    }

    /// Writes a frame of a pattern's convergence as `stem.npy`.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_frame(
        &self,
        folder: &RunFolder,
        stem: &str,
        frame: &Frame,
    ) -> Result<PatternFile> {
        let written = self.write(folder, stem, &frame.layer, &frame.pattern, None)?;
        Ok(PatternFile {
            images: Some(frame.images),
            ..written
        })
    }
}

impl Moment {
    /// Writes the first image that was measured with its true surroundings, in values from 0 to 1, as `stem.npy`;
    /// `None` where the network needs no surroundings.
    ///
    /// # Errors
    /// Where the image cannot be read, or the folder cannot be written.
    pub fn write_example(
        &self,
        folder: &RunFolder,
        stem: &str,
        data: &Dataset,
        margin: usize,
    ) -> Result<Option<PatternFile>> {
        if margin == 0 {
            return Ok(None);
        }
        let image = data.wide(0..1, margin)?.images;
        let [_, channels, height, width] = image.shape() else {
            return Ok(None);
        };
        let plane = height * width;
        let seen = image.data().iter().enumerate();
        let seen = seen.map(|(i, v)| v * data.std[i / plane] + data.mean[i / plane]);
        let seen = Tensor::from_vec(seen.collect(), &[*channels, *height, *width]);
        let written = self.write(folder, stem, EXAMPLE, &seen, None)?;
        Ok(Some(PatternFile {
            images: Some(1),
            margin: Some(margin),
            ..written
        }))
    }
}

/// The rows as values over this number of images.
pub fn over(images: usize, mut rows: Vec<Row>) -> Vec<Row> {
    rows.iter_mut().for_each(|row| row.images = Some(images));
    rows
}

/// The shape [C, h, w] of a pattern.
fn shape_of(pattern: &Tensor<f32>) -> [usize; 3] {
    let shape = pattern.shape();
    std::array::from_fn(|axis| shape.get(axis).copied().unwrap_or(1))
}

/// Writes `results.json` and `results.csv`, which always hold the same.
///
/// # Errors
/// Where the folder cannot be written; both files are then as they were.
pub fn write_results(folder: &RunFolder, results: &Results) -> Result<()> {
    write_results_and(folder, results, &|file| {
        write_rows(file, results, &results.rows)
    })
}

/// The same with a `results.csv` of all rows, which `rest` writes after its first line.
///
/// # Errors
/// As [`write_results`], and those of `rest`.
pub fn write_results_and(folder: &RunFolder, results: &Results, rest: Content) -> Result<()> {
    folder.write_together([
        ("results.json", &|file| in_lines(results, file)),
        ("results.csv", &|file| {
            file.write_all(csv::RESULTS.as_bytes())?;
            rest(file)
        }),
    ])
}

/// Writes the lines that `results.csv` has of some rows.
///
/// # Errors
/// Where the system refuses.
pub fn write_rows(file: &mut dyn Write, results: &Results, rows: &[Row]) -> io::Result<()> {
    const AT_ONCE: usize = 1 << 12;
    let mut parts = rows.chunks(AT_ONCE);
    parts.try_for_each(|part| file.write_all(csv::results_lines(results, part).as_bytes()))
}

/// A value as JSON in which every entry of a list of its own, such as a row, is one line: no longer than it must be, and
/// still for people to read and to compare.
fn in_lines(value: &impl Serialize, file: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *file, Lines { depth: 0 });
    value.serialize(&mut serializer)?;
    file.write_all(b"\n")
}

/// Breaks lines before the keys of the outermost object and before the entries of lists in it.
struct Lines {
    depth: usize,
}

impl Lines {
    fn separate<W: ?Sized + Write>(
        &self,
        writer: &mut W,
        first: bool,
        depth: usize,
    ) -> io::Result<()> {
        let comma: &[u8] = if first { b"" } else { b"," };
        writer.write_all(comma)?;
        match self.depth <= depth {
            true => writer.write_all(b"\n"),
            false => Ok(()),
        }
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first, 2)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first, 1)
    }
}

/// Whether the features of every measured layer are finite.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::results::RunKind;

    #[test]
    fn every_row_of_results_is_a_line() {
        let mut results = Results::new(RunKind::Study, "padgrad study", 40);
        results.rows = vec![Row::default(); 3];
        let mut bytes = Vec::new();
        in_lines(&results, &mut bytes).expect("JSON");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let row = serde_json::to_string(&Row::default()).expect("JSON");
        assert_eq!(text.matches(&format!("\n{row}")).count(), 3, "{text}");
        let back: Results = serde_json::from_str(&text).expect("results");
        assert_eq!(back, results);
    }
}
