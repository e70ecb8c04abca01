//! Maps over slices, shared out among the threads.

use rayon::prelude::*;

use crate::tensor::{Element, recycled};

/// Elements per piece of work; fewer stay on the calling thread.
pub(super) const PIECE: usize = 1 << 14;

/// f(x) for every element.
pub fn map<T: Element, U: Element>(x: &[T], f: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    let mut y = recycled(x.len());
    y.par_chunks_mut(PIECE)
        .zip(x.par_chunks(PIECE))
        .for_each(|(y, x)| y.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x)));
    y
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
    let mut y = recycled(a.len());
    y.par_chunks_mut(PIECE)
        .zip(a.par_chunks(PIECE).zip(b.par_chunks(PIECE)))
        .for_each(|(y, (a, b))| {
            for (y, (&a, &b)) in y.iter_mut().zip(a.iter().zip(b)) {
                *y = f(a, b);
            }
        });
    y
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
    a.par_chunks_mut(PIECE)
        .zip(b.par_chunks(PIECE))
        .for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, &b)| f(a, b)));
}

/// f(i) for every index below `len`.
pub fn generate<T: Element>(len: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    let mut y = recycled(len);
    y.par_chunks_mut(PIECE).enumerate().for_each(|(piece, y)| {
        for (i, y) in y.iter_mut().enumerate() {
            *y = f(piece * PIECE + i);
        }
    });
    y
}

/// f(w, g, state) for every element of a weight, with its gradient and K elements of state: one pass.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn update<T: Element, const K: usize>(
    weight: &mut [T],
    grad: &[T],
    state: [&mut [T]; K],
    f: impl Fn(&mut T, T, [&mut T; K]) + Sync + Send,
) {
    assert!(
        weight.len() == grad.len() && state.iter().all(|s| s.len() == weight.len()),
        "update: {} weights, {} gradients and state of {:?}",
        weight.len(),
        grad.len(),
        state.each_ref().map(|s| s.len())
    );
    let mut states = state.map(|s| s.chunks_mut(PIECE));
    let pieces: Vec<_> = weight
        .chunks_mut(PIECE)
        .zip(grad.chunks(PIECE))
        .map(|(w, g)| {
            let state = states.each_mut().map(|s| s.next().unwrap_or_default());
            (w, g, state)
        })
        .collect();
    pieces.into_par_iter().for_each(|(w, g, mut state)| {
        for (i, (w, &g)) in w.iter_mut().zip(g).enumerate() {
            f(w, g, state.each_mut().map(|s| &mut s[i]));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_reaches_every_element_with_its_own_state() {
        for len in [0, 5, 2 * PIECE + 3] {
            let grad: Vec<f64> = (0..len).map(|i| i as f64).collect();
            let mut weight = vec![1.0; len];
            let (mut a, mut b) = (grad.clone(), vec![0.0; len]);
            update(&mut weight, &grad, [&mut a, &mut b], |w, g, [a, b]| {
                *w += g;
                *b = *a - g;
                *a = g + 0.5;
            });
            let right = |i: usize| {
                let g = i as f64;
                [weight[i], a[i], b[i]] == [1.0 + g, g + 0.5, 0.0]
            };
            assert!((0..len).all(right), "{len} elements");
        }
    }
}
