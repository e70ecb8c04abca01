//! The operators: what each of ONNX's becomes in a network.

mod binary;
mod blocks;
mod constants;
mod conv;
mod detect;
mod maps;
mod norm;
mod picks;
mod pool;
mod recurrent;
mod reduce;
mod repeat;
mod resize;
mod shapes;
mod unary;
mod whole;

use super::builder::{Builder, Lowered, OnMap};
use super::call::Call;
use super::slot::{Bound, Slot};
use crate::autodiff::ops;
use crate::kernels::Scalar;
use crate::nn::layers::Relu;

/// What a node gives; `None` where its operator is not known.
///
/// # Errors
/// Where it does not fit its inputs.
pub fn lower<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
) -> Result<Option<Vec<Bound>>, String> {
    if call.node.opset < 7 && call.node.int("broadcast", 0) != 0 {
        return Err("it broadcasts as before opset 7: export the network again".to_string());
    }
    if let Some(constants) = constants::fold(call)? {
        return Ok(Some(constants.into_iter().map(Bound::Constant).collect()));
    }
    if let Some(found) = dedicated(call, builder) {
        return found.map(Some);
    }
    if let Some(found) = elementwise(call, builder)? {
        return Ok(Some(found));
    }
    if let Some(found) = on_map(call, builder)? {
        return Ok(Some(found));
    }
    match whole::operation(call)? {
        None => Ok(None),
        Some(operation) => {
            let given: Vec<Bound> = call.inputs.iter().flatten().cloned().collect();
            builder.whole(&given, operation).map(Some)
        }
    }
}

/// Operators that have a layer of their own.
fn dedicated<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Option<Lowered> {
    Some(match call.operator() {
        "Conv" => of_space(call, builder, conv::conv),
        "ConvTranspose" => of_space(call, builder, conv::conv_transpose),
        "MaxPool" | "AveragePool" => of_space(call, builder, pool::pool),
        "GlobalAveragePool" | "GlobalMaxPool" => of_space(call, builder, pool::global),
        "BatchNormalization" => norm::batch_norm(call, builder),
        "InstanceNormalization" | "GroupNormalization" => norm::group_norm(call, builder),
        "LayerNormalization" => norm::layer_norm(call, builder),
        "LRN" => norm::local_response(call, builder),
        "Resize" | "Upsample" => resize::resize(call, builder),
        "Pad" => resize::pad(call, builder),
        "Identity" => call.input(0).map(|x| vec![x.clone()]),
        "Dropout" => match call.constant(2) {
            Ok(Some(training)) if training.to_ints() != [0] => {
                Err("it drops elements: export the network for evaluation".to_string())
            }
            _ => call.input(0).map(|x| vec![x.clone()]),
        },
        // Between float types nothing changes but rounding.
        "Cast" => match call.node.int("to", 1) {
            1 | 10 | 11 | 16 => call.input(0).map(|x| vec![x.clone()]),
            _ => Err("it makes integers of what the image decides".to_string()),
        },
        _ => return None,
    })
}

/// What a layer of images gives, for a sequence without the axis of rows.
fn of_space<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
    layer: fn(&Call, &mut Builder<T>) -> Lowered,
) -> Lowered {
    let mut found = layer(call, builder)?;
    if conv::is_sequence(call) {
        for bound in &mut found {
            if let Bound::Live(slot) = bound {
                let shape = vec![1, slot.shape[1], slot.shape[3]];
                *slot = builder.view(slot, shape);
            }
        }
    }
    Ok(found)
}

fn elementwise<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
) -> Result<Option<Vec<Bound>>, String> {
    if let Some((kind, f)) = unary::find::<T>(call)? {
        let given = call.live(0)?;
        // Another view of a map stays one, so that the map is not lost for what comes behind.
        let seen = builder.map_of(given);
        let x = seen.as_ref().unwrap_or(given);
        let slot = match call.operator() {
            "Relu" => Slot {
                value: builder.add(Relu, &[x.value]),
                ..x.clone()
            },
            _ => builder.pixelwise(kind, x, f),
        };
        return Ok(Some(vec![Bound::Live(match seen {
            Some(_) => builder.view(&slot, given.shape.clone()),
            None => slot,
        })]));
    }
    match (binary::find::<T>(call.operator()), call.operator()) {
        (Some(f), _) => binary::on_maps(call, builder, f),
        (None, "Mean") => binary::on_maps(call, builder, ops::add),
        _ => Ok(None),
    }
}

fn on_map<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> OnMap {
    match call.operator() {
        "Gemm" | "MatMul" => return conv::dense(call, builder),
        "Concat" => return maps::concat(call, builder),
        _ => {}
    }
    let Ok(Bound::Live(x)) = call.input(0) else {
        return Ok(None);
    };
    let x = &x.clone();
    match call.operator() {
        "Transpose" => maps::transpose(call, builder, x),
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => maps::reshape(call, builder, x),
        "Slice" => picks::slice(call, builder, x),
        "Gather" => picks::gather(call, builder, x),
        "Split" => picks::split(call, builder, x),
        "Expand" => repeat::expand(call, builder, x),
        "Tile" => repeat::tile(call, builder, x),
        "Softmax" | "LogSoftmax" => maps::softmax(call, builder, x),
        "DepthToSpace" => blocks::depth_to_space(call, builder, x),
        "SpaceToDepth" => blocks::space_to_depth(call, builder, x),
        _ => reduce::on_map(call, builder, x),
    }
}
