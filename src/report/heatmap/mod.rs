//! Patterns as pictures: where a pattern is strong, and what its strongest channels look like.
//!
//! A mean over channels would let channels of opposite sign cancel, so the summary of a layer is
//! the root mean square over channels. Numbers that are not finite are drawn in grey, a colour that
//! neither map contains. PNG files carry no text; the scale of each is returned for its caption.

pub(super) mod raster;

use colorous::{Gradient, MAGMA, RED_BLUE};

use crate::error::{Error, Result};
use crate::tensor::Tensor;
use raster::{Raster, Rgba};

const NOT_FINITE: Rgba = [128, 128, 128, 255];
/// Side in pixels that small maps are enlarged to.
const LEGIBLE: usize = 128;
const GAP: usize = 4;
const BAR_WIDTH: usize = 12;

/// The numbers at the two ends of a colour bar, in the unit of the pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub min: f64,
    pub max: f64,
}

impl Scale {
    /// From 0 to the largest finite value; 0 to 1 if there is none above 0.
    pub fn from_zero<'a>(values: impl IntoIterator<Item = &'a f32>) -> Scale {
        Scale {
            min: 0.0,
            max: largest_magnitude(values),
        }
    }

    /// From -m to m, where m is the largest finite magnitude, so that 0 is the middle colour.
    pub fn symmetric<'a>(values: impl IntoIterator<Item = &'a f32>) -> Scale {
        let max = largest_magnitude(values);
        Scale { min: -max, max }
    }

    /// Where `value` lies between the ends, held to 0..=1.
    fn place(&self, value: f64) -> f64 {
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }
}

fn largest_magnitude<'a>(values: impl IntoIterator<Item = &'a f32>) -> f64 {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let largest = finite.fold(0.0f64, |max, &value| max.max(f64::from(value.abs())));
    if largest > 0.0 { largest } else { 1.0 }
}

/// A map from numbers to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Dark to light, perceptually even: for what starts at 0. The colour goes with the square root
    /// of the number, so that a pattern of a tenth of the strength can still be seen; the middle
    /// colour stands for a quarter of the maximum.
    Sequential,
    /// Blue below 0, red above, near white at 0; safe for the common colour-blindnesses.
    Diverging,
}

impl Colours {
    /// The colour at `place` of 0..=1 along the bar.
    pub(super) fn at(self, place: f64) -> Rgba {
        let (gradient, place): (Gradient, f64) = match self {
            Colours::Sequential => (MAGMA, place),
            Colours::Diverging => (RED_BLUE, 1.0 - place),
        };
        let colour = gradient.eval_continuous(place);
        [colour.r, colour.g, colour.b, 255]
    }

    fn of(self, value: f32, scale: &Scale) -> Rgba {
        if !value.is_finite() {
            return NOT_FINITE;
        }
        let place = scale.place(f64::from(value));
        self.at(match self {
            Colours::Sequential => place.sqrt(),
            Colours::Diverging => place,
        })
    }
}

/// A PNG file with its size in pixels and the scale of its colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub png: Vec<u8>,
    pub width: usize,
    pub height: usize,
    pub scale: Scale,
}

/// Strength of a pattern at each position: √(mean over channels of P²).
///
/// # Shapes
/// `[C, h, w]` → `[h, w]`. A position with a channel that is not finite is not finite.
///
/// # Panics
/// If the pattern does not have three axes.
#[track_caller]
pub fn strength(pattern: &Tensor<f32>) -> Tensor<f32> {
    let [channels, height, width] = sizes(pattern);
    let mut squares = vec![0.0f64; height * width];
    for channel in planes(pattern) {
        for (sum, &value) in squares.iter_mut().zip(channel) {
            *sum += f64::from(value).powi(2);
        }
    }
    let rms = squares
        .iter()
        .map(|sum| (sum / channels as f64).sqrt() as f32);
    Tensor::from_vec(rms.collect(), &[height, width])
}

/// The map of [`strength`] alone, each position a square of `zoom` pixels, for pages that draw one
/// colour bar for many maps.
///
/// # Errors
/// [`Error::Invalid`] if the map has no positions.
///
/// # Panics
/// If the strength does not have two axes.
#[track_caller]
pub fn strength_tile(strength: &Tensor<f32>, scale: Scale, zoom: usize) -> Result<Picture> {
    let &[height, width] = strength.shape() else {
        panic!(
            "strength_tile: a map [h, w] is needed, not {:?}",
            strength.shape()
        );
    };
    let map = Map {
        values: strength.data(),
        width,
        colours: Colours::Sequential,
        scale,
    };
    let mut raster = Raster::new(width * zoom, height * zoom);
    map.draw(&mut raster, 0, 0, zoom);
    picture(&raster, scale)
}

