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

/// The window of a convolution or a pool, and what is padded around a map of `size`.
///
/// # Errors
/// Where the attributes do not fit two axes, or a size is 0.
pub fn window(
    node: &OnnxNode,
    kernel: Option<[usize; 2]>,
    size: [usize; 2],
) -> Result<(Window, Sides), String> {
    let given = node.has("kernel_shape");
    let kernel = match (given, kernel) {
        (false, Some(kernel)) => kernel,
        _ => node.sizes("kernel_shape", 1)?,
    };
    let window = Window {
        kernel,
        stride: node.sizes("strides", 1)?,
        dilation: node.sizes("dilations", 1)?,
    };
    let parts = [window.kernel, window.stride, window.dilation];
    if parts.as_flattened().contains(&0) {
        return Err(format!(
            "a window of size {:?}, stride {:?}, dilation {:?}",
            window.kernel, window.stride, window.dilation
        ));
    }
    let same = || Extent::Same.sides(&window, size);
    let sides = match node.text("auto_pad", "NOTSET").as_str() {
        "SAME_UPPER" => same(),
        // The odd pixel goes to the top and left.
        "SAME_LOWER" => {
            let Sides {
                top,
                left,
                bottom,
                right,
            } = same();
            Sides {
                top: bottom,
                left: right,
                bottom: top,
                right: left,
            }
        }
        "VALID" => Sides::default(),
        "NOTSET" | "" => {
            let [top, left, bottom, right] = node.sizes("pads", 0)?;
            Sides {
                top,
                left,
                bottom,
                right,
            }
        }
        other => return Err(format!("auto_pad {other}")),
    };
    Ok((window, sides))
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
    let follows = node.text("auto_pad", "NOTSET") == "SAME_UPPER" && window.kernel != [1; 2];
    match follows {
        true => Padding::zeros(Extent::Same),
        false => zeros(sides),
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

/// A weight [_, _, kh, kw].
fn weight<T: Scalar>(call: &Call) -> Result<(Tensor<T>, [usize; 4]), String> {
    let weight = call.needed(1)?;
    let shape: [usize; 4] = (weight.shape().try_into())
        .map_err(|_| format!("a weight of the shape {:?}, not of 4 axes", weight.shape()))?;
    if shape.contains(&0) {
        return Err(format!("a weight of the shape {shape:?}"));
    }
    Ok((weight.tensor(), shape))
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
    let x = builder.images(call.live(0)?)?;
    let (weight, [outputs, per_group, kh, kw]) = weight(call)?;
    let (window, sides) = window(call.node, Some([kh, kw]), x.size())?;
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
    let x = builder.images(call.live(0)?)?;
    let (weight, [inputs, per_group, kh, kw]) = weight(call)?;
    let (window, given) = window(node, Some([kh, kw]), x.size())?;
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
    let (sides, output_padding) = cut_off(node, &window, x.size(), full, given)?;
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
    node: &OnnxNode,
    window: &Window,
    size: [usize; 2],
    full: [usize; 2],
    given: Sides,
) -> Result<(Sides, [usize; 2]), String> {
    let mut added: [usize; 2] = node.sizes("output_padding", 0)?;
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
