//! The pattern as it converges: means of D over the first 1, 4, 16, … images.

use super::accumulator::Accumulator;
use crate::nn::LayerInfo;
use crate::tensor::Tensor;

/// A layer of fewer positions to a side shows too little of where its pattern lies.
const TELLING_SIDE: usize = 12;
/// Channels that frames keep.
const CHANNELS: usize = 2;

/// Which frames a measurement keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convergence {
    /// The layer, one of those that are measured.
    pub layer: String,
    /// After how many images, ascending.
    pub counts: Vec<usize>,
}

impl Convergence {
    /// Frames after 1, 4, 16, … and all `images`, at the deepest of `layers` whose maps are large enough
    /// to be looked at, or at the largest; `None` without layers.
    pub fn of(layers: &[LayerInfo], images: usize) -> Option<Convergence> {
        let side = |layer: &LayerInfo| layer.shape[1].min(layer.shape[2]);
        let telling = layers.iter().rev().find(|l| side(l) >= TELLING_SIDE);
        let layer = telling.or_else(|| layers.iter().rev().max_by_key(|l| side(l)))?;
        let powers = std::iter::successors(Some(1usize), |count| count.checked_mul(4));
        let mut counts: Vec<usize> = powers.take_while(|count| *count < images).collect();
        counts.push(images);
        Some(Convergence {
            layer: layer.name.clone(),
            counts,
        })
    }

    /// Where a batch that starts at image `start` must end so that no frame falls inside it.
    pub(super) fn end_of_batch(&self, start: usize, end: usize) -> usize {
        let inside = self.counts.iter().find(|c| (start + 1..end).contains(c));
        *inside.unwrap_or(&end)
    }
}

/// A frame: the mean of D over the first `images` images, for the channels of the strongest pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Dotted name.
    pub layer: String,
    /// How many images it is the mean of.
    pub images: usize,
    /// [k, h, w] in feature units; the channels are the same in every frame, strongest first.
    pub pattern: Tensor<f32>,
}

/// The means so far, all channels, of one layer.
#[derive(Default)]
pub(super) struct Frames(Vec<(usize, Tensor<f32>)>);

impl Frames {
    /// Keeps the mean over the `images` that `sums` has seen.
    pub fn keep(&mut self, images: usize, sums: &Accumulator) {
        self.0.push((images, sums.mean_difference()));
    }

    /// The frames of `layer`, reduced to the channels that are strongest in the last.
    pub fn strongest(self, layer: &str) -> Vec<Frame> {
        let Some((_, last)) = self.0.last() else {
            return Vec::new();
        };
        let [_, h, w] = <[usize; 3]>::try_from(last.shape()).unwrap_or([1; 3]);
        let plane = h * w;
        let power = |c: usize| -> f64 {
            let values = &last.data()[c * plane..(c + 1) * plane];
            values.iter().map(|&v| f64::from(v).powi(2)).sum()
        };
        let mut channels: Vec<usize> = (0..last.len() / plane.max(1)).collect();
        channels.sort_by(|&a, &b| power(b).total_cmp(&power(a)));
        channels.truncate(CHANNELS);
        let frame = |(images, mean): &(usize, Tensor<f32>)| {
            let kept = channels
                .iter()
                .flat_map(|c| &mean.data()[c * plane..(c + 1) * plane]);
            Frame {
                layer: layer.to_string(),
                images: *images,
                pattern: Tensor::from_vec(kept.copied().collect(), &[channels.len(), h, w]),
            }
        };
        self.0.iter().map(frame).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Kind;

    fn layer(name: &str, side: usize) -> LayerInfo {
        LayerInfo {
            name: name.into(),
            kind: Kind::Conv2d,
            shape: [3, side, side],
            global: false,
            field: Default::default(),
        }
    }

    #[test]
    fn frames_are_at_the_deepest_layer_that_can_be_looked_at() {
        let layers = [layer("a", 32), layer("b", 16), layer("c", 8)];
        let convergence = Convergence::of(&layers, 100).expect("layers");
        assert_eq!(convergence.layer, "b");
        assert_eq!(convergence.counts, [1, 4, 16, 64, 100]);
        assert_eq!(
            Convergence::of(&layers[2..], 64).expect("a layer").layer,
            "c"
        );
        assert_eq!(
            Convergence::of(&layers, 64).expect("layers").counts,
            [1, 4, 16, 64]
        );
        assert_eq!(Convergence::of(&[], 100), None);
    }

    #[test]
    fn a_batch_ends_where_a_frame_is_kept() {
        let convergence = Convergence::of(&[layer("a", 16)], 100).expect("a layer");
        assert_eq!(convergence.end_of_batch(0, 50), 1);
        assert_eq!(convergence.end_of_batch(1, 51), 4);
        assert_eq!(convergence.end_of_batch(64, 100), 100);
        assert_eq!(convergence.end_of_batch(16, 60), 60);
    }

    #[test]
    fn frames_are_means_of_the_strongest_channels_of_the_last() {
        let mut sums = Accumulator::new([3, 1, 1], 40);
        let zeros = |n| Tensor::<f32>::zeros(&[n, 3, 1, 1]);
        let mut frames = Frames::default();
        sums.add(
            &Tensor::from_vec(vec![9.0f32, 1.0, -2.0], &[1, 3, 1, 1]),
            &zeros(1),
        );
        frames.keep(1, &sums);
        sums.add(
            &Tensor::from_vec(vec![-9.0f32, 2.0, -4.0], &[1, 3, 1, 1]),
            &zeros(1),
        );
        frames.keep(2, &sums);
        let frames = frames.strongest("a");
        assert_eq!(frames[0].pattern.data(), [-2.0, 1.0]);
        assert_eq!(frames[1].pattern.data(), [-3.0, 1.5]);
        assert_eq!(frames[1].pattern.shape(), [2, 1, 1]);
    }
}
