//! One picture of a run: the pattern's strength at the last layer, before and after training.

use super::plot::sheet::{Shade, Sheet, Tile};
use super::table::Cell;
use crate::error::Result;
use crate::study::claims::FEATURE_UNITS;
use crate::study::finished::LoadPattern;
use crate::study::pattern::strength;
use crate::study::results::{PatternFile, Results};
use crate::study::summary::{FINAL, INIT, Summary};
use crate::tensor::Tensor;

/// More schemes would make the picture too wide to be looked at.
const SCHEMES_SHOWN: usize = 6;
/// The longer side of a map, in pixels.
const MAP_SIDE: usize = 160;

/// The sheet for a run: one column per padded scheme, its first seed before training above, after below;
/// `None` where the run lacks one of them. `load` reads a pattern.
///
/// # Errors
/// Where a pattern cannot be read.
pub fn overview(results: &Results, load: &LoadPattern) -> Result<Option<Sheet>> {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return Ok(None);
    };
    let schemes = summary.padded_schemes();
    let schemes = &schemes[..schemes.len().min(SCHEMES_SHOWN)];
    let mut tiles = Vec::new();
    for (stage, when) in [(INIT, "before"), (FINAL, "after")] {
        for scheme in schemes {
            let here = |p: &&PatternFile| {
                p.is_of_all_images() && p.scheme == *scheme && p.stage == stage && p.layer == layer
            };
            let Some(file) = results.patterns.iter().find(here) else {
                return Ok(None);
            };
            let strength = Cell::strength(&summary, (scheme, stage, layer, FEATURE_UNITS));
            let note = match strength {
                Some(strength) => format!("{when}: RMS-PPP {}", strength.main),
                None => format!("{when} training"),
            };
            tiles.push(tile(scheme, note, &load(file)?));
        }
    }
    let Some(size) = tiles
        .iter()
        .map(|t| t.width.max(t.cells.len() / t.width.max(1)))
        .max()
    else {
        return Ok(None);
    };
    let largest = tiles
        .iter()
        .flat_map(|t| t.cells.iter().flatten())
        .fold(0.0, |m: f64, v| m.max(*v));
    Ok(Some(Sheet {
        title: "PPP before and after training".into(),
        explanation: vec![format!(
            "What padding adds to the features of {layer} in the same way for every image: root mean \
             square over channels of the mean difference from features with the true pixels around the image."
        )],
        tiles,
        columns: schemes.len(),
        zoom: (MAP_SIDE / size.max(1)).max(1),
        values: false,
        shade: Shade::Strength {
            max: largest.max(f64::MIN_POSITIVE),
        },
        legend: "strength (feature units)".into(),
    }))
}

fn tile(scheme: &str, note: String, pattern: &Tensor<f32>) -> Tile {
    let map = strength(pattern);
    let values = map.data().iter().map(|&v| f64::from(v));
    Tile {
        title: scheme.to_string(),
        note,
        width: map.shape()[1],
        cells: values.map(Some).collect(),
        window: None,
    }
}
