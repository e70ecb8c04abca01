//! What of a network lies behind a layer that mixes all positions, so that no true surroundings get there.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::error::Result;
use crate::nn::{Geometry, LayerInfo, Model, Node, Value};
use crate::words::{are, counted};

/// What is known of a value of the network.
#[derive(Clone, Copy)]
struct Known<'a> {
    /// Rows and columns.
    size: [usize; 2],
    /// Whether its positions are those of the image, so that true surroundings are known.
    on_grid: bool,
    /// The node that mixed the positions of a map on its way.
    mixer: Option<&'a str>,
}

/// What of the network is not measured, in words: convolutions and pools on maps that were computed from all positions
/// of another, such as behind a slice, a transposition of rows, or a matrix product; none where none follows.
///
/// A head on vectors has none of those, and a gate that is multiplied back onto a map changes that map, which is
/// measured. `operators` are those of the nodes of its file.
pub(super) fn behind(
    model: &Model<f32>,
    operators: &HashMap<String, String>,
) -> Result<Option<String>> {
    let nodes: Vec<(Value, &Node<f32>)> = model.network().nodes().collect();
    let known = known(model, &nodes)?;
    let used = used(model, &nodes, &known);
    let (mut first, mut windows, mut names) = (None, 0, BTreeSet::new());
    for (value, node) in nodes {
        let Some(mixer) = known[&value].mixer.filter(|_| used.contains(&value)) else {
            continue;
        };
        if node.name() != mixer {
            names.insert(in_file(node.name(), operators));
        }
        if has_window(node, &known) {
            windows += 1;
            first = first.or(Some(mixer));
        }
    }
    let mut in_words = |mixer: &str| {
        let mixer = in_file(mixer, operators);
        names.remove(mixer);
        let operator = operators.get(mixer);
        let operator = operator.map_or(String::new(), |name| format!(" (operator {name})"));
        let (nodes, are) = (counted(names.len(), "node"), are(names.len()));
        let convolutions = match windows {
            1 => "1 convolution or pool".to_string(),
            more => format!("{more} convolutions or pools"),
        };
        format!(
            "node {mixer}{operator} mixes all positions of its map, so that {nodes} behind it, {convolutions} among them, \
             {are} not measured"
        )
    };
    Ok(first.map(&mut in_words))
}

/// The name of the file's node that a layer belongs to: further layers of a node are numbered behind `#`.
fn in_file<'a>(name: &'a str, operators: &HashMap<String, String>) -> &'a str {
    match name.rsplit_once('#') {
        Some((node, _)) if !operators.contains_key(name) => node,
        _ => name,
    }
}

/// What is known of each value.
fn known<'a>(
    model: &Model<f32>,
    nodes: &[(Value, &'a Node<f32>)],
) -> Result<HashMap<Value, Known<'a>>> {
    let layers = model.layers()?;
    let layers: HashMap<&str, &LayerInfo> = layers.iter().map(|l| (l.name.as_str(), l)).collect();
    let [_, h, w] = model.input();
    let image = Known {
        size: [h, w],
        on_grid: true,
        mixer: None,
    };
    let mut known = HashMap::from([(Value::default(), image)]);
    for (value, node) in nodes {
        let Some(info) = layers.get(node.name()) else {
            continue;
        };
        let on_grid = info.field.stride[0] > 0.0;
        let inputs: Vec<Known> = (node.inputs().iter())
            .filter_map(|input| known.get(input).copied())
            .collect();
        let mixes = |input: &Known| input.on_grid && input.size != [1, 1];
        let mixer = match node.layer().geometry() {
            Geometry::Whole(_) if inputs.iter().any(mixes) => Some(node.name()),
            _ => inputs.iter().find_map(|input| input.mixer),
        };
        let own = Known {
            size: [info.shape[1], info.shape[2]],
            on_grid,
            mixer: mixer.filter(|_| !on_grid),
        };
        known.insert(*value, own);
    }
    Ok(known)
}

/// The values off the image's grid that reach an output, or a map, by more than a gate.
fn used(
    model: &Model<f32>,
    nodes: &[(Value, &Node<f32>)],
    known: &HashMap<Value, Known>,
) -> HashSet<Value> {
    let mut used: HashSet<Value> = model.network().outputs().into_iter().collect();
    for (value, node) in nodes.iter().rev() {
        if !used.contains(value) && !known[value].on_grid {
            continue;
        }
        let inputs = node.inputs().iter().enumerate();
        used.extend(
            inputs
                .filter(|(index, _)| !node.layer().spreads(*index))
                .map(|(_, input)| *input),
        );
    }
    used
}