/// The `most` strongest channels of a pattern (by mean square), strongest first, in rows of tiles
/// with a colour bar at the right; one scale, symmetric about 0, for all.
///
/// # Errors
/// [`Error::Invalid`] if the pattern has no positions or no channels.
///
/// # Panics
/// If the pattern does not have three axes.
#[track_caller]
pub fn channels_picture(pattern: &Tensor<f32>, most: usize) -> Result<Picture> {
    let [_, _, width] = sizes(pattern);
    let strongest = strongest_channels(pattern, most);
    let all: Vec<&[f32]> = planes(pattern).collect();
    let scale = Scale::symmetric(strongest.iter().flat_map(|&channel| all[channel]));
    let maps: Vec<Map> = strongest
        .iter()
        .map(|&channel| Map {
            values: all[channel],
            width,
            colours: Colours::Diverging,
            scale,
        })
        .collect();
    sheet(&maps)
}

/// The `most` channels of largest mean square, largest first; ties and channels that are not
/// finite keep the order of the channels, the latter at the front where they cannot be missed.
///
/// # Panics
/// If the pattern does not have three axes.
#[track_caller]
pub fn strongest_channels(pattern: &Tensor<f32>, most: usize) -> Vec<usize> {
    let power = |plane: &[f32]| plane.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let powers: Vec<f64> = planes(pattern).map(power).map(f64::abs).collect();
    let mut order: Vec<usize> = (0..powers.len()).collect();
    order.sort_by(|&a, &b| powers[b].total_cmp(&powers[a]));
    order.truncate(most);
    order
}

#[track_caller]
fn sizes(pattern: &Tensor<f32>) -> [usize; 3] {
    let &[channels, height, width] = pattern.shape() else {
        panic!("a pattern [C, h, w] is needed, not {:?}", pattern.shape());
    };
    [channels, height, width]
}

/// The channels of a pattern, each an h·w slice.
#[track_caller]
fn planes(pattern: &Tensor<f32>) -> impl Iterator<Item = &[f32]> {
    let [_, height, width] = sizes(pattern);
    pattern.data().chunks_exact((height * width).max(1))
}

/// One tile: numbers in rows of `width` and how to colour them.
struct Map<'a> {
    values: &'a [f32],
    width: usize,
    colours: Colours,
    scale: Scale,
}

impl Map<'_> {
    /// Draws the map with its top left corner at the given pixel, each number `zoom` pixels wide.
    fn draw(&self, raster: &mut Raster, left: usize, top: usize, zoom: usize) {
        for (i, &value) in self.values.iter().enumerate() {
            let (x, y) = (left + i % self.width * zoom, top + i / self.width * zoom);
            raster.fill(x, y, zoom, zoom, self.colours.of(value, &self.scale));
        }
    }
}

/// Maps of one size in a nearly square grid, with the colour bar of the first at the right.
fn sheet(maps: &[Map]) -> Result<Picture> {
    let first = maps.first().ok_or_else(|| nothing_to_draw("channels"))?;
    if first.values.is_empty() {
        return Err(nothing_to_draw("positions"));
    }
    let height = first.values.len() / first.width;
    let zoom = (LEGIBLE / height.max(first.width)).max(1);
    let (step_x, step_y) = (first.width * zoom + GAP, height * zoom + GAP);
    let columns = (maps.len() as f64).sqrt().ceil() as usize;
    let rows = maps.len().div_ceil(columns);

    let mut raster = Raster::new(columns * step_x + GAP + BAR_WIDTH, rows * step_y - GAP);
    for (i, map) in maps.iter().enumerate() {
        map.draw(
            &mut raster,
            i % columns * step_x,
            i / columns * step_y,
            zoom,
        );
    }
    let (bar_x, last) = (columns * step_x + GAP, raster.height.max(2) - 1);
    for y in 0..raster.height {
        let colour = first.colours.at(1.0 - y as f64 / last as f64);
        raster.fill(bar_x, y, BAR_WIDTH, 1, colour);
    }
    picture(&raster, first.scale)
}

