//! Networks that have learned nothing: they do as well as always naming the class that most images have.

use super::results::{Results, Row};
use crate::data::Dataset;
use crate::statistics::{Measured, share};

/// The share of the test images of the class that most of them have.
const SHARE: &str = "majority_share";
/// 1 where an accuracy is not clearly above it, else 0.
const ENDED: &str = "ended_at_majority";

/// An accuracy on the test images against always naming the class that most of them have; nothing where their labels
/// are not known beforehand.
pub fn against_majority(data: &Dataset, accuracy: f64) -> Vec<(&'static str, Measured)> {
    let Some(labels) = data.test.labels().filter(|labels| !labels.is_empty()) else {
        return Vec::new();
    };
    let mut counts = vec![0usize; data.classes.len()];
    labels.iter().for_each(|&label| counts[label] += 1);
    let most = counts.into_iter().max().unwrap_or(0) as f64 / labels.len() as f64;
    let lowest = share(accuracy, labels.len()).lo;
    let ended = lowest.is_some_and(|lo| lo <= most);
    [(SHARE, most), (ENDED, f64::from(u8::from(ended)))]
        .map(|(name, value)| (name, Measured::exact(value)))
        .into()
}

/// The networks of a run, `zeros, seed 0`, that ended no better than by always naming the most frequent class.
pub fn ended_at_majority(results: &Results) -> Vec<String> {
    let ended = |row: &&Row| row.is_of(ENDED) && row.value == Some(1.0);
    let rows = results.rows.iter().filter(ended);
    rows.map(|row| format!("{}, seed {}", row.scheme, row.seed))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Tensors;
    use crate::tensor::Tensor;

    #[test]
    fn an_accuracy_counts_where_it_is_clearly_above_the_largest_class() {
        let labels: Vec<usize> = (0..100).map(|i| usize::from(i >= 60)).collect();
        let images = || Tensor::<f32>::zeros(&[100, 1, 2, 2]);
        let set = || Tensors::new(images(), labels.clone()).expect("images");
        let data = Dataset::new(set(), set(), ["a", "b"]).expect("data");
        let found = |accuracy| -> Vec<f64> {
            let scores = against_majority(&data, accuracy);
            scores.iter().filter_map(|(_, found)| found.value).collect()
        };
        assert_eq!(found(0.6), [0.6, 1.0]);
        assert_eq!(found(0.65), [0.6, 1.0]);
        assert_eq!(found(0.9), [0.6, 0.0]);
    }
}
