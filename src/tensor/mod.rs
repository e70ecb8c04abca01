//! Contiguous row-major tensors whose shape is known at run time.

pub mod element;
pub mod half;
mod pool;
pub mod shape;
mod storage;

use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

pub use element::Element;
pub use pool::Pool;
use shape::numel;
pub use storage::{OutOfMemory, recycled, release_idle};
use storage::{Storage, filled};

/// A contiguous row-major array of any rank; cloning shares the data until one side writes.
///
/// ```
/// use padgrad::tensor::Tensor;
/// let t = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
/// assert_eq!(t.at(&[1, 0]), 4.0);
/// assert_eq!(t.reshape(&[3, 2]).at(&[2, 1]), 6.0);
/// ```
#[derive(Clone)]
pub struct Tensor<T> {
    data: Arc<Storage<T>>,
    shape: Vec<usize>,
}

impl<T: Element> Tensor<T> {
    /// A tensor of the given shape over `data` in row-major order.
    ///
    /// # Panics
    /// If the number of elements is not the product of the shape.
    #[track_caller]
    pub fn from_vec(data: Vec<T>, shape: &[usize]) -> Tensor<T> {
        assert!(
            data.len() == numel(shape),
            "Tensor::from_vec: {} elements cannot have the shape {shape:?}, which holds {}",
            data.len(),
            numel(shape)
        );
        Tensor {
            data: Arc::new(Storage::new(data)),
            shape: shape.to_vec(),
        }
    }

    /// A tensor with every element equal to `value`.
    pub fn full(shape: &[usize], value: T) -> Tensor<T> {
        Tensor {
            data: Arc::new(Storage::new(filled(value, numel(shape)))),
            shape: shape.to_vec(),
        }
    }

    /// A tensor of zeros.
    pub fn zeros(shape: &[usize]) -> Tensor<T> {
        Tensor::full(shape, T::zero())
    }

    /// A tensor of ones.
    pub fn ones(shape: &[usize]) -> Tensor<T> {
        Tensor::full(shape, T::one())
    }

    /// A tensor of shape `[]` that holds one element.
    pub fn scalar(value: T) -> Tensor<T> {
        Tensor::full(&[], value)
    }

    /// Independent draws from the normal distribution N(0, 1).
    pub fn randn(shape: &[usize], rng: &mut crate::rng::Rng) -> Tensor<T> {
        use rand_distr::{Distribution, StandardNormal};
        let mut draw = || -> f64 { StandardNormal.sample(rng) };
        let data = (0..numel(shape)).map(|_| T::from_f64(draw())).collect();
        Tensor {
            data: Arc::new(Storage::new(data)),
            shape: shape.to_vec(),
        }
    }

    /// Independent draws, uniform in [`low`, `high`).
    pub fn uniform(shape: &[usize], low: f64, high: f64, rng: &mut crate::rng::Rng) -> Tensor<T> {
        use rand::RngExt;
        let mut draw = || low + (high - low) * rng.random::<f64>();
        let data = (0..numel(shape)).map(|_| T::from_f64(draw())).collect();
        Tensor {
            data: Arc::new(Storage::new(data)),
            shape: shape.to_vec(),
        }
    }

    /// The size of every axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether an axis has size 0.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The elements for writing; copies them first where another tensor shares them.
    pub fn data_mut(&mut self) -> &mut [T] {
        Arc::make_mut(&mut self.data).values_mut()
    }

    /// What `make` computes from the elements, kept with them until somebody writes to them: for constants
    /// that are used in another form again and again.
    ///
    /// There is room for one form; `None` where one of another type is kept already.
    ///
    /// ```
    /// use padgrad::tensor::Tensor;
    /// let mut t = Tensor::from_vec(vec![1.0f32, 2.0], &[2]);
    /// assert_eq!(t.derived(|x| x[0] + x[1]), Some(&3.0));
    /// assert_eq!(t.derived(|_| -> f32 { unreachable!("it is kept") }), Some(&3.0));
    /// t.data_mut()[0] = 5.0;
    /// assert_eq!(t.derived(|x| x[0] + x[1]), Some(&7.0));
    /// ```
    pub fn derived<D: std::any::Any + Send + Sync>(
        &self,
        make: impl FnOnce(&[T]) -> D,
    ) -> Option<&D> {
        self.data.derived(make)
    }

    /// The elements as a vector, without a copy where nobody else shares them.
    pub fn into_vec(self) -> Vec<T> {
        let storage = Arc::try_unwrap(self.data).unwrap_or_else(|shared| (*shared).clone());
        storage.into_vec()
    }

