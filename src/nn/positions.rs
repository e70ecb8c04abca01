//! What a network says of every position of its last map.

use super::context::Context;
use super::feature::Feature;
use super::misfit::misfit;
use super::model::Model;
use super::network::{INPUT, Value};
use super::{run, shapes};
use crate::autodiff::{Var, ops};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// The scores of a network by position.
#[derive(Clone, Debug)]
pub struct Positions<T: Scalar> {
    /// [N, h, w, K].
    pub scores: Tensor<T>,
    /// Input pixels from one position to the next, per axis.
    pub stride: [f64; 2],
}

impl<T: Scalar> Model<T> {
    /// The K scores at every position of images [N, C, H, W], which may be of another size than the model's own.
    ///
    /// A network whose output is a map gives its output. A classifier gives what its head, all from the last
    /// pool over the whole image on, makes of each position of its last map alone; behind an average and a
    /// linear layer the mean of these scores is its output: class activation maps (Zhou et al., *Learning Deep
    /// Features for Discriminative Localization*, CVPR 2016).
    ///
    /// # Shapes
    /// [N, C, H, W] to [N, h, w, K].
    ///
    /// # Errors
    /// Where the images are too small, or the head cannot take a position by itself: it reads the map of a
    /// certain size, or values from before the pool.
    pub fn by_position(&self, images: Tensor<T>, cx: &mut Context<'_, T>) -> Result<Positions<T>> {
        let network = self.network();
        let output = network.outputs()[0];
        let shapes = self.shapes()?;
        let last = match shapes[output.0] {
            [_, 1, 1] => self.before_head(&shapes)?,
            _ => output,
        };
        let images = Feature::images(Var::constant(images));
        let map = run::run(network, (INPUT, images), &[last], cx)?.remove(0);
        let map = map.on_grid();
        let [n, channels, h, w] = map.value().nchw("a network's last map");
        let stride = match last.0.checked_sub(1) {
            None => [1.0; 2],
            Some(node) => self.field_of(node)?.stride,
        };
        if stride.contains(&0.0) {
            let problem =
                "layers over the whole image in front of it leave its positions without a stride";
            return Err(misfit("(last map)", problem, "use a network without such"));
        }
        let by_position = ops::permute(&map, &[0, 2, 3, 1]);
        if last == output {
            let scores = by_position.into_value();
            return Ok(Positions { scores, stride });
        }
        self.check_head(last, channels)?;
        let each = ops::reshape(&by_position, &[n * h * w, channels, 1, 1]);
        let scores = run::run(network, (last, Feature::images(each)), &[output], cx)?.remove(0);
        let scores = scores.value.into_value();
        let classes = scores.len() / (n * h * w).max(1);
        Ok(Positions {
            scores: scores.reshape(&[n, h, w, classes]),
            stride,
        })
    }

    /// What the last pool of a map to one position reads.
    fn before_head(&self, shapes: &[[usize; 3]]) -> Result<Value> {
        let nodes = self.network().nodes.iter().enumerate();
        let pooled = nodes.rev().find_map(|(i, node)| {
            let map = *node.inputs.first()?;
            let [channels, h, w] = shapes[map.0];
            let whole = node.layer.geometry().is_global() && shapes[i + 1] == [channels, 1, 1];
            (whole && h * w > 1).then_some(map)
        });
        let problem = "no pool makes one position of its last map";
        let remedy = "use a network that pools its last map, or one whose output is a map";
        pooled.ok_or_else(|| misfit("(output)", problem, remedy))
    }

    /// Whether the layers behind `last` can take one position of it.
    fn check_head(&self, last: Value, channels: usize) -> Result<()> {
        let network = self.network();
        let earlier = network.nodes[last.0..]
            .iter()
            .find(|node| node.inputs.iter().any(|input| input.0 < last.0));
        if let Some(node) = earlier {
            let problem = "it reads what lies before the last map too";
            return Err(misfit(&node.name, problem, "use a network with one head"));
        }
        shapes::from(network, last, [channels, 1, 1]).map(|_| ())
    }

    /// The least common multiple of the strides of all layers: the shifts of the image by as many pixels shift
    /// every map by whole positions.
    ///
    /// # Errors
    /// Where a window does not fit, which [`Model::new`] has ruled out.
    pub fn total_stride(&self) -> Result<[usize; 2]> {
        let layers = self.layers()?;
        Ok([0, 1].map(|axis| {
            let strides = layers.iter().map(|layer| layer.field.stride[axis]);
            let whole = strides.filter(|s| *s >= 1.0 && s.fract() == 0.0);
            whole.fold(1, |all, stride| lcm(all, stride as usize))
        }))
    }
}

fn lcm(a: usize, b: usize) -> usize {
    let gcd = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    a / gcd(a, b) * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::layers::{Conv2d, Sequential};
    use crate::nn::{Mode, models};
    use crate::padding::Padding;
    use crate::rng::Seed;

    fn small() -> Model<f64> {
        let zeros = Padding::parse("zeros").expect("a padding");
        let small = models::find("small").expect("an architecture");
        small
            .build([3, 16, 16], 10, zeros, Seed(1))
            .expect("a network")
    }

    #[test]
    fn the_mean_of_a_classifiers_scores_is_its_output() {
        let model = small();
        // Images larger than the model's own, and not square.
        let images = Tensor::randn(&[2, 3, 24, 20], &mut Seed(2).rng());
        let mut cx = Context::new(&model.state, Mode::Eval);
        let found = model.by_position(images.clone(), &mut cx).expect("scores");
        assert_eq!(found.scores.shape(), [2, 6, 5, 10]);
        assert_eq!(
            (found.stride, model.total_stride().expect("strides")),
            ([4.0; 2], [4; 2])
        );
        let logits = model.logits(images).expect("logits");
        for n in 0..2 {
            for class in 0..10 {
                let at = |p: usize| found.scores.data()[(n * 30 + p) * 10 + class];
                let mean = (0..30).map(at).sum::<f64>() / 30.0;
                assert!((mean - logits.at(&[n, class])).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_map_is_its_own_score() {
        let zeros = Padding::parse("zeros").expect("a padding");
        let root = Sequential::new().named("conv", Conv2d::new(3, 4, 3, zeros).stride(2));
        let model = Model::new(root, [3, 8, 8], Seed(1)).expect("a network");
        let images = Tensor::<f64>::randn(&[1, 3, 8, 8], &mut Seed(2).rng());
        let mut cx = Context::new(&model.state, Mode::Eval);
        let found = model.by_position(images.clone(), &mut cx).expect("scores");
        assert_eq!(
            (found.scores.shape(), found.stride),
            (&[1, 4, 4, 4][..], [2.0; 2])
        );
        let output = model.logits(images).expect("an output");
        assert_eq!(found.scores.at(&[0, 3, 1, 2]), output.at(&[0, 2, 3, 1]));
    }

    #[test]
    fn strides_that_do_not_divide_each_other_are_multiplied() {
        assert_eq!([lcm(4, 6), lcm(1, 5), lcm(8, 2)], [12, 5, 8]);
    }
}
