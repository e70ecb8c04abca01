//! The walks over what windows read: rows that none reads, and how often each pixel of the image is read.
//!
//! Source: Alsallakh et al., "Mind the Pad – CNNs Can Develop Blind Spots", ICLR 2021, arXiv 2010.02178.

use super::layer::Geometry;
use super::network::{Network, Value};
use super::windowed::Windowed;
use crate::kernels::Scalar;
use crate::padding::Sides;

/// A layer's window on the map that it gets.
#[derive(Clone, Debug)]
pub struct LayerWindow {
    /// Dotted name.
    pub name: String,
    /// Kernel, stride, dilation and padding.
    pub windowed: Windowed,
    /// Rows and columns of its input.
    pub input: [usize; 2],
    /// Rows and columns of its output.
    pub output: [usize; 2],
    /// The pixels that are padded.
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

/// Every layer with a window larger than a pixel, with a stride, or with padding, as far as the shapes go.
pub(super) fn windows<T: Scalar>(network: &Network<T>, shapes: &[[usize; 3]]) -> Vec<LayerWindow> {
    let mut windows = Vec::new();
    for (i, node) in network.nodes.iter().take(shapes.len() - 1).enumerate() {
        let (Geometry::Window(windowed), [input]) = (node.layer.geometry(), node.inputs.as_slice())
        else {
            continue;
        };
        let (window, [_, h, w]) = (windowed.window, shapes[input.0]);
        let sides = windowed.sides([h, w]);
        let spans = [0, 1].map(|axis| window.span(axis));
        if window.stride == [1; 2] && spans == [1; 2] && sides.is_none() {
            continue;
        }
        let [_, rows, columns] = shapes[i + 1];
        let padded = sides.padded([h, w]);
        let unread = [0, 1].map(|axis| {
            let last = ([rows, columns][axis] - 1) * window.stride[axis];
            padded[axis].saturating_sub(last + window.span(axis))
        });
        windows.push(LayerWindow {
            name: node.name.clone(),
            windowed,
            input: [h, w],
            output: [rows, columns],
            sides,
            unread,
        });
    }
    windows
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
