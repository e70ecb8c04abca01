//! Convolutions, and products with constant matrices, which are convolutions of one pixel.

use super::super::builder::{Builder, Lowered};
use super::super::call::Call;
use super::super::node::OnnxNode;
use super::super::slot::{Bound, Slot};
use crate::autodiff::ops::Sums;
use crate::kernels::Scalar;
use crate::nn::init::ConvInit;
use crate::nn::layers::{Conv2d, ConvTranspose2d, Linear};
use crate::padding::{Extent, Padding, Sides, Window};
use crate::tensor::Tensor;

/// An attribute's sizes for rows and columns; where the input is a sequence, rows have the size `neutral`.
fn sizes(call: &Call, name: &str, neutral: usize) -> Result<[usize; 2], String> {
    match is_sequence(call) {
        false => call.node.sizes(name, neutral),
        true => {
            let [columns] = call.node.sizes(name, neutral)?;
            Ok([neutral, columns])
        }
    }
}

/// Whether the input has one axis of space alone.
pub fn is_sequence(call: &Call) -> bool {
    call.live(0).is_ok_and(|x| x.shape.len() == 3)
}

/// The window of a convolution or a pool, and what is padded around a map of `size`.
///
/// # Errors
/// Where the attributes do not fit the input's axes, or a size is 0.
pub fn window(
    call: &Call,
    kernel: Option<[usize; 2]>,
    size: [usize; 2],
) -> Result<(Window, Sides), String> {
    let node = call.node;
    let kernel = match (node.has("kernel_shape"), kernel) {
        (false, Some(kernel)) => kernel,
        _ => sizes(call, "kernel_shape", 1)?,
    };
    let window = Window {
        kernel,
        stride: sizes(call, "strides", 1)?,
        dilation: sizes(call, "dilations", 1)?,
    };
    let parts = [window.kernel, window.stride, window.dilation];
    if parts.as_flattened().contains(&0) {
        return Err(format!(
            "a window of size {:?}, stride {:?}, dilation {:?}",
            window.kernel, window.stride, window.dilation
        ));
    }
    let sides = match (following(node), node.text("auto_pad", "NOTSET").as_str()) {
        (Some(extent), _) => extent.sides(&window, size),
        (None, "VALID") => Sides::default(),
        (None, "NOTSET" | "") => {
            let [top, left, bottom, right] = match is_sequence(call) {
                false => node.sizes("pads", 0)?,
                true => {
                    let [left, right] = node.sizes("pads", 0)?;
                    [0, left, 0, right]
                }
            };
            Sides {
                top,
                left,
                bottom,
                right,
            }
        }
        (None, other) => return Err(format!("auto_pad {other}")),
    };
    Ok((window, sides))
}

/// The extent of a padding that follows the map's size, where the node asks for one.
pub fn following(node: &OnnxNode) -> Option<Extent> {
    match node.text("auto_pad", "NOTSET").as_str() {
        "SAME_UPPER" => Some(Extent::Same),
        "SAME_LOWER" => Some(Extent::SameLower),
        _ => None,
    }
}

/// The padding that a convolution writes down: zeros, or none.
pub fn zeros(sides: Sides) -> Padding {
    match sides.is_none() {
        true => Padding::valid(),
        false => Padding::zeros(sides),
    }
}

/// The padding of a convolution's node: one that follows the map's size where the node says so.
fn padding(node: &OnnxNode, window: &Window, sides: Sides) -> Padding {
    match following(node) {
        Some(extent) if window.kernel != [1; 2] => Padding::zeros(extent),
        _ => zeros(sides),
    }
}

/// The output of a layer with a window or the like: images of these channels and rows and columns.
pub fn images_of(value: crate::nn::Value, [channels, h, w]: [usize; 3]) -> Vec<Bound> {
    vec![Bound::Live(Slot {
        value,
        shape: vec![1, channels, h, w],
        map: Some([2, 3]),
        batched: true,
    })]
}

/// A weight [_, _, kh, kw]; for sequences those of the file have no rows.
fn weight<T: Scalar>(call: &Call) -> Result<(Tensor<T>, [usize; 4]), String> {
    let weight = call.needed(1)?;
    let shape: [usize; 4] = match (weight.shape(), is_sequence(call)) {
        (&[a, b, h, w], false) => [a, b, h, w],
        (&[a, b, n], true) => [a, b, 1, n],
        (shape, _) => return Err(format!("a weight of the shape {shape:?}")),
    };
    if shape.contains(&0) {
        return Err(format!("a weight of the shape {shape:?}"));
    }
    Ok((weight.tensor().reshape(&shape), shape))
}

