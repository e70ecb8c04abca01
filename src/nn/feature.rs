//! A feature map and the true pixels around it.

use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::padding::Sides;
use crate::tensor::Tensor;

/// The output of a layer, which may reach beyond the grid that the padded network computes.
///
/// `value` is [N, C, top + h + bottom, left + w + right], with [h, w] = `size` the grid of the padded
/// network and `margin` the pixels around it that come from the image's true surroundings. In an
/// ordinary pass the margin is zero. Features without rows and columns have the size [1, 1].
#[derive(Clone, Debug)]
pub struct Feature<T: Scalar> {
    /// The map and what lies around it.
    pub value: Var<T>,
    /// True pixels per side.
    pub margin: Sides,
    /// Rows and columns of the grid.
    pub size: [usize; 2],
}

impl<T: Scalar> Feature<T> {
    /// Images [N, C, H, W] with nothing around them.
    ///
    /// # Panics
    /// If there are not four axes.
    #[track_caller]
    pub fn images(value: Var<T>) -> Feature<T> {
        Feature::wide(value, 0)
    }

    /// Wide images [N, C, H + 2·margin, W + 2·margin] whose centre is the image proper.
    ///
    /// # Panics
    /// If there are not four axes or the margin leaves no image.
    #[track_caller]
    pub fn wide(value: Var<T>, margin: usize) -> Feature<T> {
        let [_, _, h, w] = value.value().nchw("a network's input");
        assert!(
            h > 2 * margin && w > 2 * margin,
            "a margin of {margin} leaves no image of {h}×{w} pixels"
        );
        Feature {
            value,
            margin: Sides::uniform(margin),
            size: [h - 2 * margin, w - 2 * margin],
        }
    }

    /// A feature [N, K] without rows and columns.
    pub fn flat(value: Var<T>) -> Feature<T> {
        Feature {
            value,
            margin: Sides::default(),
            size: [1, 1],
        }
    }

    /// The same feature after an operation on each pixel.
    ///
    /// The operation must keep rows and columns, and a pixel of its output must not depend on other pixels: the margin
    /// stays as it is. For a window there is [`Windowed::apply`](super::Windowed::apply).
    ///
    /// # Panics
    /// If the operation changes the number of rows or columns.
    #[track_caller]
    pub fn pointwise(&self, operation: impl FnOnce(&Var<T>) -> Var<T>) -> Feature<T> {
        let value = operation(&self.value);
        let (before, after) = (self.value.value().shape(), value.value().shape());
        assert!(
            before.get(2..) == after.get(2..),
            "pointwise: the operation made {after:?} of {before:?}; a layer with a window uses Windowed::apply"
        );
        Feature { value, ..*self }
    }

    /// The grid of the padded network alone.
    pub fn on_grid(&self) -> Var<T> {
        self.cropped(Sides::default()).value
    }

    /// The feature with a smaller margin.
    ///
    /// # Panics
    /// If a side of `margin` is larger than what there is.
    #[track_caller]
    pub fn cropped(&self, margin: Sides) -> Feature<T> {
        if margin == self.margin {
            return self.clone();
        }
        let [rows, columns] = [0, 1].map(|axis| {
            let start = self.margin.before(axis) - margin.before(axis);
            start..start + margin.before(axis) + self.size[axis] + margin.after(axis)
        });
        Feature {
            value: ops::crop2d(&self.value, rows, columns),
            margin,
            size: self.size,
        }
    }
}

/// Images [N, C, H, W] without a margin.
impl<T: Scalar> From<Tensor<T>> for Feature<T> {
    fn from(images: Tensor<T>) -> Feature<T> {
        Feature::images(Var::constant(images))
    }
}

/// Wide images [N, C, H + 2m, W + 2m] with their margin m.
impl<T: Scalar> From<(Tensor<T>, usize)> for Feature<T> {
    fn from((images, margin): (Tensor<T>, usize)) -> Feature<T> {
        Feature::wide(Var::constant(images), margin)
    }
}

/// Several features with the margin that all of them have: what a layer that joins them computes with.
///
/// # Panics
/// If there is none.
#[track_caller]
pub fn aligned<T: Scalar>(inputs: &[Feature<T>]) -> Vec<Feature<T>> {
    let margins = inputs.iter().map(|x| x.margin);
    let Some(margin) = margins.reduce(smaller) else {
        panic!("a join needs an input")
    };
    inputs.iter().map(|x| x.cropped(margin)).collect()
}

/// The larger of two margins, side by side.
pub(super) fn larger(a: Sides, b: Sides) -> Sides {
    each(a, b, usize::max)
}

/// The smaller of two margins, side by side.
pub(super) fn smaller(a: Sides, b: Sides) -> Sides {
    each(a, b, usize::min)
}

fn each(a: Sides, b: Sides, pick: fn(usize, usize) -> usize) -> Sides {
    Sides {
        top: pick(a.top, b.top),
        left: pick(a.left, b.left),
        bottom: pick(a.bottom, b.bottom),
        right: pick(a.right, b.right),
    }
}
