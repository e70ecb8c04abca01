//! Where a network is looked at.

use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo};
use crate::study::subject::Subject;

/// Fewer stages than this say too little of how padding travels inwards.
const FEWEST: usize = 3;
/// Convolutions that are looked at in a network whose maps keep their size.
const SPREAD: usize = 4;

/// Whether a layer gives maps on the image's grid, whose pixels see others.
fn is_map(layer: &LayerInfo) -> bool {
    let sees_others = layer.field.size.iter().any(|&size| size > 1.0);
    layer.field.stride[0] > 0.0 && layer.shape[1] * layer.shape[2] > 1 && sees_others
}

/// The last layer before the maps change their size, every time they do, and maps that are outputs.
///
/// What is computed from the whole image alone is left out, as none of it is far from the border. A network
/// whose maps keep their size is looked at in a few convolutions on the way.
///
/// # Errors
/// Where no layer is left.
pub(super) fn stages(subject: &Subject) -> Result<Vec<LayerInfo>> {
    let layers = subject.model.layers()?.into_iter();
    let maps: Vec<LayerInfo> = layers.filter(is_map).collect();
    if maps.is_empty() {
        let mut problem = "every position of every map sees the whole image".to_string();
        for part in [&subject.left_out, &subject.behind].into_iter().flatten() {
            problem += &format!("; not measured: {part}");
        }
        let remedy = "check a network with maps whose middle is not their border";
        return Err(Error::invalid(&subject.name, problem, remedy));
    }
    let is_output = |name: &str| subject.outputs.iter().any(|output| output.layer == name);
    let ends = |i: &usize| {
        let next = maps.get(i + 1);
        is_output(&maps[*i].name) || next.is_none_or(|next| next.shape[1..] != maps[*i].shape[1..])
    };
    let mut chosen: Vec<usize> = (0..maps.len()).filter(ends).collect();
    if chosen.len() < FEWEST {
        let convs: Vec<usize> = (0..maps.len())
            .filter(|i| maps[*i].kind == Kind::Conv2d)
            .collect();
        let parts = SPREAD.min(convs.len());
        chosen.extend((0..parts).map(|part| convs[part * convs.len() / parts]));
        chosen.sort_unstable();
        chosen.dedup();
    }
    Ok(chosen.into_iter().map(|i| maps[i].clone()).collect())
}