fn bias<T: Scalar>(call: &Call, channels: usize) -> Result<Option<Tensor<T>>, String> {
    match call.constant(2)? {
        None => Ok(None),
        Some(bias) if bias.shape() == [channels] => Ok(Some(bias.tensor())),
        Some(bias) => Err(format!(
            "a bias of the shape {:?} for {channels} channels",
            bias.shape()
        )),
    }
}

/// `Conv`.
pub fn conv<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let x = builder.images_or_row(call.live(0)?)?;
    let (weight, [outputs, per_group, kh, kw]) = weight(call)?;
    let (window, sides) = window(call, Some([kh, kw]), x.size())?;
    let groups = usize::try_from(call.node.int("group", 1)).unwrap_or(0);
    let inputs = x.channels();
    let fits = groups > 0 && per_group.checked_mul(groups) == Some(inputs) && outputs % groups == 0;
    if !fits || window.kernel != [kh, kw] {
        return Err(format!(
            "a weight of the shape {:?} for {inputs} channels in {groups} groups and a window of {:?}",
            weight.shape(),
            window.kernel
        ));
    }
    let bias = bias(call, outputs)?;
    let size = outputs_of(&window, sides, x.size())?;
    let layer = Conv2d {
        in_channels: inputs,
        out_channels: outputs,
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        groups,
        padding: padding(call.node, &window, sides),
        bias: bias.is_some(),
        init: ConvInit::Default,
        input_grad: Sums::Exact,
    };
    let bias = bias.map(|bias| ("bias", bias));
    let parameters = [("weight", weight)].into_iter().chain(bias).collect();
    let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
    Ok(images_of(value, [outputs, size[0], size[1]]))
}

/// The output's grid.
///
/// # Errors
/// Where the window does not fit.
pub fn outputs_of(window: &Window, sides: Sides, size: [usize; 2]) -> Result<[usize; 2], String> {
    let padded = sides.padded(size);
    match [0, 1].map(|axis| window.output(axis, padded[axis])) {
        [Some(h), Some(w)] => Ok([h, w]),
        _ => Err(format!(
            "a window of {}×{} pixels does not fit into {}×{} padded ones",
            window.span(0),
            window.span(1),
            padded[0],
            padded[1]
        )),
    }
}

/// `ConvTranspose`.
pub fn conv_transpose<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let node = call.node;
    let x = builder.images_or_row(call.live(0)?)?;
    let (weight, [inputs, per_group, kh, kw]) = weight(call)?;
    let (window, given) = window(call, Some([kh, kw]), x.size())?;
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    let outputs = per_group.checked_mul(groups).filter(|&o| o > 0);
    let fits = inputs == x.channels() && window.kernel == [kh, kw];
    let Some(outputs) = outputs.filter(|_| fits && inputs % groups == 0) else {
        return Err(format!(
            "a weight of the shape {:?} for {} channels in {groups} groups and a window of {:?}",
            weight.shape(),
            x.channels(),
            window.kernel
        ));
    };
    let full = |axis: usize| (x.size()[axis] - 1) * window.stride[axis] + window.span(axis);
    let full = [full(0), full(1)];
    let (sides, output_padding) = cut_off(call, &window, x.size(), full, given)?;
    let grid = [0, 1].map(|axis| {
        let cut = sides.before(axis) + sides.after(axis);
        (full[axis] + output_padding[axis])
            .checked_sub(cut)
            .filter(|&n| n > 0)
    });
    let [Some(h), Some(w)] = grid else {
        return Err(format!("nothing is left of {}×{} pixels", full[0], full[1]));
    };
    let bias = bias(call, outputs)?;
    let layer = ConvTranspose2d {
        in_channels: inputs,
        out_channels: outputs,
        window,
        groups,
        sides,
        output_padding,
        bias: bias.is_some(),
    };
    let bias = bias.map(|bias| ("bias", bias));
    let parameters = [("weight", weight)].into_iter().chain(bias).collect();
    let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
    Ok(images_of(value, [outputs, h, w]))
}

