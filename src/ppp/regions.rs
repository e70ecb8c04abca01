//! The parts of a map over which metrics are averaged.

use serde::{Deserialize, Serialize};

/// A part of a map, over whose positions a metric is averaged; in files `region`, and of a ring its `distance`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(tag = "region", content = "distance", rename_all = "lowercase")]
pub enum Region {
    /// Every position.
    #[default]
    Whole,
    /// The four corners.
    Corner,
    /// The border without its corners.
    Edge,
    /// All but the border.
    Interior,
    /// The positions at this distance in pixels from the nearest border, 0 on the border: a row of the profile.
    Ring(usize),
}

impl Region {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Region::Whole => "whole",
            Region::Corner => "corner",
            Region::Edge => "edge",
            Region::Interior => "interior",
            Region::Ring(_) => "ring",
        }
    }

    /// How far a ring is from the nearest border.
    pub fn distance(self) -> Option<usize> {
        match self {
            Region::Ring(distance) => Some(distance),
            _ => None,
        }
    }
}

/// Pixels between a position and the nearest border; 0 on the border.
fn distance(position: usize, h: usize, w: usize) -> usize {
    let (y, x) = (position / w, position % w);
    y.min(x).min(h - 1 - y).min(w - 1 - x)
}

/// The regions of an h×w map that are not empty, with their positions.
pub(super) fn regions(h: usize, w: usize) -> Vec<(Region, Vec<usize>)> {
    let corner =
        |p: usize| (p / w == 0 || p / w == h - 1) && (p.is_multiple_of(w) || p % w == w - 1);
    let on_border = |p: usize| distance(p, h, w) == 0;
    let within = |region: Region, p: usize| match region {
        Region::Whole => true,
        Region::Corner => corner(p),
        Region::Edge => on_border(p) && !corner(p),
        Region::Interior => !on_border(p),
        Region::Ring(d) => distance(p, h, w) == d,
    };
    let rings = (0..h.min(w).div_ceil(2)).map(Region::Ring);
    [
        Region::Whole,
        Region::Corner,
        Region::Edge,
        Region::Interior,
    ]
    .into_iter()
    .chain(rings)
    .map(|region| (region, (0..h * w).filter(|&p| within(region, p)).collect()))
    .filter(|(_, positions): &(Region, Vec<usize>)| !positions.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_and_border_parts_cover_the_map_once() {
        for (h, w) in [(1, 1), (2, 3), (5, 4), (7, 7)] {
            let all = regions(h, w);
            let cover = |keep: &dyn Fn(Region) -> bool| {
                let parts = all.iter().filter(|(region, _)| keep(*region));
                let mut positions: Vec<usize> = parts.flat_map(|(_, p)| p.clone()).collect();
                positions.sort_unstable();
                positions
            };
            let every: Vec<usize> = (0..h * w).collect();
            let ring = |region: Region| matches!(region, Region::Ring(_));
            assert_eq!(cover(&ring), every, "{h}×{w}");
            let part = |region: Region| !ring(region) && region != Region::Whole;
            assert_eq!(cover(&part), every, "{h}×{w}");
        }
        let sizes: Vec<usize> = regions(5, 4).iter().map(|(_, p)| p.len()).collect();
        assert_eq!(sizes, [20, 4, 10, 6, 14, 6]);
    }
}
