//! Elementwise operations over tensors of different shapes, and the sums that go back.

use crate::kernels::{elementwise, reduce};
use crate::tensor::shape::{self, numel};
use crate::tensor::{Element, Tensor};

/// f(a, b) for every pair of elements of two shapes that broadcast.
///
/// # Panics
/// If they do not; `operation` names who asked.
#[track_caller]
pub fn zip<T: Element>(
    operation: &str,
    a: &Tensor<T>,
    b: &Tensor<T>,
    f: impl Fn(T, T) -> T + Sync + Send,
) -> Tensor<T> {
    if a.shape() == b.shape() {
        return Tensor::from_vec(elementwise::zip(a.data(), b.data(), f), a.shape());
    }
    if let (&[b], true) = (b.data(), b.rank() <= a.rank()) {
        return Tensor::from_vec(elementwise::map(a.data(), |a| f(a, b)), a.shape());
    }
    if let (&[a], true) = (a.data(), a.rank() <= b.rank()) {
        return Tensor::from_vec(elementwise::map(b.data(), |b| f(a, b)), b.shape());
    }
    let Some(to) = shape::broadcast(a.shape(), b.shape()) else {
        panic!(
            "{operation}: the shapes {:?} and {:?} do not broadcast",
            a.shape(),
            b.shape()
        )
    };
    let strides = [a, b].map(|t| shape::broadcast_strides(t.shape(), &to));
    let mut data = Vec::with_capacity(numel(&to));
    walk(&to, [&strides[0], &strides[1]], |[i, j]| {
        data.push(f(a.data()[i], b.data()[j]))
    });
    Tensor::from_vec(data, &to)
}

/// `x` repeated to the shape `to`.
///
/// # Panics
/// If the shape of `x` does not broadcast to `to`.
#[track_caller]
pub fn expand<T: Element>(x: &Tensor<T>, to: &[usize]) -> Tensor<T> {
    assert!(
        shape::broadcast(x.shape(), to).as_deref() == Some(to),
        "expand: the shape {:?} does not broadcast to {to:?}",
        x.shape()
    );
    if x.shape() == to {
        return x.clone();
    }
    let strides = shape::broadcast_strides(x.shape(), to);
    let mut data = Vec::with_capacity(numel(to));
    walk(to, [&strides], |[i]| data.push(x.data()[i]));
    Tensor::from_vec(data, to)
}

/// `x` summed down to the shape `to`, in f64: the adjoint of [`expand`].
///
/// # Panics
/// If `to` does not broadcast to the shape of `x`.
#[track_caller]
pub fn sum_to<T: Element>(x: &Tensor<T>, to: &[usize]) -> Tensor<T> {
    assert!(
        shape::broadcast(to, x.shape()).as_deref() == Some(x.shape()),
        "sum_to: the shape {to:?} does not broadcast to {:?}",
        x.shape()
    );
    if x.shape() == to {
        return x.clone();
    }
    if numel(to) == 1 {
        return Tensor::from_vec(vec![T::from_f64(reduce::par_total(x.data()))], to);
    }
    if let Some(sizes) = one_summed_axis(x.shape(), to) {
        return Tensor::from_vec(reduce::sum_middle(x.data(), sizes), to);
    }
    let strides = shape::broadcast_strides(to, x.shape());
    let mut sums = vec![0.0; numel(to)];
    let mut next = x.data().iter();
    walk(x.shape(), [&strides], |[i]| {
        if let Some(&v) = next.next() {
            sums[i] += v.as_f64();
        }
    });
    let data = sums.into_iter().map(T::from_f64).collect();
    Tensor::from_vec(data, to)
}

/// The sizes before, of and behind the axes that are summed, where those are neighbours and so one axis.
fn one_summed_axis(from: &[usize], to: &[usize]) -> Option<[usize; 3]> {
    let new = from.len() - to.len();
    let summed = |&axis: &usize| axis < new || to[axis - new] != from[axis];
    let first = (0..from.len()).find(summed)?;
    let last = (0..from.len()).rfind(summed)?;
    let axes = [0..first, first..last + 1, last + 1..from.len()];
    let all = (first..=last).all(|axis| summed(&axis) || from[axis] == 1);
    all.then(|| axes.map(|range| numel(&from[range])))
}

