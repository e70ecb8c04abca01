//! The border of a tensor of images under a padding, ready for the kernels.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::kernels::im2col::{Windows, scatter};
use crate::kernels::{Border, Halo, Scalar};
use crate::padding::{Axis, Computed, Drawn, Extent, Frame, Padding, Rule, Sides, Window};
use crate::tensor::Tensor;

/// What a windowed operation needs to know of the border of its input.
pub(super) struct ImageBorder<T> {
    padding: Padding,
    drawn: Drawn,
    pub sides: Sides,
    axes: [Axis; 2],
    ring: Vec<T>,
}

impl<T: Scalar> ImageBorder<T> {
    /// The border of `x` [N, C, H, W] with `sides` of `padding`, computed values included.
    ///
    /// # Panics
    /// If there are no pixels to pad from.
    #[track_caller]
    pub fn new(operation: &str, x: &Tensor<T>, drawn: Drawn, sides: Sides) -> ImageBorder<T> {
        let padding = drawn.padding;
        let [.., h, w] = x.nchw(operation);
        assert!(
            (h > 0 && w > 0) || sides.is_none(),
            "{operation}: an image of {h}×{w} pixels cannot be padded with {padding}"
        );
        let axes = padding.axes(sides, [h, w]);
        let ring = match padding.rule() {
            Rule::Computed(rule) if !sides.is_none() => ring(rule, x, &drawn, sides),
            _ => Vec::new(),
        };
        ImageBorder {
            padding,
            drawn,
            sides,
            axes,
            ring,
        }
    }

    /// The ring's layout.
    fn frame(&self) -> Frame {
        Frame::new(self.sides, [self.axes[0].n, self.axes[1].n])
    }

    /// How the padded values are found.
    pub fn rule(&self) -> Rule {
        self.padding.rule()
    }

    /// The border for a forward pass.
    pub fn forward(&self) -> Border<'_, T> {
        let halo = match self.padding.rule() {
            Rule::Constant(value) => Halo::Constant(T::from_f64(value)),
            Rule::Computed(_) if !self.ring.is_empty() => Halo::Ring(&self.ring, self.frame()),
            _ => Halo::Constant(T::zero()),
        };
        Border {
            axes: &self.axes,
            halo,
        }
    }

    /// The tables through which gradients go back: detached where the padding says so.
    pub fn backward_axes(&self) -> [Axis; 2] {
        if self.padding.stops_gradient() {
            self.axes.each_ref().map(Axis::detached)
        } else {
            self.axes.clone()
        }
    }

    /// The frame of the ring, where its gradient is wanted.
    pub fn ring_wanted(&self) -> Option<Frame> {
        (!self.ring.is_empty() && !self.padding.stops_gradient()).then(|| self.frame())
    }

    /// The gradient of `x` from the gradient of every map's matrix of windows (taps × pixels), which
    /// `matrix` gives by the map's index.
    pub fn scatter<'a>(
        &self,
        x: &Tensor<T>,
        windows: &Windows,
        matrix: impl Fn(usize) -> Cow<'a, [T]>,
    ) -> Tensor<T> {
        let [n, c, h, w] = x.nchw("padding");
        let axes = self.backward_axes();
        let halo = Halo::Constant(T::zero());
        let border = Border { axes: &axes, halo };
        let frame = self.ring_wanted();
        let ring_len = frame.map_or(0, |f| f.len());
        let mut x_grad = vec![T::zero(); x.len()];
        let mut rings = vec![T::zero(); n * c * ring_len];
        for (map, x_grad) in x_grad.chunks_mut((h * w).max(1)).enumerate() {
            let ring = frame.map(|f| (&mut rings[map * ring_len..][..ring_len], f));
            scatter(&matrix(map), &border.map(map), windows, x_grad, ring);
        }
        self.ring_backward(x, &rings, &mut x_grad);
        Tensor::from_vec(x_grad, x.shape())
    }

    /// Adds to `x_grad` what flows back from the gradient of the ring of every map.
    pub fn ring_backward(&self, x: &Tensor<T>, ring_grad: &[T], x_grad: &mut [T]) {
        let (Rule::Computed(rule), Some(frame)) = (self.padding.rule(), self.ring_wanted()) else {
            return;
        };
        let [_, channels, h, w] = x.nchw("padding");
        let maps = x_grad
            .par_chunks_mut(h * w)
            .zip(ring_grad.par_chunks(frame.len()));
        maps.enumerate().for_each(|(map, (x_grad, ring_grad))| {
            let seed = self.drawn.map_seed(map / channels, map % channels);
            let mut grad = vec![0.0; h * w];
            let (pixels, ring_grad) = (wide(&x.data()[map * h * w..][..h * w]), wide(ring_grad));
            rule.backward(&pixels, &frame, seed, &ring_grad, &mut grad);
            x_grad
                .iter_mut()
                .zip(grad)
                .for_each(|(x, g)| *x += T::from_f64(g));
        });
    }
}

fn wide<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|v| v.as_f64()).collect()
}

/// The ring of every map, one after the other.
fn ring<T: Scalar>(rule: &dyn Computed, x: &Tensor<T>, drawn: &Drawn, sides: Sides) -> Vec<T> {
    let [samples, channels, h, w] = x.nchw("padding");
    let frame = Frame::new(sides, [h, w]);
    let mut rings = vec![T::zero(); samples * channels * frame.len()];
    rings
        .par_chunks_mut(frame.len())
        .enumerate()
        .for_each(|(map, ring)| {
            let mut values = vec![0.0; frame.len()];
            let pixels = wide(&x.data()[map * h * w..][..h * w]);
            let seed = drawn.map_seed(map / channels, map % channels);
            rule.fill(&pixels, &frame, seed, &mut values);
            ring.iter_mut()
                .zip(values)
                .for_each(|(r, v)| *r = T::from_f64(v));
        });
    rings
}

/// The sides and windows of an operation on images of `size`.
///
/// # Panics
/// If the window is empty or does not fit; the message gives the arithmetic.
#[track_caller]
pub(super) fn windows(
    operation: &str,
    window: Window,
    padding: &Padding,
    size: [usize; 2],
) -> (Sides, Windows) {
    let parts = [window.kernel, window.stride, window.dilation];
    for (what, sizes) in ["kernel", "stride", "dilation"].into_iter().zip(parts) {
        assert!(
            !sizes.contains(&0),
            "{operation}: {what} {sizes:?} must be positive along both axes"
        );
    }
    let sides = padding.reach().sides(&window, size);
    let padded = sides.padded(size);
    let output = [0, 1].map(|axis| {
        window.output(axis, padded[axis]).unwrap_or_else(|| {
            panic!(
                "{operation}: a window of {} pixels (kernel {}, dilation {}) does not fit into {} + {} \
                 + {} = {} padded {}; padding {padding}",
                window.span(axis),
                window.kernel[axis],
                window.dilation[axis],
                sides.before(axis),
                size[axis],
                sides.after(axis),
                padded[axis],
                ["rows", "columns"][axis]
            )
        })
    });
    (sides, Windows { window, output })
}

/// The sides of a plain pad, which has no window.
#[track_caller]
pub(super) fn pad_sides(padding: &Padding) -> Sides {
    match padding.reach() {
        Extent::Valid => Sides::default(),
        extent => extent.sides_without_window("pad2d"),
    }
}