    /// The element at `index`.
    ///
    /// # Panics
    /// If the index does not lie within the shape.
    #[track_caller]
    pub fn at(&self, index: &[usize]) -> T {
        assert!(
            index.len() == self.rank() && index.iter().zip(&self.shape).all(|(i, n)| i < n),
            "Tensor::at: the index {index:?} does not lie within the shape {:?}",
            self.shape
        );
        self.data[shape::strides(&self.shape)
            .iter()
            .zip(index)
            .map(|(s, i)| s * i)
            .sum::<usize>()]
    }

    /// The only element of a tensor of one element.
    ///
    /// # Panics
    /// If there is not exactly one element.
    #[track_caller]
    pub fn item(&self) -> T {
        assert!(
            self.len() == 1,
            "Tensor::item: the shape {:?} holds {} elements, not one",
            self.shape,
            self.len()
        );
        self.data[0]
    }

    /// The same elements under another shape of the same size.
    ///
    /// # Panics
    /// If the sizes differ.
    #[track_caller]
    pub fn reshape(&self, shape: &[usize]) -> Tensor<T> {
        assert!(
            numel(shape) == self.len(),
            "Tensor::reshape: {:?} holds {} elements, {shape:?} holds {}",
            self.shape,
            self.len(),
            numel(shape)
        );
        Tensor {
            data: Arc::clone(&self.data),
            shape: shape.to_vec(),
        }
    }

    /// The sizes of a tensor of four axes, `[N, C, H, W]`.
    ///
    /// # Panics
    /// If there are not four axes; `operation` names who asked.
    #[track_caller]
    pub fn nchw(&self, operation: &str) -> [usize; 4] {
        <[usize; 4]>::try_from(&self.shape[..]).unwrap_or_else(|_| {
            panic!(
                "{operation}: the input must have the shape [N, C, H, W], not {:?}",
                self.shape
            )
        })
    }

    /// A tensor with `f` applied to every element.
    pub fn map<U: Element>(&self, f: impl Fn(T) -> U) -> Tensor<U> {
        Tensor {
            data: Arc::new(Storage::new(self.data.iter().map(|&v| f(v)).collect())),
            shape: self.shape.clone(),
        }
    }

    /// The same values as another element type.
    pub fn cast<U: Element>(&self) -> Tensor<U> {
        self.map(|v| U::from_f64(v.as_f64()))
    }

    /// Samples `range` along the first axis, copied.
    ///
    /// # Panics
    /// If the range does not lie within the first axis.
    #[track_caller]
    pub fn rows(&self, range: std::ops::Range<usize>) -> Tensor<T> {
        assert!(
            self.rank() > 0 && range.start <= range.end && range.end <= self.shape[0],
            "Tensor::rows: {range:?} does not lie within the first axis of {:?}",
            self.shape
        );
        let row = numel(&self.shape[1..]);
        let mut shape = self.shape.clone();
        shape[0] = range.len();
        Tensor::from_vec(
            self.data[range.start * row..range.end * row].to_vec(),
            &shape,
        )
    }

    /// Whether every element is finite.
    pub fn is_finite(&self) -> bool {
        const PIECE: usize = 1 << 14;
        // No early end within a piece: that would keep the loop from using vectors.
        let all = |piece: &[T]| piece.iter().fold(true, |so_far, v| so_far & v.is_finite());
        self.data.par_chunks(PIECE).all(all)
    }
}

impl<T: Element> PartialEq for Tensor<T> {
    fn eq(&self, other: &Tensor<T>) -> bool {
        self.shape == other.shape && self.data() == other.data()
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        write!(f, "Tensor<{}>{:?} [", T::DTYPE, self.shape)?;
        for (i, v) in self.data.iter().take(SHOWN).enumerate() {
            write!(f, "{}{v:?}", if i == 0 { "" } else { ", " })?;
        }
        write!(f, "{}]", if self.len() > SHOWN { ", …" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_to_a_clone_leaves_the_original() {
        let a = Tensor::from_vec(vec![1.0f64, 2.0], &[2]);
        let mut b = a.clone();
        b.data_mut()[0] = 9.0;
        assert_eq!((a.data()[0], b.data()[0]), (1.0, 9.0));
    }

    #[test]
    fn rows_copies_samples() {
        let t = Tensor::from_vec((0..6).map(f64::from).collect(), &[3, 2]);
        assert_eq!(t.rows(1..3).data(), [2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    #[should_panic(expected = "5 elements cannot have the shape [2, 3]")]
    fn a_wrong_count_names_both_sides() {
        Tensor::from_vec(vec![0.0f32; 5], &[2, 3]);
    }
}
