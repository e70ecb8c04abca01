//! Where a network is looked at.

use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo, Model};

/// Fewer stages than this say too little of how padding travels inwards.
const FEWEST: usize = 3;
/// Convolutions that are looked at in a network whose maps keep their size.
const SPREAD: usize = 4;

/// The last layer before the maps change their size, every time they do, and a map that is the output.
///
/// Layers whose every position sees the whole image are left out, as none of them is far from the border. A network
/// whose maps keep their size is looked at in a few convolutions on the way.
///
/// # Errors
/// Where no layer is left.
pub fn stages(model: &Model<f32>) -> Result<Vec<LayerInfo>> {
    let maps: Vec<LayerInfo> = model
        .layers()?
        .into_iter()
        .filter(|layer| layer.field.stride[0] > 0.0 && layer.shape[1] * layer.shape[2] > 1)
        .collect();
    if maps.is_empty() {
        let problem = "every position of every map sees the whole image";
        let remedy = "check a network with maps whose middle is not their border";
        return Err(Error::invalid("network", problem, remedy));
    }
    let ends = |i: &usize| {
        maps.get(i + 1)
            .is_none_or(|next| next.shape[1..] != maps[*i].shape[1..])
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
