//! `+`, `-`, `*` and `/` on variables and on tensors: by value and by reference, with scalars on either
//! side, broadcast as in NumPy.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Var, ops};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Every form of an operator that comes down to that of two references.
macro_rules! forms {
    ($trait:ident $method:ident $type:ident, |$c:ident| $constant:expr) => {
        forms!(@ $trait $method $type, ($type<T>) ($type<T>), |a, b| (&a).$method(&b));
        forms!(@ $trait $method $type, ($type<T>) (&$type<T>), |a, b| (&a).$method(b));
        forms!(@ $trait $method $type, (&$type<T>) ($type<T>), |a, b| a.$method(&b));
        forms!(@ $trait $method $type, ($type<T>) (f64), |a, $c| (&a).$method(&$constant));
        forms!(@ $trait $method $type, (&$type<T>) (f64), |a, $c| a.$method(&$constant));
        forms!(@ $trait $method $type, (f64) ($type<T>), |$c, b| (&$constant).$method(&b));
        forms!(@ $trait $method $type, (f64) (&$type<T>), |$c, b| (&$constant).$method(b));
    };
    (@ $trait:ident $method:ident $type:ident, ($a:ty) ($b:ty), |$x:ident, $y:ident| $body:expr) => {
        impl<T: Scalar> $trait<$b> for $a {
            type Output = $type<T>;

            #[track_caller]
            fn $method(self, $y: $b) -> $type<T> {
                let $x = self;
                $body
            }
        }
    };
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<T: Scalar> $trait for &Var<T> {
            type Output = Var<T>;

            #[track_caller]
            fn $method(self, other: &Var<T>) -> Var<T> {
                ops::$method(self, other)
            }
        }

        impl<T: Scalar> $trait for &Tensor<T> {
            type Output = Tensor<T>;

            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                let [a, b] = [self, other].map(|t| Var::constant(t.clone()));
                ops::$method(&a, &b).into_value()
            }
        }

        forms!($trait $method Var, |c| Var::constant(Tensor::scalar(T::from_f64(c))));
        forms!($trait $method Tensor, |c| Tensor::scalar(T::from_f64(c)));
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<T: Scalar> Neg for &Var<T> {
    type Output = Var<T>;

    fn neg(self) -> Var<T> {
        ops::neg(self)
    }
}

impl<T: Scalar> Neg for Var<T> {
    type Output = Var<T>;

    fn neg(self) -> Var<T> {
        ops::neg(&self)
    }
}

impl<T: Scalar> Neg for &Tensor<T> {
    type Output = Tensor<T>;

    fn neg(self) -> Tensor<T> {
        self.map(|v| -v)
    }
}

impl<T: Scalar> Neg for Tensor<T> {
    type Output = Tensor<T>;

    fn neg(self) -> Tensor<T> {
        -&self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;

    #[test]
    fn every_form_of_an_operator_is_the_operation() {
        let tensor = |values: &[f32]| Tensor::from_vec(values.to_vec(), &[values.len()]);
        let (a, b) = (tensor(&[6.0, -3.0]), tensor(&[2.0, 4.0]));
        let (v, w) = (Var::constant(a.clone()), Var::constant(b.clone()));
        let same = |t: Tensor<f32>, v: Var<f32>, want: [f32; 2]| {
            assert_eq!((t.data(), v.value().data()), (&want[..], &want[..]));
        };
        same(&a + &b, &v + &w, [8.0, 1.0]);
        same(a.clone() - &b, v.clone() - &w, [4.0, -7.0]);
        same(&a * b.clone(), &v * w.clone(), [12.0, -12.0]);
        same(a.clone() / b.clone(), v.clone() / w.clone(), [3.0, -0.75]);
        same(&a + 1.5, &v + 1.5, [7.5, -1.5]);
        same(a.clone() / 3.0, v.clone() / 3.0, [2.0, -1.0]);
        same(1.0 - &b, 1.0 - &w, [-1.0, -3.0]);
        same(8.0 / b.clone(), 8.0 / w.clone(), [4.0, 2.0]);
        same(-&a, -&v, [-6.0, 3.0]);
        same(-a, -v, [-6.0, 3.0]);
    }

    #[test]
    fn gradients_pass_through_operators_and_methods() {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::from_vec(vec![1.0f64, 2.0, 3.0, -4.0], &[2, 2]));
        let row = tape.leaf(Tensor::from_vec(vec![10.0, 20.0], &[2]));
        // Σ (x·row + 3·relu(x) - x/2)
        let y = (&x * &row + 3.0 * x.relu() - &x / 2.0).sum(&[]);
        let gradients = y.backward();
        let of = |leaf| gradients.get(leaf).map(Tensor::data);
        assert_eq!(of(&x), Some(&[12.5, 22.5, 12.5, 19.5][..]));
        assert_eq!(of(&row), Some(&[4.0, -2.0][..]));
    }

    #[test]
    #[should_panic(expected = "add: the shapes [2] and [3] do not broadcast")]
    fn shapes_that_do_not_fit_are_named() {
        let _ = Tensor::<f32>::ones(&[2]) + Tensor::ones(&[3]);
    }
}