/// Visits every element of `shape` in row-major order with its offset under each set of strides.
pub fn walk<const K: usize>(
    shape: &[usize],
    strides: [&[usize]; K],
    mut visit: impl FnMut([usize; K]),
) {
    if numel(shape) == 0 {
        return;
    }
    let Some((&inner, outer)) = shape.split_last() else {
        return visit([0; K]);
    };
    let step: [usize; K] = std::array::from_fn(|k| strides[k][outer.len()]);
    let mut index = vec![0; outer.len()];
    loop {
        let start: [usize; K] =
            std::array::from_fn(|k| index.iter().zip(strides[k]).map(|(i, s)| i * s).sum());
        for i in 0..inner {
            visit(std::array::from_fn(|k| start[k] + i * step[k]));
        }
        if !advance(&mut index, outer) {
            return;
        }
    }
}

/// The next index in row-major order; false after the last.
fn advance(index: &mut [usize], shape: &[usize]) -> bool {
    for axis in (0..shape.len()).rev() {
        index[axis] += 1;
        if index[axis] < shape[axis] {
            return true;
        }
        index[axis] = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_terms_are_not_lost() {
        let rows = 1 << 20;
        let x = Tensor::from_vec(vec![0.1f32; rows * 2], &[rows, 2]);
        for to in [vec![1, 2], vec![1, 1]] {
            let want = f64::from(0.1f32) * (rows * 2 / numel(&to)) as f64;
            for &got in sum_to(&x, &to).data() {
                assert!((f64::from(got) - want).abs() <= 1e-7 * want, "{got} {want}");
            }
        }
    }

    #[test]
    fn neighbouring_axes_are_summed_as_one_whatever_the_number_of_threads() {
        let shape = [3, 5, 7000, 2, 3];
        let x = Tensor::<f64>::randn(&shape, &mut crate::rng::Seed(1).rng());
        for to in [
            vec![1, 1, 1, 2, 3],
            vec![2, 3],
            vec![3, 1, 1, 2, 3],
            vec![3, 5, 7000, 1, 1],
            vec![1, 5, 7000, 1, 3],
        ] {
            let strides = shape::broadcast_strides(&to, &shape);
            let mut want = vec![0.0; numel(&to)];
            let mut next = x.data().iter();
            walk(&shape, [&strides], |[i]| want[i] += next.next().unwrap());
            let got = sum_to(&x, &to);
            for (got, want) in got.data().iter().zip(want) {
                assert!((got - want).abs() <= 1e-10, "{to:?}: {got} {want}");
            }
            let threads = rayon::ThreadPoolBuilder::new().num_threads(3).build();
            assert!(
                threads.unwrap().install(|| sum_to(&x, &to)) == got,
                "{to:?}"
            );
        }
        let empty = Tensor::<f32>::zeros(&[0, 4]);
        assert_eq!(sum_to(&empty, &[4]).data(), [0.0; 4]);
        assert_eq!(sum_to(&Tensor::<f32>::zeros(&[4, 0]), &[1, 0]).len(), 0);
    }

    #[test]
    fn expanding_and_summing_are_adjoint() {
        let small = Tensor::from_vec(vec![1.0, 2.0, 3.0], &[3, 1]);
        let big = Tensor::from_vec((0..24).map(f64::from).collect(), &[2, 3, 4]);
        let dot = |a: &Tensor<f64>, b: &Tensor<f64>| -> f64 {
            a.data().iter().zip(b.data()).map(|(a, b)| a * b).sum()
        };
        let left = dot(&expand(&small, big.shape()), &big);
        assert_eq!(left, dot(&small, &sum_to(&big, small.shape())));
    }
}
