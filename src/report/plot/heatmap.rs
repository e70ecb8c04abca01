//! The strongest channels of a pattern as a picture.

use super::colours::{Colours, Shade};
use super::raster::{Raster, Rgba};
use crate::error::{Error, Result};
use crate::study::pattern::{largest, planes, strongest_channels};
use crate::tensor::Tensor;

/// A grey that the colours do not contain.
const NOT_FINITE: Rgba = [128, 128, 128, 255];
/// Side in pixels that small maps are enlarged to.
const LEGIBLE: usize = 128;
const GAP: usize = 4;
const BAR_WIDTH: usize = 12;

/// The `most` strongest channels of a pattern (by mean square), strongest first, in rows of tiles with a colour bar
/// at the right; one scale, symmetric about 0, for all. What is not finite is grey.
///
/// # Errors
/// [`Error::Invalid`] if the pattern has no positions or no channels.
///
/// # Panics
/// If the pattern does not have three axes.
#[track_caller]
pub fn channels_picture(pattern: &Tensor<f32>, most: usize) -> Result<Vec<u8>> {
    let all: Vec<&[f32]> = planes(pattern).collect();
    let strongest = strongest_channels(pattern, most);
    let maps: Vec<&[f32]> = strongest.iter().map(|&channel| all[channel]).collect();
    let width = pattern.shape()[2];
    if pattern.is_empty() || maps.is_empty() {
        return Err(Error::invalid(
            "the picture of a pattern",
            "the pattern has no channels or no positions",
            "tap a layer whose features have a size",
        ));
    }
    let max = largest(maps.iter().copied().flatten());
    let shade = Shade::Even {
        max: if max > 0.0 { max } else { 1.0 },
    };
    let height = maps[0].len() / width;
    let zoom = (LEGIBLE / height.max(width)).max(1);
    let (step_x, step_y) = (width * zoom + GAP, height * zoom + GAP);
    let columns = (maps.len() as f64).sqrt().ceil() as usize;
    let rows = maps.len().div_ceil(columns);

    let mut raster = Raster::new(columns * step_x + GAP + BAR_WIDTH, rows * step_y - GAP);
    for (i, map) in maps.iter().enumerate() {
        let (left, top) = (i % columns * step_x, i / columns * step_y);
        for (j, &value) in map.iter().enumerate() {
            let (x, y) = (left + j % width * zoom, top + j / width * zoom);
            let colour = match value.is_finite() {
                true => shade.of(f64::from(value)).rgba(),
                false => NOT_FINITE,
            };
            raster.fill(x, y, zoom, zoom, colour);
        }
    }
    let (bar, last) = (columns * step_x + GAP, raster.height.max(2) - 1);
    for y in 0..raster.height {
        let colour = Colours::Diverging.at(1.0 - y as f64 / last as f64);
        raster.fill(bar, y, BAR_WIDTH, 1, colour.rgba());
    }
    raster.png(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_pixels(values: Vec<f32>) -> Vec<Rgba> {
        let channels = values.len();
        let pattern = Tensor::from_vec(values, &[channels, 1, 1]);
        let png = channels_picture(&pattern, 2).expect("a picture");
        let decoder = png::Decoder::new(std::io::Cursor::new(&png));
        let mut reader = decoder.read_info().expect("a PNG header");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut bytes).expect("the pixels");
        let pixels = bytes.as_chunks::<4>().0;
        [0, LEGIBLE + GAP].map(|x| pixels[x]).to_vec()
    }

    #[test]
    fn the_strongest_channels_come_first_on_one_scale() {
        let found = first_pixels(vec![0.0, 1.0, -3.0, 2.0, 0.5]);
        let shade = Shade::Even { max: 3.0 };
        assert_eq!(found, [-3.0, 2.0].map(|v| shade.of(v).rgba()));
    }

    #[test]
    fn values_that_are_not_finite_are_grey() {
        let found = first_pixels(vec![1.0, f32::NAN]);
        assert_eq!(found[0], NOT_FINITE);
        assert_ne!(found[1], NOT_FINITE);
    }

    #[test]
    fn patterns_without_positions_or_channels_are_errors() {
        for shape in [[2, 0, 3], [0, 2, 3]] {
            let empty = Tensor::from_vec(Vec::<f32>::new(), &shape);
            assert!(channels_picture(&empty, 4).is_err(), "{shape:?}");
        }
    }
}
