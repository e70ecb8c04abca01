#[cfg(feature = "gradcheck")]
use super::case::*;
use super::sum::{kept_shape, output_shape};
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;
use crate::tensor::shape::{broadcast_strides, numel};

/// The largest x over `axes`, which disappear; over all of them where none is named. NaN counts as
/// the largest of all.
///
/// # Shapes
/// Any; the output has the axes that are not named, and the shape [] where none is left.
///
/// # Backward
/// The gradient goes to the maximum; of several equal ones to the first, in row-major order.
///
/// # Panics
/// If an axis does not exist, is named twice or has size 0.
#[track_caller]
pub fn max<T: Scalar>(x: &Var<T>, axes: &[usize]) -> Var<T> {
    let kept = kept_shape("max", x.shape(), axes);
    let outputs = numel(&kept);
    assert!(
        outputs == 0 || !x.value().is_empty(),
        "max: there is no maximum over the axes {axes:?} of the shape {:?}",
        x.shape()
    );
    let data = x.value().data();
    let mut sources: Vec<Option<usize>> = vec![None; outputs];
    let mut next = 0..data.len();
    let strides = broadcast_strides(&kept, x.shape());
    broadcast::walk(x.shape(), [&strides], |[output]| {
        let Some(i) = next.next() else { return };
        match sources[output] {
            Some(best) if !exceeds(data[i], data[best]) => {}
            _ => sources[output] = Some(i),
        }
    });
    let sources: Vec<usize> = sources.into_iter().flatten().collect();
    let value = sources.iter().map(|&i| data[i]).collect();
    let value = Tensor::from_vec(value, &output_shape(x.shape(), axes));
    Var::record(value, &[x], || Max {
        input: x.shape().to_vec(),
        sources,
    })
}

fn exceeds<T: Scalar>(new: T, best: T) -> bool {
    new > best || (new.is_nan() && !best.is_nan())
}

struct Max {
    input: Vec<usize>,
    /// For every output, where its value was found.
    sources: Vec<usize>,
}

impl<T: Scalar> Backward<T> for Max {
    fn name(&self) -> &'static str {
        "max"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let mut dx = Tensor::zeros(&self.input);
        let to = dx.data_mut();
        for (&source, &g) in self.sources.iter().zip(grad.data()) {
            to[source] = g;
        }
        vec![Some(dx)]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let axes: [&'static [usize]; 4] = [&[], &[0], &[2], &[0, 2]];
    axes.map(|axes| {
        let name = format!("axes {axes:?}");
        case!(name, [spread("x", &[2, 3, 4])], |v| max(&v[0], axes))
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;

    #[test]
    fn of_equal_maxima_the_first_gets_the_gradient_and_nan_is_the_largest() {
        let tape = Tape::new();
        let x = vec![1.0, 2.0, 2.0, 5.0, f64::NAN, f64::INFINITY];
        let x = tape.leaf(Tensor::from_vec(x, &[2, 3]));
        let y = max(&x, &[1]);
        assert!(y.value().data()[0] == 2.0 && y.value().data()[1].is_nan());
        let gradients = y.backward_with(Tensor::ones(&[2]));
        let dx = gradients.get(&x).map(Tensor::data);
        assert_eq!(dx, Some(&[0.0, 1.0, 0.0, 0.0, 1.0, 0.0][..]));
    }
}
