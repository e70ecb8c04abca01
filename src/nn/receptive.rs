//! The walk over receptive fields.

use super::layer::Geometry;
use super::network::Network;
use crate::kernels::Scalar;
use crate::padding::Sides;

/// Which pixels of the image a pixel of a layer's output can depend on, per axis (rows, columns).
///
/// Output pixel i sees the `size` pixels from i·`stride` + `offset` on, padded ones among them. Behind an
/// upsampling strides are fractions, and size and offset bound what any single pixel sees. Behind a norm over space every
/// pixel sees the whole image, and the stride is still that of the grid; where there is no grid it is 0. Source: Araujo,
/// Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceptiveField {
    /// How many pixels an output pixel sees.
    pub size: [f64; 2],
    /// By how many pixels the field moves from one output pixel to the next.
    pub stride: [f64; 2],
    /// Where the field of output pixel 0 begins; negative where it begins in the padding.
    pub offset: [f64; 2],
}

impl Default for ReceptiveField {
    /// That of the image itself: one pixel.
    fn default() -> ReceptiveField {
        ReceptiveField {
            size: [1.0; 2],
            stride: [1.0; 2],
            offset: [0.0; 2],
        }
    }
}

impl ReceptiveField {
    fn last(&self, axis: usize) -> f64 {
        self.offset[axis] + self.size[axis]
    }

    /// The field of the output of a layer whose input has this field.
    fn after(self, geometry: &Geometry, size: [usize; 2], image: [usize; 2]) -> ReceptiveField {
        match geometry {
            Geometry::Pixel => self,
            Geometry::Statistics => ReceptiveField {
                size: image.map(|n| n as f64),
                offset: [0.0; 2],
                ..self
            },
            Geometry::Whole(_) => ReceptiveField {
                size: image.map(|n| n as f64),
                stride: [0.0; 2],
                offset: [0.0; 2],
            },
            Geometry::Window(windowed) => {
                let sides: Sides = windowed.sides(size);
                let mut after = self;
                for axis in [0, 1] {
                    let stride = self.stride[axis];
                    after.stride[axis] *= windowed.window.stride[axis] as f64;
                    after.offset[axis] -= stride * sides.before(axis) as f64;
                    after.size[axis] += stride * (windowed.window.span(axis) - 1) as f64;
                }
                after
            }
            Geometry::Sampled(sampled) => {
                let mut after = self;
                for axis in [0, 1] {
                    let sampling = sampled.0[axis];
                    let [before, behind] = sampling.spread(size[axis]);
                    let stride = self.stride[axis];
                    after.stride[axis] *= sampling.step();
                    after.offset[axis] -= stride * before;
                    after.size[axis] += stride * (before + behind);
                }
                after
            }
        }
    }

    /// The smallest field that holds both.
    fn with(self, other: ReceptiveField) -> ReceptiveField {
        let mut both = self;
        for axis in [0, 1] {
            both.offset[axis] = self.offset[axis].min(other.offset[axis]);
            both.size[axis] = self.last(axis).max(other.last(axis)) - both.offset[axis];
            both.stride[axis] = self.stride[axis].max(other.stride[axis]);
        }
        both
    }
}

/// The receptive field of every value.
pub(super) fn fields<T: Scalar>(
    network: &Network<T>,
    shapes: &[[usize; 3]],
) -> Vec<ReceptiveField> {
    let [_, h, w] = shapes[0];
    let mut fields = vec![ReceptiveField::default()];
    for node in &network.nodes {
        let geometry = node.layer.geometry();
        let of_input = |value: &super::network::Value| {
            let [_, rows, columns] = shapes[value.0];
            fields[value.0].after(&geometry, [rows, columns], [h, w])
        };
        let joined = node
            .inputs
            .iter()
            .map(of_input)
            .reduce(ReceptiveField::with);
        fields.push(joined.unwrap_or(fields[0]));
    }
    fields
}
