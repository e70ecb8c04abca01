//! The walks over what layers read: padded rows, rows that none reads, and how often each pixel of the image is read.
//!
//! Source: Alsallakh et al., "Mind the Pad – CNNs Can Develop Blind Spots", ICLR 2021, arXiv 2010.02178.

use super::layer::Geometry;
use super::network::{Network, Value};
use super::sampling::{Sampled, Sampling, each};
use super::windowed::Windowed;
use crate::kernels::Scalar;
use crate::padding::{Padding, Sides};

/// What a layer reads of the map that it gets: a convolution or pool through its window, a transposed convolution or
/// an interpolation around every position.
#[derive(Clone, Debug)]
pub struct LayerWindow {
    /// Dotted name.
    pub name: String,
    /// Rows and columns of its kernel, dilation included, or those between which it interpolates.
    pub span: [usize; 2],
    /// Rows and columns of its input from one position of its output to the next; below 1 where maps grow.
    pub stride: [f64; 2],
    /// Its padding. A transposed convolution has none: it adds nothing for pixels beyond its input; nor has an
    /// interpolation, which repeats the edge or leaves out what lies beyond.
    pub padding: Option<Padding>,
    /// Rows and columns of its input.
    pub input: [usize; 2],
    /// Rows and columns of its output.
    pub output: [usize; 2],
    /// The pixels that are padded, or that a layer without a padding would read beyond its input.
    pub sides: Sides,
    /// r per axis: how many rows at the bottom and columns at the right, padded ones first, no window reads.
    pub unread: [usize; 2],
}

impl LayerWindow {
    /// How many padded pixels are read before and behind an axis.
    pub fn padding_read(&self, axis: usize) -> [usize; 2] {
        let after = self.sides.after(axis).saturating_sub(self.unread[axis]);
        [self.sides.before(axis), after]
    }

    /// How many rows or columns of the map itself no window reads.
    pub fn never_read(&self, axis: usize) -> usize {
        self.unread[axis].saturating_sub(self.sides.after(axis))
    }

    /// Whether padding acts on both ends of both axes alike, and every row and column is read.
    pub fn is_even(&self) -> bool {
        [0, 1].iter().all(|&axis| self.is_even_along(axis))
    }

    /// The same of one axis.
    pub fn is_even_along(&self, axis: usize) -> bool {
        let [before, after] = self.padding_read(axis);
        before == after && self.never_read(axis) == 0
    }
}

/// Every layer with a window larger than a pixel, with a stride, or with padding, and every transposed convolution and
/// interpolation, as far as the shapes go.
pub(super) fn windows<T: Scalar>(network: &Network<T>, shapes: &[[usize; 3]]) -> Vec<LayerWindow> {
    let nodes = network.nodes.iter().take(shapes.len() - 1).enumerate();
    let window = nodes.filter_map(|(i, node)| {
        let [input] = node.inputs.as_slice() else {
            return None;
        };
        let ([_, h, w], [_, rows, columns]) = (shapes[input.0], shapes[i + 1]);
        let maps = [[h, w], [rows, columns]];
        match node.layer.geometry() {
            Geometry::Window(windowed) => of_window(&node.name, windowed, maps),
            Geometry::Sampled(sampled) => of_sampled(&node.name, sampled, maps),
            _ => None,
        }
    });
    window.collect()
}

fn of_window(
    name: &str,
    windowed: Windowed,
    [input, output]: [[usize; 2]; 2],
) -> Option<LayerWindow> {
    let window = windowed.window;
    let sides = windowed.sides(input);
    let span = [0, 1].map(|axis| window.span(axis));
    if window.stride == [1; 2] && span == [1; 2] && sides.is_none() {
        return None;
    }
    let padded = sides.padded(input);
    let unread = [0, 1].map(|axis| {
        let last = (output[axis] - 1) * window.stride[axis];
        padded[axis].saturating_sub(last + span[axis])
    });
    Some(LayerWindow {
        name: name.to_string(),
        span,
        stride: window.stride.map(|stride| stride as f64),
        padding: Some(windowed.padding),
        input,
        output,
        sides,
        unread,
    })
}

/// Rows that are cut off count for none: what a cut throws away, it does on purpose.
fn of_sampled(
    name: &str,
    sampled: Sampled,
    [input, output]: [[usize; 2]; 2],
) -> Option<LayerWindow> {
    let span = sampled.0.each_ref().map(Sampling::span);
    let sides = each(|axis| sampled.0[axis].beyond(input[axis]));
    let transposed = |axis: &Sampling| matches!(axis, Sampling::Transposed { .. });
    if span == [1; 2] && sides.is_none() && !sampled.0.iter().any(transposed) {
        return None;
    }
    Some(LayerWindow {
        name: name.to_string(),
        span,
        stride: sampled.0.each_ref().map(Sampling::step),
        padding: None,
        input,
        output,
        sides,
        unread: [0; 2],
    })
}

/// Which positions of an axis of the image each position of a value's axis depends on.
type Reads = Vec<Vec<bool>>;

