//! Where in the image the errors lie.

use serde::Serialize;

use super::super::Verdict;
use super::choice::Checked;

/// Mean |analytic - numeric| at each pixel of square images, over the cases of one scheme.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorMap {
    /// The scheme.
    pub padding: String,
    /// Rows, and as many columns.
    pub size: usize,
    /// Row by row; NaN (null in JSON) where no element was checked, or an error was not a number.
    pub mean_error: Vec<f64>,
}

impl ErrorMap {
    /// One map per scheme, over the images of `size` rows.
    pub(super) fn of_each_scheme(checked: &[Checked], size: usize) -> Vec<ErrorMap> {
        let mut maps: Vec<(ErrorMap, Vec<usize>)> = Vec::new();
        for found in checked.iter().filter(|c| c.trial.mapped) {
            let Some(padding) = &found.trial.padding else {
                continue;
            };
            let known = maps.iter().position(|(map, _)| map.padding == *padding);
            let at = known.unwrap_or_else(|| {
                let map = ErrorMap {
                    padding: padding.clone(),
                    size,
                    mean_error: vec![0.0; size * size],
                };
                maps.push((map, vec![0; size * size]));
                maps.len() - 1
            });
            let (map, counts) = &mut maps[at];
            let image = found.report.elements.iter().filter(|e| e.input == 0);
            for element in image.filter(|e| e.verdict != Verdict::Kink) {
                let &[_, _, y, x] = &element.index[..] else {
                    continue;
                };
                map.mean_error[y * size + x] += element.error;
                counts[y * size + x] += 1;
            }
        }
        maps.into_iter()
            .map(|(map, counts)| map.divided(&counts))
            .collect()
    }

    /// Sums to means; 0/0 is the NaN of a pixel that was not checked.
    fn divided(mut self, counts: &[usize]) -> ErrorMap {
        for (error, &count) in self.mean_error.iter_mut().zip(counts) {
            *error /= count as f64;
        }
        self
    }
}