/// Whether a layer looks at several positions of its input.
fn has_window(node: &Node<f32>, known: &HashMap<Value, Known>) -> bool {
    let input = node.inputs().first().and_then(|input| known.get(input));
    let size = input.map_or([1, 1], |input| input.size);
    match node.layer().geometry() {
        Geometry::Window(windowed) => {
            (0..2).any(|axis| size[axis] > 1 && windowed.window.span(axis) > 1)
        }
        // Interpolations, transposed convolutions.
        Geometry::Sampled(_) => size != [1, 1],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Var, ops};
    use crate::nn::layers::{Conv2d, Flatten, GlobalAvgPool2d, Linear, Pixelwise, WholeImage};
    use crate::nn::{Kind, Network};
    use crate::padding::Padding;
    use crate::rng::Seed;

    /// What lies behind in a network whose first layer is a convolution.
    fn found(build: impl FnOnce(&mut Network<f32>, Value)) -> Option<String> {
        let mut network = Network::new();
        let image = network.input();
        let first = network.add("first", convolution(3, [3, 3]), &[image]);
        build(&mut network, first);
        let model = Model::new(network, [3, 16, 16], Seed(0)).expect("a network");
        let operators = HashMap::from([("mix".to_string(), "Slice".to_string())]);
        behind(&model, &operators).expect("shapes")
    }

    fn convolution(channels: usize, kernel: [usize; 2]) -> Conv2d {
        Conv2d::new(
            channels,
            8,
            kernel,
            Padding::parse("zeros").expect("a padding"),
        )
    }

    fn reshaped(shape: [usize; 3]) -> WholeImage<f32> {
        let [c, h, w] = shape;
        WholeImage::new(Kind::Other, shape, move |x: &[Var<f32>]| {
            ops::reshape(&x[0], &[x[0].shape()[0], c, h, w])
        })
    }

    fn gate() -> Pixelwise<f32> {
        let gate = Pixelwise::new(Kind::Join, 8, |x: &[Var<f32>]| ops::mul(&x[0], &x[1]));
        gate.spread(vec![false, true])
    }

    #[test]
    fn convolutions_behind_a_layer_that_mixes_positions_are_counted() {
        let text = found(|network, first| {
            let mixed = network.add("mix#2", reshaped([8, 16, 16]), &[first]);
            let second = network.add("second", convolution(8, [3, 3]), &[mixed]);
            network.add("third", convolution(8, [1, 1]), &[second]);
        });
        let text = text.expect("something behind");
        for part in [
            "node mix (operator Slice) mixes all positions",
            "2 nodes behind it, 1 convolution or pool among them",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
        // A decoder behind a vector, and one whose map is added to another.
        let decoded = found(|network, first| {
            let mixed = network.add("flat", reshaped([2048, 1, 1]), &[first]);
            let map = network.add("map", reshaped([8, 16, 16]), &[mixed]);
            let own = network.add("own", convolution(8, [3, 3]), &[map]);
            network.add("sum", crate::nn::layers::Add, &[first, own]);
        });
        assert!(decoded.is_some_and(|text| text.contains("node flat")));
    }

    #[test]
    fn heads_and_gates_lack_nothing() {
        let head = found(|network, first| {
            let flat = network.add("flatten", Flatten, &[first]);
            network.add("fc", Linear::new(8 * 256, 10), &[flat]);
        });
        let gated = found(|network, first| {
            let pooled = network.add("pool", GlobalAvgPool2d, &[first]);
            let squeezed = network.add("squeeze", convolution(8, [1, 1]), &[pooled]);
            let map = network.add("gate", gate(), &[first, squeezed]);
            network.add("second", convolution(8, [3, 3]), &[map]);
        });
        // Channels as a row, and a convolution over them (ECA).
        let over_channels = found(|network, first| {
            let pooled = network.add("pool", GlobalAvgPool2d, &[first]);
            let row = network.add("row", reshaped([1, 1, 8]), &[pooled]);
            let near = network.add("near", convolution(1, [1, 3]), &[row]);
            let mean = network.add("mean", GlobalAvgPool2d, &[near]);
            network.add("gate", gate(), &[first, mean]);
        });
        assert_eq!([head, gated, over_channels], [None, None, None]);
    }
}