fn picture(raster: &Raster, scale: Scale) -> Result<Picture> {
    if raster.width == 0 || raster.height == 0 {
        return Err(nothing_to_draw("positions"));
    }
    let png = raster.png().map_err(|error| {
        Error::invalid(
            format!("a picture of {} by {} pixels", raster.width, raster.height),
            error.to_string(),
            "tap a smaller layer",
        )
    })?;
    Ok(Picture {
        png,
        width: raster.width,
        height: raster.height,
        scale,
    })
}

fn nothing_to_draw(what: &str) -> Error {
    Error::invalid(
        "the picture of a pattern",
        format!("the pattern has no {what}"),
        "tap a layer whose features have a size",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(picture: &Picture) -> Vec<Rgba> {
        let decoder = png::Decoder::new(std::io::Cursor::new(&picture.png));
        let mut reader = decoder.read_info().expect("a PNG header");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut bytes).expect("the pixels");
        bytes.as_chunks::<4>().0.to_vec()
    }

    #[test]
    fn strength_does_not_let_opposite_signs_cancel() {
        let pattern = Tensor::from_vec(vec![3.0f32, 0.0, -3.0, 4.0], &[2, 1, 2]);
        assert_eq!(strength(&pattern).data(), [3.0, 8f32.sqrt()]);
    }

    #[test]
    fn scales_are_symmetric_and_ignore_what_is_not_finite() {
        let values = [1.0, -4.0, f32::NAN, f32::INFINITY];
        let scale = Scale::symmetric(&values);
        assert_eq!((scale.min, scale.max), (-4.0, 4.0));
        assert_eq!(Scale::from_zero(&values).max, 4.0);
        let zeros = Scale::symmetric(&[0.0, f32::NAN]);
        assert_eq!((zeros.min, zeros.max), (-1.0, 1.0));
    }

    #[test]
    fn opposite_values_are_red_and_blue_and_zero_is_pale() {
        let scale = Scale {
            min: -2.0,
            max: 2.0,
        };
        let [high, low, zero] = [2.0, -2.0, 0.0].map(|v| Colours::Diverging.of(v, &scale));
        assert!(high[0] > 90 && high[2] < 60, "{high:?}");
        assert!(low[2] > 90 && low[0] < 60, "{low:?}");
        assert!(zero.iter().all(|&part| part > 230), "{zero:?}");
    }

    #[test]
    fn a_quarter_of_the_maximum_has_the_middle_colour() {
        let scale = Scale { min: 0.0, max: 8.0 };
        let colours = Colours::Sequential;
        assert_eq!(colours.of(2.0, &scale), colours.at(0.5));
        assert_eq!(colours.of(0.0, &scale), colours.at(0.0));
        assert_eq!(colours.of(9.0, &scale), colours.at(1.0));
    }

    #[test]
    fn numbers_that_are_not_finite_are_grey() {
        let map = Tensor::from_vec(vec![f32::NAN, 1.0, f32::NEG_INFINITY, 0.0], &[2, 2]);
        let scale = Scale::from_zero(map.data());
        let picture = strength_tile(&map, scale, 1).expect("a picture");
        let pixels = pixels(&picture);
        assert_eq!([pixels[0], pixels[2]], [NOT_FINITE; 2]);
        assert_ne!(pixels[1], NOT_FINITE);
        assert_ne!(pixels[3], NOT_FINITE);
    }

    #[test]
    fn the_sheet_shows_the_strongest_channels_first() {
        let pattern = Tensor::from_vec(vec![0.0f32, 1.0, -3.0, 2.0, 0.5], &[5, 1, 1]);
        assert_eq!(strongest_channels(&pattern, 3), [2, 3, 1]);
        let picture = channels_picture(&pattern, 3).expect("a picture");
        assert_eq!((picture.scale.min, picture.scale.max), (-3.0, 3.0));
        let first = pixels(&picture)[0];
        assert_eq!(first, Colours::Diverging.at(0.0));
    }

    #[test]
    fn patterns_without_positions_or_channels_are_errors() {
        for shape in [[2, 0, 3], [0, 2, 3]] {
            let empty = Tensor::from_vec(Vec::<f32>::new(), &shape);
            assert!(channels_picture(&empty, 4).is_err(), "{shape:?}");
        }
    }
}
