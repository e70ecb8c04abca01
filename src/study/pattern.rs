//! What is read off a pattern \[C, h, w\]: its strength at each position, its strongest channels.

use crate::tensor::Tensor;

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
pub fn planes(pattern: &Tensor<f32>) -> impl Iterator<Item = &[f32]> {
    let [_, height, width] = sizes(pattern);
    pattern.data().chunks_exact((height * width).max(1))
}

/// One channel as a map \[h, w\].
///
/// # Panics
/// If the pattern does not have three axes, or fewer channels.
#[track_caller]
pub fn channel(pattern: &Tensor<f32>, index: usize) -> Tensor<f32> {
    let [_, height, width] = sizes(pattern);
    let plane = planes(pattern)
        .nth(index)
        .expect("a channel of the pattern");
    Tensor::from_vec(plane.to_vec(), &[height, width])
}

/// The largest finite magnitude, 0 without one.
pub fn largest<'v>(values: impl IntoIterator<Item = &'v f32>) -> f64 {
    let finite = values.into_iter().filter(|v| v.is_finite());
    finite.fold(0.0, |m: f64, v| m.max(f64::from(v.abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_does_not_let_opposite_signs_cancel() {
        let pattern = Tensor::from_vec(vec![3.0f32, 0.0, -3.0, 4.0], &[2, 1, 2]);
        assert_eq!(strength(&pattern).data(), [3.0, 8f32.sqrt()]);
    }

    #[test]
    fn the_strongest_channels_come_first() {
        let pattern = Tensor::from_vec(vec![0.0f32, 1.0, -3.0, 2.0, 0.5], &[5, 1, 1]);
        assert_eq!(strongest_channels(&pattern, 3), [2, 3, 1]);
        assert_eq!(channel(&pattern, 2).data(), [-3.0]);
    }

    #[test]
    fn what_is_not_finite_has_no_magnitude() {
        assert_eq!(largest(&[1.0, -4.0, f32::NAN, f32::INFINITY]), 4.0);
        assert_eq!(largest(&[f32::NAN]), 0.0);
    }
}
