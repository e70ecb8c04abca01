//! Gates, norms and constants: what of them a map keeps that they act on.

use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

use super::maps::{
    CHANNELS, MARGIN, Operators, SIDE, alone, assert_as_on_whole_tensors, assert_same, between,
    images, padded_and_not,
};
use super::written::{Int, Ints, Written};

#[test]
fn gates_and_norms_compute_what_those_on_whole_tensors_do() {
    let each: [(&str, usize, Operators); 5] = [
        ("repeated gate", 8, |graph, side| {
            repeated_gate(graph, side, true)
        }),
        ("tiled gate", 4, tiled_gate),
        ("gate of channels last", 4, gate_of_channels_last),
        ("norm", 4, norm_over_space),
        ("norm of one map", 4, norm_over_a_map),
    ];
    for (name, channels, operators) in each {
        assert_as_on_whole_tensors(name, channels, operators);
    }
}

/// The mean of each map, repeated over all of its pixels, beside the map.
fn repeated_gate(graph: Written, side: usize, expanded: bool) -> Written {
    let means = [("axes", Ints(&[2, 3])), ("keepdims", Int(1))];
    let graph = graph.node("ReduceMean", "a", "mean", &means);
    let graph = match expanded {
        true => graph.ints("to", &[1, 1, side as i64, side as i64]).node(
            "Expand",
            "mean to",
            "gate",
            &[],
        ),
        false => graph
            .floats("zero", &Tensor::zeros(&[]))
            .node("Mul", "a zero", "none", &[])
            .node("Add", "none mean", "gate", &[]),
    };
    let graph = graph.node("Mul", "a gate", "gated", &[]);
    graph.node("Concat", "gated gate", "b", &[("axis", Int(1))])
}

fn tiled_gate(graph: Written, side: usize) -> Written {
    let means = [("axes", Ints(&[2, 3])), ("keepdims", Int(1))];
    let graph = graph.node("ReduceMean", "a", "mean", &means);
    let graph = graph.ints("times", &[1, 1, side as i64, side as i64]);
    let graph = graph.node("Tile", "mean times", "gate", &[]);
    graph.node("Add", "a gate", "b", &[])
}

/// The same with channels last.
fn gate_of_channels_last(graph: Written, side: usize) -> Written {
    let means = [("axes", Ints(&[1, 2])), ("keepdims", Int(1))];
    let graph = graph.ints("to", &[1, side as i64, side as i64, 1]);
    let graph = graph.node("Transpose", "a", "a2", &[("perm", Ints(&[0, 2, 3, 1]))]);
    let graph = graph.node("ReduceMean", "a2", "mean", &means);
    let graph = graph.node("Expand", "mean to", "gate", &[]);
    let graph = graph.node("Add", "a2 gate", "a3", &[]);
    graph.node("Transpose", "a3", "b", &[("perm", Ints(&[0, 3, 1, 2]))])
}

/// A layer norm over channels, rows and columns whose weights are those of channels.
fn norm_over_space(graph: Written, side: usize) -> Written {
    let each = |shift: f64| {
        let values = (0..CHANNELS * side * side).map(|i| shift + (i / (side * side)) as f64);
        Tensor::from_vec(values.collect(), &[CHANNELS, side, side])
    };
    let graph = graph
        .floats("scale", &each(0.5))
        .floats("bias", &each(-1.0));
    graph.node(
        "LayerNormalization",
        "a scale bias",
        "b",
        &[("axis", Int(1))],
    )
}

fn norm_over_a_map(graph: Written, side: usize) -> Written {
    let graph = graph.floats("scale", &Tensor::full(&[side, side], 1.5));
    graph.node("LayerNormalization", "a scale", "b", &[("axis", Int(2))])
}

/// What the whole image decides is taken from the image's own grid; all else reads the true pixels around it.
#[test]
fn gates_and_norms_keep_the_map_that_they_act_on() {
    let images = images(3, SIDE + 2 * MARGIN);
    let same_by_broadcasting: [(&str, usize, Operators, Operators); 3] = [
        (
            "gate",
            8,
            |graph, side| repeated_gate(graph, side, true),
            |graph, side| repeated_gate(graph, side, false),
        ),
        ("norm", 4, norm_over_space, |graph, _| {
            let each = |shift: f64| (0..CHANNELS).map(|c| shift + c as f64).collect();
            let graph = graph
                .floats("scale", &Tensor::from_vec(each(0.5), &[CHANNELS, 1, 1]))
                .floats("bias", &Tensor::from_vec(each(-1.0), &[CHANNELS, 1, 1]));
            normed_by_hand(graph, &[1, 2, 3])
        }),
        ("norm of one map", 4, norm_over_a_map, |graph, _| {
            let graph = graph.floats("scale", &Tensor::full(&[1, 1], 1.5));
            normed_by_hand(graph.floats("bias", &Tensor::zeros(&[1, 1])), &[2, 3])
        }),
    ];
    for (name, channels, operators, by_hand) in same_by_broadcasting {
        let [found, wanted] = [operators, by_hand].map(|o| between(o, channels, SIDE));
        let margins = [&found, &wanted].map(|network| network.model.needed_sides().unwrap());
        assert_eq!(margins[0], margins[1], "{name}");
        assert!(margins[0].top == 2, "{name}: {margins:?}");
        let [own, around] = padded_and_not(&found, &images);
        let [own_by_hand, around_by_hand] = padded_and_not(&wanted, &images);
        assert_same(&own, &own_by_hand, name);
        assert_same(&around, &around_by_hand, name);
        assert!(own != around, "{name}");
    }
}

/// A norm in single operators.
fn normed_by_hand(graph: Written, axes: &[i64]) -> Written {
    let means = || [("axes", Ints(axes)), ("keepdims", Int(1))];
    let graph = graph.floats("eps", &Tensor::full(&[], 1e-5));
    let graph = graph
        .node("ReduceMean", "a", "mean", &means())
        .node("Sub", "a mean", "c", &[]);
    let graph = graph.node("Mul", "c c", "square", &[]);
    let graph = graph.node("ReduceMean", "square", "variance", &means());
    let graph = graph
        .node("Add", "variance eps", "v", &[])
        .node("Sqrt", "v", "root", &[]);
    let graph = graph.node("Div", "c root", "normed", &[]);
    let graph = graph.node("Mul", "normed scale", "scaled", &[]);
    graph.node("Add", "scaled bias", "b", &[])
}

/// Nobody knows what a table of one value for each pixel has behind the border.
#[test]
fn constants_that_differ_from_pixel_to_pixel_have_no_surroundings() {
    let added: Operators = |graph, side| {
        let table = Tensor::randn(&[1, CHANNELS, side, side], &mut Seed(4).rng());
        graph
            .floats("table", &table)
            .node("Add", "a table", "b", &[])
    };
    let weighted: Operators = |graph, side| {
        let table = Tensor::randn(&[CHANNELS, side, side], &mut Seed(4).rng());
        let graph = graph.floats("table", &table);
        graph.node("LayerNormalization", "a table", "b", &[("axis", Int(1))])
    };
    for operators in [added, weighted] {
        assert_eq!(alone(operators, false).outputs[0].map, None);
    }
}
