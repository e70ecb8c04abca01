//! What padgrad uses of rayon, on the one thread that a WebAssembly module has: a third of the code, and as results do not
//! depend on the number of threads, the same results.

use std::slice::{Chunks, ChunksMut, Iter};

/// What rayon's programs import.
pub mod prelude {
    pub use super::{IntoParallelIterator, ParallelSlice};
}

/// An iterator with the methods of a parallel one.
pub struct InTurn<I>(I);

/// Whatever can be iterated over.
pub trait IntoParallelIterator: IntoIterator + Sized {
    fn into_par_iter(self) -> InTurn<Self::IntoIter> {
        InTurn(self.into_iter())
    }
}

impl<T: IntoIterator> IntoParallelIterator for T {}

/// The views of a slice.
pub trait ParallelSlice<T> {
    fn par_iter(&self) -> InTurn<Iter<'_, T>>;
    fn par_chunks(&self, size: usize) -> InTurn<Chunks<'_, T>>;
    fn par_chunks_mut(&mut self, size: usize) -> InTurn<ChunksMut<'_, T>>;
}

impl<T> ParallelSlice<T> for [T] {
    fn par_iter(&self) -> InTurn<Iter<'_, T>> {
        InTurn(self.iter())
    }

    fn par_chunks(&self, size: usize) -> InTurn<Chunks<'_, T>> {
        InTurn(self.chunks(size))
    }

    fn par_chunks_mut(&mut self, size: usize) -> InTurn<ChunksMut<'_, T>> {
        InTurn(self.chunks_mut(size))
    }
}

impl<I: Iterator> IntoIterator for InTurn<I> {
    type Item = I::Item;
    type IntoIter = I;

    fn into_iter(self) -> I {
        self.0
    }
}

impl<I: Iterator> InTurn<I> {
    pub fn with_min_len(self, _: usize) -> Self {
        self
    }

    pub fn enumerate(self) -> InTurn<std::iter::Enumerate<I>> {
        InTurn(self.0.enumerate())
    }

    pub fn zip<J: IntoIterator>(self, other: J) -> InTurn<std::iter::Zip<I, J::IntoIter>> {
        InTurn(self.0.zip(other))
    }

    pub fn map<R>(self, f: impl FnMut(I::Item) -> R) -> InTurn<impl Iterator<Item = R>> {
        InTurn(self.0.map(f))
    }

    pub fn map_init<S, R>(
        self,
        state: impl FnOnce() -> S,
        mut f: impl FnMut(&mut S, I::Item) -> R,
    ) -> InTurn<impl Iterator<Item = R>> {
        let mut state = state();
        InTurn(self.0.map(move |item| f(&mut state, item)))
    }

    pub fn filter(self, f: impl FnMut(&I::Item) -> bool) -> InTurn<impl Iterator<Item = I::Item>> {
        InTurn(self.0.filter(f))
    }

    pub fn for_each(self, f: impl FnMut(I::Item)) {
        self.0.for_each(f);
    }

    pub fn for_each_init<S>(self, state: impl FnOnce() -> S, mut f: impl FnMut(&mut S, I::Item)) {
        let mut state = state();
        self.0.for_each(|item| f(&mut state, item));
    }

    pub fn try_for_each<E>(mut self, f: impl FnMut(I::Item) -> Result<(), E>) -> Result<(), E> {
        self.0.try_for_each(f)
    }

    pub fn all(mut self, f: impl FnMut(I::Item) -> bool) -> bool {
        self.0.all(f)
    }

    pub fn reduce(
        self,
        start: impl FnOnce() -> I::Item,
        f: impl FnMut(I::Item, I::Item) -> I::Item,
    ) -> I::Item {
        self.0.fold(start(), f)
    }

    pub fn sum<S: std::iter::Sum<I::Item>>(self) -> S {
        self.0.sum()
    }

    pub fn collect<C: FromIterator<I::Item>>(self) -> C {
        self.0.collect()
    }
}

/// Runs the work here.
pub fn scope<R>(work: impl FnOnce(&()) -> R) -> R {
    work(&())
}

/// One.
pub fn current_num_threads() -> usize {
    1
}

/// Builds a pool of this one thread.
#[derive(Default)]
pub struct ThreadPoolBuilder;

/// This thread.
pub struct ThreadPool;

impl ThreadPoolBuilder {
    pub fn new() -> Self {
        ThreadPoolBuilder
    }

    pub fn num_threads(self, _: usize) -> Self {
        self
    }

    pub fn build(self) -> Result<ThreadPool, std::convert::Infallible> {
        Ok(ThreadPool)
    }
}

impl ThreadPool {
    pub fn install<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }
}