/// How many positions of `value` each row and each column of the image takes part in.
///
/// Padded positions count for the pixels whose values they copy; those without a source count for none.
pub(super) fn foveation<T: Scalar>(
    network: &Network<T>,
    shapes: &[[usize; 3]],
    value: Value,
) -> [Vec<usize>; 2] {
    [0, 1].map(|axis| {
        let n = shapes[0][axis + 1];
        let own = |i: usize| (0..n).map(|j| i == j).collect();
        let mut reads: Vec<Reads> = vec![(0..n).map(own).collect()];
        for (i, node) in network.nodes.iter().take(value.0).enumerate() {
            let outputs = shapes[i + 1][axis + 1];
            let mut joined = vec![vec![false; n]; outputs];
            for input in &node.inputs {
                let [_, h, w] = shapes[input.0];
                let sources = sources(&node.layer.geometry(), axis, [h, w], outputs);
                for (own, sources) in joined.iter_mut().zip(sources) {
                    for source in sources {
                        let read = &reads[input.0][source];
                        own.iter_mut()
                            .zip(read)
                            .for_each(|(own, read)| *own |= read);
                    }
                }
            }
            reads.push(joined);
        }
        let counts = |pixel| reads[value.0].iter().filter(|read| read[pixel]).count();
        (0..n).map(counts).collect()
    })
}

/// The positions along an axis of a layer's input that each position of its output reads.
fn sources(geometry: &Geometry, axis: usize, size: [usize; 2], outputs: usize) -> Vec<Vec<usize>> {
    let all = || (0..size[axis]).collect();
    let of = |o: usize| match geometry {
        // An input of one pixel is read everywhere.
        Geometry::Pixel => vec![o.min(size[axis] - 1)],
        Geometry::Sampled(sampled) => {
            let [first, last] = sampled.0[axis].reads(o as isize);
            let last = last.min(size[axis] as isize - 1);
            (first.max(0)..=last).map(|i| i as usize).collect()
        }
        Geometry::Statistics | Geometry::Whole(_) => all(),
        Geometry::Window(windowed) => {
            let window = &windowed.window;
            let table = &windowed.padding.axes(windowed.sides(size), size)[axis];
            let taps = (0..window.kernel[axis])
                .map(|k| table.source[o * window.stride[axis] + k * window.dilation[axis]]);
            taps.filter_map(|source| usize::try_from(source).ok())
                .collect()
        }
    };
    (0..outputs).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::interpolation::{Filter, Interpolation};
    use crate::nn::Model;
    use crate::nn::layers::{ConvTranspose2d, Resample2d, Sequential};
    use crate::padding::Window;
    use crate::rng::Seed;

    fn window(model: &Model<f32>) -> LayerWindow {
        let mut windows = model.windows([8, 8]).expect("windows");
        assert_eq!(windows.len(), 1);
        windows.remove(0)
    }

    #[test]
    fn transposed_convolutions_are_judged_at_both_ends() {
        // Kernel, pixels cut off, and added behind; the pixels beyond the input that are read.
        let cases = [
            (3, 1, 1, [0, 1]),
            (4, 1, 0, [1, 1]),
            (2, 0, 0, [0, 0]),
            (3, 0, 0, [1, 1]),
            (1, 0, 1, [0, 1]),
        ];
        for (kernel, cut, added, read) in cases {
            let layer = ConvTranspose2d {
                in_channels: 1,
                out_channels: 1,
                window: Window {
                    stride: [2; 2],
                    ..Window::square(kernel)
                },
                groups: 1,
                sides: each(|_| [cut; 2]),
                output_padding: [added; 2],
                bias: false,
            };
            let root = Sequential::new().named("up", layer);
            let up = window(&Model::new(root, [1, 8, 8], Seed(0)).expect("a network"));
            assert_eq!(up.padding_read(0), read, "{kernel} {cut} {added}");
            assert_eq!((up.span, up.stride), ([kernel; 2], [0.5; 2]));
            assert_eq!(up.is_even(), read[0] == read[1]);
            assert_eq!(up.never_read(1), 0);
        }
    }

    #[test]
    fn interpolations_are_judged_at_both_ends() {
        // Half-pixel positions are even, those from the corner of a pixel are not.
        for (shift, origin, read) in [(0.5, -0.5, [1, 1]), (0.0, 0.0, [0, 1])] {
            let axis = Interpolation {
                outputs: 16,
                shift,
                step: [1.0, 2.0],
                origin,
                filter: Filter::Linear,
                antialias: false,
                exclude_outside: false,
            };
            let root = Sequential::new().named("up", Resample2d { axes: [axis; 2] });
            let up = window(&Model::new(root, [1, 8, 8], Seed(0)).expect("a network"));
            assert_eq!((up.padding_read(0), up.span), (read, [2; 2]));
            assert_eq!(up.is_even(), read[0] == read[1]);
        }
        // A cut reads nothing beyond its input.
        let axis = Interpolation::strided(1, 2, 4);
        let root = Sequential::new().named("cut", Resample2d { axes: [axis; 2] });
        let model = Model::<f32>::new(root, [1, 8, 8], Seed(0)).expect("a network");
        assert!(model.windows([8, 8]).expect("windows").is_empty());
    }
}
