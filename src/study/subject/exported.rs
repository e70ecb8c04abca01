//! Networks that other frameworks have exported as ONNX.

use std::path::Path;

use super::about::{About, preprocessing};
use super::behind::behind;
use crate::data::Preprocessing;
use crate::error::{Error, Result};
use crate::files::read_range;
use crate::formats::onnx::{Exit, LeftOut, Options, load};
use crate::nn::{Geometry, Kind, Model};
use crate::ppp::Predicting;
use crate::words::are;

/// An output of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name in the file.
    pub name: String,
    /// The layer that gives it.
    pub layer: String,
    /// Whether it is one value for each class, of which the largest is the prediction.
    pub classes: bool,
    /// Where it is one value for each class at every position, what is predicted there.
    pub predicting: Option<Predicting>,
}

/// What an ONNX file holds.
pub(super) struct Exported {
    pub model: Model<f32>,
    pub outputs: Vec<Output>,
    /// What is left out, in words.
    pub left_out: Option<String>,
    /// Whether padding acts on what is left out, and nobody asked for an end before it.
    pub lacks: bool,
    /// What lies behind a layer that mixes all positions, in words.
    pub behind: Option<String>,
    pub preprocessing: Option<Preprocessing>,
}

/// A size of maps, where paddings do not depend on it but for the last row.
const ANY_SIZE: [usize; 2] = [64; 2];

/// Whether a file is, by its name or its beginning, one of ONNX.
pub(super) fn is_onnx(path: &Path) -> bool {
    // The first field of the message is the version of the format; safetensors may begin with the same byte, and have
    // a brace where this has text or the graph.
    let begins = |bytes: Vec<u8>| bytes[0] == 8 && bytes[8] != b'{';
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("onnx"));
    named || read_range(path, 0, 9).is_ok_and(begins)
}

/// Opens an ONNX file.
///
/// # Errors
/// Where it cannot be read, or what is said of it does not fit.
pub(super) fn open(path: &Path, about: &About) -> Result<Exported> {
    for (setting, given) in [
        ("arch", about.arch.is_some()),
        ("classes", about.classes.is_some()),
    ] {
        if given {
            let problem = format!("{} says itself which network it holds", path.display());
            return Err(Error::usage(setting, problem, "leave it out"));
        }
    }
    let options = Options {
        size: about.size,
        until: about.until.clone(),
        partial: true,
        ..Options::default()
    };
    let imported = load::<f32>(path, &options)?;
    let known = imported.input.bytes.then(|| (vec![0.0], vec![1.0]));
    let about_input = About {
        scale: about.scale.or(imported.input.bytes.then_some(255.0)),
        ..about.clone()
    };
    let model = imported.model;
    let counts = |left_out: &LeftOut| about.until.is_none() && !left_out.only_choices;
    Ok(Exported {
        lacks: imported.left_out.as_ref().is_some_and(counts),
        behind: behind(&model, &imported.operators)?,
        outputs: (imported.outputs.into_iter())
            .filter_map(|exit| output(exit, model.input()))
            .collect(),
        left_out: imported.left_out.map(in_words),
        preprocessing: preprocessing(&about_input, known, model.input()[0])?,
        model,
    })
}

/// An output; none for the image itself.
fn output(exit: Exit, input: [usize; 3]) -> Option<Output> {
    let classes = match exit.shape.as_slice() {
        [1, classes] | [1, classes, 1, 1] | [1, 1, 1, classes] => *classes > 1,
        _ => false,
    };
    (!exit.node.is_empty()).then_some(Output {
        predicting: predicting(&exit, input),
        name: exit.name,
        layer: exit.node,
        classes,
    })
}

/// What is predicted at every position of an output. Values of a map are taken for classes where the file chooses the
/// largest of them, or where there is a map of them for every pixel of the image and they are no picture; those of a
/// sequence, an output of the file itself, where they are not the four of a box.
fn predicting(exit: &Exit, [_, rows, columns]: [usize; 3]) -> Option<Predicting> {
    let elements: usize = exit.shape.iter().product();
    let (classes, map) = match (exit.map, exit.shape.as_slice()) {
        (Some(map), _) => {
            let [h, w] = map.map(|axis| exit.shape[axis]);
            let classes = elements / (h * w).max(1);
            let dense = h >= rows && w >= columns && classes != 3;
            ((exit.chosen || dense).then_some(classes), Some([h, w]))
        }
        (None, &[1, steps, classes] | &[steps, 1, classes]) => {
            let sequence = steps > 1 && classes != 4 && !exit.inner;
            ((exit.chosen || sequence).then_some(classes), None)
        }
        _ => (None, None),
    };
    classes
        .filter(|&classes| classes > 1)
        .map(|classes| Predicting {
            layer: exit.node.clone(),
            classes,
            map,
        })
}

fn in_words(left_out: LeftOut) -> String {
    let LeftOut {
        problem, nodes, of, ..
    } = left_out;
    let are = are(nodes);
    format!("{problem}; with what needs its outputs, {nodes} of {of} nodes {are} left out")
}

/// The schemes of the layers that pad; those of pools, which mostly pad with nothing, only where there are no others.
pub(super) fn padding(model: &Model<f32>) -> String {
    let (mut names, mut of_pools) = (Vec::new(), Vec::new());
    for (_, node) in model.network().nodes() {
        let Geometry::Window(windowed) = node.layer().geometry() else {
            continue;
        };
        let name = windowed.padding.name();
        let names = match node.layer().kind() {
            Kind::Pool => &mut of_pools,
            _ => &mut names,
        };
        if !windowed.sides(ANY_SIZE).is_none() && !names.contains(&name) {
            names.push(name);
        }
    }
    let names = if names.is_empty() { of_pools } else { names };
    match names.is_empty() {
        true => "no padding".to_string(),
        false => names.join(" and "),
    }
}

/// Whether a layer was built for one size of images, so that another is another network.
pub(super) fn is_bound_to_size(model: &Model<f32>) -> bool {
    let nodes = &mut model.network().nodes();
    nodes.any(|(_, node)| node.layer().geometry().is_of_one_size())
}
