//! The network that is read, frozen, and the features that it gives.

use std::ops::Range;

use crate::autodiff::{Var, ops};
use crate::error::{Error, Result};
use crate::nn::{Feature, Kind, LayerInfo, Mode, Model, Planted};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::train::Pass;

/// Images of one pass.
const BATCH: usize = 50;
/// The most bytes of features that are kept at once; more is taken for a mistake.
const MOST_BYTES: usize = 4 << 30;
/// The side of the map to which the features are resized, for large images.
const LARGEST_GRID: usize = 28;

/// The side to which the features of images of `side` pixels are resized: a quarter of it, at most 28.
pub fn grid_side(side: usize) -> usize {
    (side / 4).min(LARGEST_GRID)
}

/// The layers that are read: the outputs of the stages of a residual network, `layer1` to `layer4`, or
/// else every activation in front of a pool.
///
/// # Errors
/// Where the network has no such layer.
pub fn taps(model: &Model<f32>) -> Result<Vec<String>> {
    let layers = model.layers()?;
    let is_stage = |l: &&LayerInfo| {
        let number = l.name.strip_prefix("layer").map(str::parse::<usize>);
        matches!(l.kind, Kind::Composition | Kind::Join) && matches!(number, Some(Ok(_)))
    };
    let stages: Vec<String> = layers
        .iter()
        .filter(is_stage)
        .map(|l| l.name.clone())
        .collect();
    if !stages.is_empty() {
        return Ok(stages);
    }
    let simple: Vec<&LayerInfo> = layers
        .iter()
        .filter(|l| l.kind != Kind::Composition)
        .collect();
    let last_of_stage = simple
        .windows(2)
        .filter(|pair| pair[0].kind == Kind::Activation && pair[1].kind == Kind::Pool);
    let taps: Vec<String> = last_of_stage.map(|pair| pair[0].name.clone()).collect();
    if taps.is_empty() {
        return Err(Error::invalid(
            "the network to be read",
            "it has no activation in front of a pool",
            "use small, a VGG or a ResNet",
        ));
    }
    Ok(taps)
}

/// A frozen network in evaluation, or the image alone.
#[derive(Clone, Copy)]
pub struct Frozen<'a> {
    /// The network; without one the image itself is what is read.
    pub model: Option<&'a Model<f32>>,
    /// Where random paddings draw from.
    pub seed: Seed,
    /// A signal added to one of its layers.
    pub planted: Option<&'a Planted<f32>>,
}

impl<'a> Frozen<'a> {
    /// The control: no network at all.
    pub fn image_alone() -> Frozen<'a> {
        Frozen {
            model: None,
            seed: Seed(0),
            planted: None,
        }
    }

    /// The tapped layers with their channels among the features; none for the image alone.
    ///
    /// # Errors
    /// Where the network has no layer to be read.
    pub fn channels(&self) -> Result<Vec<(String, Range<usize>)>> {
        let Some(model) = self.model else {
            return Ok(Vec::new());
        };
        let layers = model.layers()?;
        let mut end = 0;
        let of_tap = |tap: String| {
            let layer = layers.iter().find(|l| l.name == tap);
            let start = end;
            end += layer.map_or(0, |l| l.shape[0]);
            (tap, start..end)
        };
        Ok(taps(model)?.into_iter().map(of_tap).collect())
    }

    /// What the readout gets of `count` images that `images` gives for a range of indices.
    ///
    /// Every tapped map is resized with aligned corners to g×g, g the [`grid_side`] of the images, and all
    /// are concatenated along the channels.
    ///
    /// # Shapes
    /// Images [N, C, S, S] to [count, ΣC, g, g].
    ///
    /// # Errors
    /// Where the images are too small, or the features too many to be kept.
    pub fn features(
        &self,
        count: usize,
        mut images: impl FnMut(Range<usize>) -> Result<Tensor<f32>>,
    ) -> Result<Tensor<f32>> {
        let taps = self.model.map_or(Ok(Vec::new()), taps)?;
        let mut all: Vec<f32> = Vec::new();
        let mut shape = [count, 0, 0, 0];
        for start in (0..count).step_by(BATCH) {
            let end = (start + BATCH).min(count);
            let features = self.pass(images(start..end)?, start, &taps)?;
            let [_, channels, height, width] = features.nchw("posenet");
            shape = [count, channels, height, width];
            check_memory(count, channels * height * width)?;
            all.extend_from_slice(features.data());
        }
        Ok(Tensor::from_vec(all, &shape))
    }

    fn pass(&self, images: Tensor<f32>, first: usize, taps: &[String]) -> Result<Tensor<f32>> {
        let [_, _, side, _] = images.nchw("posenet");
        let grid = [grid_side(side).max(1); 2];
        let Some(model) = self.model else {
            let resized = ops::resize_bilinear(&Var::constant(images), grid, true);
            return Ok(resized.into_value());
        };
        let mut maps = Vec::with_capacity(taps.len());
        let mut tap = |_: &str, feature: &Feature<f32>| {
            maps.push(ops::resize_bilinear(&feature.on_grid(), grid, true));
        };
        let wanted = |name: &str| taps.iter().any(|tap| tap == name);
        let pass = Pass {
            seed: self.seed,
            first_sample: first,
            planted: self.planted,
        };
        // The tap must not outlive the maps it fills, so the context lives in this statement.
        model.forward(
            Feature::images(Var::constant(images)),
            &mut pass
                .over(&model.state, Mode::Eval)
                .tap(&mut tap)
                .only(&wanted),
        )?;
        let maps: Vec<&Var<f32>> = maps.iter().collect();
        Ok(ops::concat(&maps, 1).into_value())
    }
}

