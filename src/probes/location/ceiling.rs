//! The best accuracy that a network can have, by enumeration of all scenes.

use std::collections::BTreeMap;

use super::scenes::{SIDE, Scene};
use super::train::network;
use crate::error::Result;
use crate::nn::{Kind, Model};
use crate::padding::{Padding, Sides};
use crate::rng::Seed;

/// Input pixels from one pixel of the last map to the next.
const STRIDE: usize = 8;
/// The sides of the maps where every convolution divides the image by its stride.
const DIVIDED: [usize; 4] = [SIDE, SIDE / 2, SIDE / 4, SIDE / 8];

/// The best accuracy on fresh images that a network under `padding` can have, whatever its weights:
///
/// ½ · Σ over what it sees of max over the classes of P(seen | class).
///
/// Where both axes wrap and the strides divide the image, the network does not see shifts by 8 rows or columns.
/// Of a scene there remain the first pixel's row and column mod 8, and the distance of the squares mod 32: 67.03%
/// at best. Every other padding lets the class be told from the image: 100%.
///
/// # Errors
/// As [`network`].
pub fn ceiling(padding: Padding) -> Result<f64> {
    Ok(match wraps(padding, &network(padding, Seed(0))?)? {
        true => best_accuracy(without_wrapped_shifts),
        false => best_accuracy(Scene::squares),
    })
}

/// Whether the network's maps are rings in both directions.
fn wraps(padding: Padding, model: &Model<f32>) -> Result<bool> {
    let layers = model.layers()?;
    let convolutions = layers.iter().filter(|l| l.kind == Kind::Conv2d);
    let divided = convolutions
        .map(|l| l.shape)
        .zip(DIVIDED)
        .all(|([_, h, w], side)| [h, w] == [side; 2]);
    let axes = padding.axes(Sides::uniform(1), [SIDE; 2]);
    let ring = axes.iter().all(|axis| {
        let ends = [axis.source.first(), axis.source.last()];
        ends == [Some(&(SIDE as i32 - 1)), Some(&0)]
    });
    Ok(divided && ring)
}

/// The position of the red square mod 8, and the way from it to the green one mod 32.
fn without_wrapped_shifts(scene: &Scene) -> [[usize; 2]; 2] {
    let [red, green] = scene.squares();
    [
        red.map(|at| at % STRIDE),
        [0, 1].map(|axis| (SIDE + green[axis] - red[axis]) % SIDE),
    ]
}

/// The accuracy of the best guess from what is seen of a scene, over the scenes of both classes.
fn best_accuracy<K: Ord>(seen: impl Fn(&Scene) -> K) -> f64 {
    let mut shares: BTreeMap<K, [f64; 2]> = BTreeMap::new();
    for class in [0, 1] {
        for (scene, share) in Scene::every(class) {
            shares.entry(seen(&scene)).or_default()[class] += share;
        }
    }
    shares.values().map(|[a, b]| a.max(*b)).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> f64 {
        ceiling(Padding::parse(text).expect("a padding")).expect("a ceiling")
    }

    #[test]
    fn ceilings_have_their_known_values() {
        for text in ["circular", "circular@same", "circular@1"] {
            assert!((of(text) - 0.670_3).abs() < 5e-5, "{text}: {}", of(text));
        }
        // Neither an axis that does not wrap nor maps that the shift does not fit let squares be confused.
        for text in [
            "valid",
            "zeros",
            "zeros@full",
            "reflect",
            "replicate/circular",
            "circular@full",
        ] {
            assert!((of(text) - 1.0).abs() < 1e-12, "{text}: {}", of(text));
        }
    }

    #[test]
    fn the_columns_distance_alone_tells_less() {
        let distance = |scene: &Scene| {
            let [[_, red], [_, green]] = scene.squares();
            (SIDE + green - red) % SIDE
        };
        let found = best_accuracy(distance);
        assert!((found - 0.637_3).abs() < 5e-5, "{found}");
        // What is the same in all scenes is a guess, and the class itself is certain.
        assert!((best_accuracy(|_| 0) - 0.5).abs() < 1e-12);
        assert!((best_accuracy(|scene| scene.class) - 1.0).abs() < 1e-12);
    }
}
