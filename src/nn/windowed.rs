//! What every layer with a window does: pad by its scheme, or read the true surroundings.

use super::context::Context;
use super::feature::Feature;
use super::misfit::misfit;
use super::sampling::too_small;
use crate::autodiff::Var;
use crate::autodiff::ops::PoolOptions;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::{Drawn, Extent, Padding, Sides, Window};

/// A window and its padding: what every layer with a window is made of.
#[derive(Clone, Copy, Debug)]
pub struct Windowed {
    /// Kernel size, stride and dilation.
    pub window: Window,
    /// What lies around the input.
    pub padding: Padding,
}

impl Windowed {
    /// A window of k×k, stride 1; a padding without an extent keeps the size (k/2 pixels per side).
    pub fn new(kernel: usize, padding: Padding) -> Windowed {
        Windowed {
            window: Window::square(kernel),
            padding: padding.or_extent(Extent::Uniform(kernel / 2)),
        }
    }

    /// The window of a pool.
    pub(super) fn pool(options: &PoolOptions) -> Windowed {
        Windowed {
            window: options.window(),
            padding: options.padding.padding,
        }
    }

    /// The sides that are padded around a map of `size`.
    pub fn sides(&self, size: [usize; 2]) -> Sides {
        self.padding.reach().sides(&self.window, size)
    }

    /// Whether anything is padded.
    pub(super) fn pads(&self) -> bool {
        self.padding.reach() != Extent::Valid
    }

    /// The output grid for an input grid of `size`.
    ///
    /// # Errors
    /// Where the window does not fit, or a size, stride or dilation is 0; the message names the layer `path`.
    pub fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        let Window {
            kernel,
            stride,
            dilation,
        } = self.window;
        if [kernel, stride, dilation].as_flattened().contains(&0) {
            let problem =
                format!("its window has size {kernel:?}, stride {stride:?}, dilation {dilation:?}");
            return Err(misfit(path, problem, "use 1 or more of each"));
        }
        let padded = self.sides(size).padded(size);
        match [0, 1].map(|axis| self.window.output(axis, padded[axis])) {
            [Some(h), Some(w)] => Ok([h, w]),
            _ => Err(misfit(
                path,
                format!(
                    "its {}×{} window does not fit into a map of {}×{} with padding {}",
                    self.window.span(0),
                    self.window.span(1),
                    size[0],
                    size[1],
                    self.padding
                ),
                "use larger images, a padding that keeps the size, or a network with fewer layers",
            )),
        }
    }

    /// The margin needed around the input grid for `output` around the output's.
    ///
    /// Output pixel o reads from o·s - p on, so m pixels before the output need m·s + p before the
    /// input; behind the output the last window decides.
    ///
    /// # Errors
    /// As [`Windowed::output_size`].
    pub fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        let grid = self.output_size(path, size)?;
        let sides = self.sides(size);
        let before =
            |axis: usize| output.before(axis) * self.window.stride[axis] + sides.before(axis);
        let after = |axis: usize| {
            let last = (grid[axis] - 1 + output.after(axis)) * self.window.stride[axis];
            (last + self.window.span(axis)).saturating_sub(sides.before(axis) + size[axis])
        };
        Ok(Sides {
            top: before(0),
            left: before(1),
            bottom: after(0),
            right: after(1),
        })
    }

    /// Applies `operation` with the padding that the pass asks for: the layer's own, or none, on an input
    /// that has its true surroundings.
    ///
    /// # Errors
    /// Where the window does not fit, or the surroundings are too narrow.
    pub fn apply<T: Scalar>(
        &self,
        x: &Feature<T>,
        cx: &Context<'_, T>,
        operation: impl FnOnce(&Var<T>, Drawn) -> Var<T>,
    ) -> Result<Feature<T>> {
        let size = self.output_size(cx.path(), x.size)?;
        if !cx.has_surroundings() {
            return Ok(Feature {
                value: operation(&x.value, cx.seeded(self.padding)),
                margin: Sides::default(),
                size,
            });
        }
        if cx.pads_far_out() {
            return Ok(self.padded_far_out(x, size, cx, operation));
        }
        let Some((kept, margin)) = self.output_margin(cx.path(), x.size, x.margin)? else {
            let need = self.needed_margin(cx.path(), x.size, Sides::default())?;
            return Err(too_small(cx.path(), need, x.margin));
        };
        Ok(Feature {
            value: operation(&x.cropped(kept).value, Padding::valid().into()),
            margin,
            size,
        })
    }

    /// Applies `operation` with the layer's own padding around the margin, so that what the padding does stays as
    /// far outside of the grid, of `size` in the output, as the margin reaches.
    ///
    /// Before the grid a multiple of the stride is kept, for the windows to meet the padded network's.
    fn padded_far_out<T: Scalar>(
        &self,
        x: &Feature<T>,
        size: [usize; 2],
        cx: &Context<'_, T>,
        operation: impl FnOnce(&Var<T>, Drawn) -> Var<T>,
    ) -> Feature<T> {
        let [v, h] = self.window.stride;
        let kept = Sides {
            top: x.margin.top - x.margin.top % v,
            left: x.margin.left - x.margin.left % h,
            ..x.margin
        };
        // Extents such as `same` depend on the size of the map, which must not move the windows.
        let padding = self.padding.extent(self.sides(x.size));
        let value = operation(&x.cropped(kept).value, cx.seeded(padding));
        let [top, left] = [kept.top / v, kept.left / h];
        let shape = value.shape();
        let margin = Sides {
            top,
            left,
            bottom: shape[2] - top - size[0],
            right: shape[3] - left - size[1],
        };
        Feature {
            value,
            margin,
            size,
        }
    }

    /// What of the margin `have` around an input grid of `size` is kept, so that unpadded windows meet the
    /// padded network's grid, and the margin of the output; `None` where there is too little.
    ///
    /// With a margin m before the image and padding p, r = (m - p) mod s pixels go, and (m - p - r)/s
    /// outputs lie before the grid.
    pub(super) fn output_margin(
        &self,
        path: &str,
        size: [usize; 2],
        have: Sides,
    ) -> Result<Option<(Sides, Sides)>> {
        let grid = self.output_size(path, size)?;
        let need = self.needed_margin(path, size, Sides::default())?;
        let sides = self.sides(size);
        let mut kept = have;
        let mut output = [[0; 2]; 2];
        for axis in [0, 1] {
            let (before, after) = (have.before(axis), have.after(axis));
            if before < need.before(axis) || after < need.after(axis) {
                return Ok(None);
            }
            let stride = self.window.stride[axis];
            let beyond = before - sides.before(axis);
            let cropped = before - beyond % stride;
            *[&mut kept.top, &mut kept.left][axis] = cropped;
            let total = self.window.output(axis, cropped + size[axis] + after);
            let first = beyond / stride;
            output[axis] = [first, total.unwrap_or(0) - first - grid[axis]];
        }
        let [[top, bottom], [left, right]] = output;
        let margin = Sides {
            top,
            left,
            bottom,
            right,
        };
        Ok(Some((kept, margin)))
    }
}