/// What is cut off the full output, and what is added to it: as the pads say, or so that a wanted size is left.
fn cut_off(
    call: &Call,
    window: &Window,
    size: [usize; 2],
    full: [usize; 2],
    given: Sides,
) -> Result<(Sides, [usize; 2]), String> {
    let node = call.node;
    let mut added = sizes(call, "output_padding", 0)?;
    let auto = node.text("auto_pad", "NOTSET");
    let wanted = match node.ints("output_shape") {
        Some(shape) => {
            let last = &shape[shape.len().saturating_sub(2)..];
            let sizes = last.iter().filter_map(|&n| usize::try_from(n).ok());
            let sizes = sizes.collect::<Vec<usize>>().try_into();
            sizes.map_err(|_| format!("an output of the shape {shape:?}"))?
        }
        None if auto.starts_with("SAME") => [0, 1].map(|axis| size[axis] * window.stride[axis]),
        None => return Ok((given, added)),
    };
    let sides = [0, 1].map(|axis| {
        let full = full[axis] + added[axis];
        added[axis] += wanted[axis].saturating_sub(full);
        let total = full.saturating_sub(wanted[axis]);
        match auto.as_str() {
            "SAME_UPPER" => [total / 2, total - total / 2],
            _ => [total - total / 2, total / 2],
        }
    });
    let [[top, bottom], [left, right]] = sides;
    let sides = Sides {
        top,
        left,
        bottom,
        right,
    };
    Ok((sides, added))
}

/// `Gemm` and `MatMul` with a constant matrix: a linear layer, or a convolution of one pixel on channels-last maps;
/// `None` where it is neither.
///
/// # Errors
/// Where the shapes do not fit.
pub fn dense<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
) -> Result<Option<Vec<Bound>>, String> {
    let (Bound::Live(x), Bound::Constant(b)) = (call.input(0)?, call.input(1)?) else {
        return Ok(None);
    };
    let &[rows, columns] = b.shape() else {
        return Ok(None);
    };
    let gemm = call.operator() == "Gemm";
    let attribute = |name: &str| gemm && call.node.int(name, 0) != 0;
    let transposed = attribute("transB");
    let [inputs, outputs] = if transposed {
        [columns, rows]
    } else {
        [rows, columns]
    };
    let factor = |name: &str| {
        if gemm {
            call.node.float(name, 1.0)
        } else {
            1.0
        }
    };
    let (alpha, beta) = (T::from_f64(factor("alpha")), T::from_f64(factor("beta")));
    if attribute("transA") || x.shape.last() != Some(&inputs) || !x.batched || inputs == 0 {
        return Ok(None);
    }
    let given: Tensor<T> = b.tensor();
    let weight = match transposed {
        true => given.clone(),
        false => {
            let at = |i: usize| given.data()[(i % inputs) * outputs + i / inputs];
            Tensor::from_vec((0..inputs * outputs).map(at).collect(), &[outputs, inputs])
        }
    };
    let weight = weight.map(|v| v * alpha);
    let bias = match call.constant(2)?.filter(|_| gemm) {
        None => Tensor::zeros(&[outputs]),
        Some(c) if c.values.len() == 1 => Tensor::full(&[outputs], T::from_f64(c.values.data()[0])),
        Some(c) if c.values.len() == outputs && c.shape().last() == Some(&outputs) => {
            c.tensor().reshape(&[outputs])
        }
        Some(_) => return Ok(None),
    };
    let bias = bias.map(|v| v * beta);
    let mut parameters = vec![("weight", weight), ("bias", bias)];
    if x.shape.len() == 2 && x.map.is_none() {
        let layer = Linear::new(inputs, outputs);
        let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
        let shape = vec![1, outputs];
        return Ok(Some(vec![Bound::Live(Slot {
            value,
            shape,
            ..x.clone()
        })]));
    }
    let last = x.shape.len() - 1;
    if x.map.is_none() || x.others() != [last] {
        return Ok(None);
    }
    parameters[0].1 = parameters[0].1.reshape(&[outputs, inputs, 1, 1]);
    let layer = Conv2d::new(inputs, outputs, 1, Padding::valid());
    let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
    let mut shape = x.shape.clone();
    shape[last] = outputs;
    Ok(Some(vec![Bound::Live(Slot {
        value,
        shape,
        ..x.clone()
    })]))
}
