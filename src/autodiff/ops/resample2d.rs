#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::resample::{AxisTaps, resample, resample_adjoint};
use crate::tensor::Tensor;

/// Every map by the taps of its rows and of its columns: y\[i,j\] = Σ over k, l of r\[i,k\] · c\[j,l\] · x\[k,l\].
///
/// Interpolation of any kind, strided cuts and repetitions are of this form.
///
/// # Shapes
/// [N, C, H, W] to [N, C, outputs of the rows, outputs of the columns].
///
/// # Backward
/// Each gradient goes to the pixels that were read, with their weights.
///
/// # Panics
/// If the input does not have four axes, or other rows and columns than the taps read.
#[track_caller]
pub fn resample2d<T: Scalar>(x: &Var<T>, taps: [AxisTaps<T>; 2]) -> Var<T> {
    let input = x.value().nchw("resample2d");
    let [samples, channels, height, width] = input;
    let [rows, columns] = &taps;
    assert!(
        [rows.inputs(), columns.inputs()] == [height, width],
        "resample2d: the taps read maps of {}×{}, and those are of {height}×{width}",
        rows.inputs(),
        columns.inputs()
    );
    let data = resample(x.value().data(), rows, columns);
    let value = Tensor::from_vec(
        data,
        &[samples, channels, rows.outputs(), columns.outputs()],
    );
    Var::record(value, &[x], || Resample2d { input, taps })
}

struct Resample2d<T> {
    input: [usize; 4],
    taps: [AxisTaps<T>; 2],
}

impl<T: Scalar> Backward<T> for Resample2d<T> {
    fn name(&self) -> &'static str {
        "resample2d"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [rows, columns] = &self.taps;
        let dx = resample_adjoint(grad.data(), rows, columns);
        vec![Some(Tensor::from_vec(dx, &self.input))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    fn every_second<T: Scalar>(n: usize) -> AxisTaps<T> {
        AxisTaps::new(n, n.div_ceil(2), |o| vec![(2 * o, 1.0)])
    }
    fn blurred<T: Scalar>(n: usize) -> AxisTaps<T> {
        let weights = |o: usize| vec![(o / 2, 0.75), ((o / 2 + 1).min(n - 1), 0.25)];
        AxisTaps::new(n, 2 * n, weights)
    }
    let inputs = || [spread("x", &[2, 2, 5, 4])];
    let strided = case!("every second", inputs(), |v| resample2d(
        &v[0],
        [every_second(5), every_second(4)]
    ));
    let twice = case!("twice, blurred", inputs(), |v| resample2d(
        &v[0],
        [blurred(5), blurred(4)]
    ));
    [strided, twice].map(|case| case.linear_in(&[0])).into()
}
