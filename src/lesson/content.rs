//! The pictures that the page begins with and its networks learn from: windows of the canvas's planes.

use crate::data::canvas::{COUNT, Gallery, Window, class_names};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Textures that a small network learns to tell apart within a minute, by their labels on the canvas.
const CLASSES: [usize; 4] = [0, 1, 5, 7];
/// About the mean and the deviation of the canvas's bytes.
const MEAN: f32 = 128.0;
const DEVIATION: f32 = 45.0;

/// The names of the classes, by label.
pub fn classes() -> Vec<String> {
    let names = class_names();
    CLASSES.iter().map(|&class| names[class].clone()).collect()
}

/// Images of a set of planes with a margin of their true surroundings, and their labels.
///
/// # Shapes
/// [N, 1, side + 2·margin, side + 2·margin].
pub fn images(
    set: &str,
    range: std::ops::Range<usize>,
    side: usize,
    margin: usize,
) -> (Tensor<f32>, Vec<usize>) {
    let gallery = Gallery::new(Seed(0), set, 1);
    let window = Window::around(side, margin);
    let mut values = Vec::with_capacity(range.len() * window.height * window.width);
    for index in range.clone() {
        let plane = index / CLASSES.len() * COUNT + CLASSES[index % CLASSES.len()];
        let bytes = gallery.paint(plane, window);
        values.extend(
            bytes
                .into_iter()
                .map(|byte| (f32::from(byte) - MEAN) / DEVIATION),
        );
    }
    let shape = [range.len(), 1, window.height, window.width];
    let labels = range.map(|index| index % CLASSES.len()).collect();
    (Tensor::from_vec(values, &shape), labels)
}
