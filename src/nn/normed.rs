//! A batch norm behind every convolution that has none: the network that a file was before its norms were folded.

use super::layer::{Kind, Layer};
use super::layers::BatchNorm2d;
use super::model::Model;
use super::network::{Network, Value};
use super::state::dotted;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::rng::Seed;

/// ε of the norms: next to a variance of 1 it is lost in rounding, and a map without any stays 0.
const EPS: f64 = f32::EPSILON as f64 / 4.0;

impl<T: Scalar> Network<T> {
    /// Whether node `i` is a convolution whose output no normalisation reads.
    fn lacks_norm(&self, i: usize) -> bool {
        let normalises = |kind| kind == Kind::BatchNorm2d;
        let readers = self
            .nodes
            .iter()
            .filter(|node| node.inputs.contains(&Value(i + 1)));
        let mut kinds = readers.map(|node| node.layer.kind());
        self.nodes[i].layer.kind() == Kind::Conv2d && !kinds.any(normalises)
    }
}

impl<T: Scalar> Model<T> {
    /// The convolutions whose output no normalisation reads, in the order in which they run.
    pub fn convolutions_without_norm(&self) -> Vec<&str> {
        let nodes = self.network.nodes.iter().enumerate();
        let lacking = nodes.filter(|(i, _)| self.network.lacks_norm(*i));
        lacking.map(|(_, node)| node.name.as_str()).collect()
    }

    /// The same model with a [`BatchNorm2d`] behind each of [`Model::convolutions_without_norm`], under its name and
    /// `.norm`. In evaluation it computes the same, in f32 bit for bit, until these are trained or calibrated.
    ///
    /// # Errors
    /// Where a layer has one of the new names already.
    ///
    /// ```
    /// use padgrad::nn::{Model, Network, layers::Conv2d};
    /// use padgrad::padding::Padding;
    /// use padgrad::rng::Seed;
    ///
    /// let mut network = Network::<f32>::new();
    /// let image = network.input();
    /// network.add("conv", Conv2d::new(3, 8, 3, Padding::parse("zeros")?), &[image]);
    /// let model = Model::new(network, [3, 16, 16], Seed(0))?.with_norms()?;
    /// assert_eq!(model.layers()?[1].name, "conv.norm");
    /// # Ok::<(), padgrad::error::Error>(())
    /// ```
    pub fn with_norms(self) -> Result<Model<T>> {
        let shapes = self.shapes()?;
        let Model {
            network,
            input,
            mut state,
        } = self;
        let (outputs, count) = (network.outputs(), network.nodes.len());
        let lacking: Vec<bool> = (0..count).map(|i| network.lacks_norm(i)).collect();
        let mut with = Network::new();
        // Of every value before: where it is computed now, which keeps its names, and what stands for it before readers.
        let mut computed = vec![with.input()];
        let mut read = computed.clone();
        for (i, mut node) in network.nodes.into_iter().enumerate() {
            node.inputs
                .iter_mut()
                .for_each(|value| *value = read[value.0]);
            let name = dotted(&node.name, "norm");
            with.nodes.push(node);
            let value = Value(with.nodes.len());
            computed.push(value);
            read.push(match lacking[i] {
                true => {
                    let norm = BatchNorm2d::new(shapes[i + 1][0]).eps(EPS);
                    norm.init(&name, &mut state, Seed(0));
                    with.add(&name, norm, &[value])
                }
                false => value,
            });
        }
        with.scopes = network.scopes;
        with.scopes
            .iter_mut()
            .for_each(|scope| scope.value = computed[scope.value.0]);
        let outputs: Vec<Value> = outputs.iter().map(|value| read[value.0]).collect();
        with.set_outputs(&outputs);
        Model::with_state(with, input, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::init::symmetric_uniform;
    use crate::nn::layers::{Add, Conv2d, Relu};
    use crate::padding::Padding;

    /// A branch, a convolution with a norm of its own, and one that is the output.
    fn model() -> Model<f32> {
        let zeros = Padding::parse("zeros").unwrap();
        let mut network = Network::new();
        let image = network.input();
        let a = network.add("a", Conv2d::new(3, 4, 3, zeros), &[image]);
        let relu = network.add("relu", Relu, &[a]);
        let b = network.add("b", Conv2d::new(4, 4, 3, zeros).bias(false), &[relu]);
        let own = network.add("own", BatchNorm2d::new(4), &[b]);
        let sum = network.add("sum", Add, &[own, a]);
        network.add("head", Conv2d::new(4, 2, 1, zeros), &[sum]);
        Model::new(network, [3, 8, 8], Seed(3)).unwrap()
    }

    #[test]
    fn norms_stand_behind_those_that_have_none_and_change_nothing_until_calibrated() {
        let before = model();
        assert_eq!(before.convolutions_without_norm(), ["a", "head"]);
        let images = || symmetric_uniform(&[5, 3, 8, 8], 1.0, Seed(4));
        let expected = before.logits(images()).unwrap();
        let after = before.with_norms().unwrap();
        assert_eq!(after.logits(images()).unwrap(), expected);
        let names: Vec<String> = after
            .layers()
            .unwrap()
            .into_iter()
            .map(|l| l.name)
            .collect();
        assert_eq!(
            names,
            [
                "a",
                "a.norm",
                "relu",
                "b",
                "own",
                "sum",
                "head",
                "head.norm"
            ]
        );
        assert!(after.convolutions_without_norm().is_empty());
    }
}
