//! What the tests of the readers share.

use std::ops::Range;

use padgrad::data::{DataConfig, Dataset, Labelled, Pixels, Source, load};
use padgrad::tensor::Tensor;

/// The message with which a configuration is refused: one line that has every word.
#[allow(dead_code)]
#[track_caller]
pub fn refused(config: &DataConfig, words: &[&str]) {
    let message = match load(config) {
        Ok(_) => panic!("{config:?} was loaded"),
        Err(error) => error.to_string(),
    };
    assert!(!message.contains('\n'), "more than a line: {message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

/// A whole set as the bytes that it was made of.
#[allow(dead_code)]
pub fn bytes_of(source: &dyn Source) -> Labelled {
    let (images, labels) = source
        .batch(&(0..source.len()).collect::<Vec<_>>())
        .unwrap();
    let images = to_bytes(&images);
    Labelled { images, labels }
}

/// Wide images as the bytes that they were made of, and their labels.
#[allow(dead_code)]
pub fn wide_bytes(
    data: &Dataset,
    range: Range<usize>,
    margin: usize,
) -> (Pixels, Vec<Option<usize>>) {
    let channels = data.channels;
    let plain = data
        .clone()
        .normalise(vec![0.0; channels], vec![1.0; channels]);
    let wide = plain.unwrap().wide(range, margin).unwrap();
    (to_bytes(&wide.images), wide.labels)
}

fn to_bytes(images: &Tensor<f32>) -> Pixels {
    let bytes = images.data().iter().map(|v| (v * 255.0).round() as u8);
    Pixels {
        data: bytes.collect(),
        shape: images.nchw("images"),
    }
}
