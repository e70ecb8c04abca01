//! Maps over slices, shared out among the threads.

use rayon::prelude::*;

use crate::tensor::Element;

/// Below this many elements a loop stays on the calling thread; it also sizes the pieces.
const PIECE: usize = 1 << 14;

/// f(x) for every element.
pub fn map<T: Element, U: Element>(x: &[T], f: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    if x.len() <= PIECE {
        return x.iter().map(|&v| f(v)).collect();
    }
    x.par_iter().with_min_len(PIECE).map(|&v| f(v)).collect()
}

/// f(a, b) for every pair of elements.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn zip<T: Element, U: Element, V: Element>(
    a: &[T],
    b: &[U],
    f: impl Fn(T, U) -> V + Sync + Send,
) -> Vec<V> {
    assert!(
        a.len() == b.len(),
        "zip: {} elements against {}",
        a.len(),
        b.len()
    );
    if a.len() <= PIECE {
        return a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect();
    }
    a.par_iter()
        .zip(b)
        .with_min_len(PIECE)
        .map(|(&a, &b)| f(a, b))
        .collect()
}

/// a ← f(a, b) for every pair of elements.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn zip_assign<T: Element, U: Element>(
    a: &mut [T],
    b: &[U],
    f: impl Fn(&mut T, U) + Sync + Send,
) {
    assert!(
        a.len() == b.len(),
        "zip_assign: {} elements against {}",
        a.len(),
        b.len()
    );
    if a.len() <= PIECE {
        return a.iter_mut().zip(b).for_each(|(a, &b)| f(a, b));
    }
    a.par_iter_mut()
        .zip(b)
        .with_min_len(PIECE)
        .for_each(|(a, &b)| f(a, b));
}

/// The sum, in pieces of fixed size that are added in order.
pub fn sum<T: Element>(x: &[T]) -> T {
    let pieces: Vec<T> = x
        .par_chunks(PIECE)
        .map(|piece| piece.iter().copied().sum())
        .collect();
    pieces.into_iter().sum()
}