fn check_memory(count: usize, features: usize) -> Result<()> {
    let bytes = count
        .saturating_mul(features)
        .saturating_mul(size_of::<f32>());
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::usage(
        "readout images",
        format!(
            "the features of {count} images take {:.1} GiB",
            bytes as f64 / (1u64 << 30) as f64
        ),
        "use fewer or smaller images",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::models;
    use crate::padding::Padding;

    fn model(arch: &str, side: usize) -> Model<f32> {
        let architecture = models::find(arch).expect("an architecture");
        let padding = Padding::parse("zeros").expect("a padding");
        architecture
            .build([3, side, side], 10, padding, Seed(1))
            .expect("a network")
    }

    #[test]
    fn the_last_activation_of_every_stage_is_read() {
        let names = |arch| taps(&model(arch, 32)).expect("taps");
        assert_eq!(names("small"), ["features.5", "features.12", "features.16"]);
        let vgg16 = [
            "features.3",
            "features.8",
            "features.15",
            "features.22",
            "features.29",
        ];
        assert_eq!(names("vgg16"), vgg16);
    }

    #[test]
    fn features_do_not_depend_on_how_many_are_read_at_once() {
        let model = model("small", 16);
        let frozen = Frozen {
            model: Some(&model),
            ..Frozen::image_alone()
        };
        let pixels = Tensor::randn(&[53, 3, 16, 16], &mut Seed(2).rng());
        let all = frozen
            .features(53, |range| Ok(pixels.rows(range)))
            .expect("features");
        assert_eq!(all.shape(), [53, 32 + 64 + 128, 4, 4]);
        let channels = frozen.channels().expect("channels");
        let ranges: Vec<Range<usize>> = channels.into_iter().map(|(_, range)| range).collect();
        assert_eq!(ranges, [0..32, 32..96, 96..224]);
        let one = frozen
            .features(1, |_| Ok(pixels.rows(52..53)))
            .expect("features");
        assert_eq!(all.rows(52..53), one);
        let image = Frozen::image_alone().features(2, |range| Ok(pixels.rows(range)));
        // Corners stay where they are when corners are aligned.
        let image = image.expect("an image");
        assert_eq!(image.at(&[1, 2, 3, 3]), pixels.at(&[1, 2, 15, 15]));
    }

    #[test]
    fn a_planted_signal_reaches_the_layers_behind_it_alone() {
        let model = model("small", 16);
        let signal = Planted {
            layer: "features.12".into(),
            pattern: Tensor::ones(&[64, 8, 8]),
        };
        let pixels = Tensor::randn(&[2, 3, 16, 16], &mut Seed(2).rng());
        let read = |planted| {
            let frozen = Frozen {
                model: Some(&model),
                planted,
                ..Frozen::image_alone()
            };
            frozen
                .features(2, |range| Ok(pixels.rows(range)))
                .expect("features")
        };
        let (plain, planted) = (read(None), read(Some(&signal)));
        let part = |t: &Tensor<f32>, range: Range<usize>| {
            t.rows(0..1).data()[range.start * 16..range.end * 16].to_vec()
        };
        assert_eq!(part(&plain, 0..32), part(&planted, 0..32));
        let raised = part(&plain, 32..96)
            .iter()
            .zip(part(&planted, 32..96))
            .all(|(a, b)| (b - a - 1.0).abs() < 1e-5);
        assert!(raised);
        assert_ne!(part(&plain, 96..224), part(&planted, 96..224));
    }
}
