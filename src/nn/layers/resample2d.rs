use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::kernels::interpolation::Interpolation;
use crate::kernels::resample::AxisTaps;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Sampled, Sampling};

/// Every map interpolated, repeated or cut along its rows and columns.
///
/// At the edge it repeats the outermost pixel; under optimal padding it reads the true ones behind it.
///
/// # Shapes
/// [N, C, H, W] to [N, C, outputs of the rows, outputs of the columns]; see [`ops::resample2d`].
///
/// # Errors
/// Building a network fails where it has other than one input, or nothing is left.
///
/// # Source
/// ONNX's operators Resize and Slice; Keys, *Cubic convolution interpolation*, IEEE Trans. ASSP 29, 1981.
#[derive(Clone, Debug)]
pub struct Resample2d {
    /// How rows and columns are found.
    pub axes: [Interpolation; 2],
}

impl Resample2d {
    fn sampled(&self) -> Sampled {
        Sampled(self.axes.map(Sampling::Interpolated))
    }
}

impl<T: Scalar> Layer<T> for Resample2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Sampled(self.sampled())
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let x = &inputs[0];
        let reached = self.sampled().reached(x, cx)?;
        let (margin, size) = (reached.margin, reached.size);
        let taps = [0, 1].map(|axis| {
            let (before, after) = (x.margin.before(axis), x.margin.after(axis));
            let ends = [-(before as isize), (x.size[axis] + after) as isize - 1];
            let first = margin.before(axis);
            let outputs = first + size[axis] + margin.after(axis);
            AxisTaps::new(before + x.size[axis] + after, outputs, |o| {
                let taps = self.axes[axis].taps_within(o as isize - first as isize, ends);
                let from_first = |(i, weight): (isize, f64)| ((i - ends[0]) as usize, weight);
                taps.into_iter().map(from_first).collect()
            })
        });
        Ok(Feature {
            value: ops::resample2d(&x.value, taps),
            margin,
            size,
        })
    }
}
