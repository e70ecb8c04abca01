//! The transforms of a tile, line by line: first down its columns, then along its rows.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use crate::kernels::simd::{Routine, Simd};

/// A linear map of a line of `FROM` elements to one of `TO`, on several lines at a time.
pub trait Line<const FROM: usize, const TO: usize> {
    fn line<S: Simd>(simd: S, from: [S::Vector; FROM]) -> [S::Vector; TO];
}

/// a + factor · b
#[inline(always)]
fn add<S: Simd>(simd: S, a: S::Vector, factor: f32, b: S::Vector) -> S::Vector {
    simd.mul_add(simd.splat(factor), b, a)
}

/// What a tile reads: Bᵀ.
pub struct Input;

impl Line<6, 6> for Input {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::Vector; 6]) -> [S::Vector; 6] {
        let (even, odd) = (add(simd, e, -4.0, c), add(simd, d, -4.0, b));
        let (near, far) = (add(simd, e, -1.0, c), add(simd, d, -1.0, b));
        [
            add(simd, add(simd, e, -5.0, c), 4.0, a),
            add(simd, even, 1.0, odd),
            add(simd, even, -1.0, odd),
            add(simd, near, 2.0, far),
            add(simd, near, -2.0, far),
            add(simd, add(simd, f, -5.0, d), 4.0, b),
        ]
    }
}

/// The gradient of a tile's output pixels: A.
pub struct OutputGrad;

impl Line<4, 6> for OutputGrad {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 6] {
        let (even, odd) = (add(simd, a, 1.0, c), add(simd, b, 1.0, d));
        let (near, far) = (add(simd, a, 4.0, c), add(simd, b, 4.0, d));
        [
            a,
            add(simd, even, 1.0, odd),
            add(simd, even, -1.0, odd),
            add(simd, near, 2.0, far),
            add(simd, near, -2.0, far),
            d,
        ]
    }
}

/// The gradient of a kernel from its products: Gᵀ.
pub struct WeightGrad;

impl Line<6, 3> for WeightGrad {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::Vector; 6]) -> [S::Vector; 3] {
        let zero = simd.splat(0.0);
        let (near, far) = (add(simd, b, 1.0, c), add(simd, d, 1.0, e));
        let (near_odd, far_odd) = (add(simd, c, -1.0, b), add(simd, d, -1.0, e));
        let sixth = |sum| add(simd, zero, 1.0 / 6.0, sum);
        [
            // a/4 - (b + c)/6 + (d + e)/24
            add(
                simd,
                sixth(add(simd, add(simd, zero, 0.25, far), -1.0, near)),
                0.25,
                a,
            ),
            // (c - b)/6 + (d - e)/12
            sixth(add(simd, near_odd, 0.5, far_odd)),
            // (d + e - b - c)/6 + f
            add(simd, f, 1.0 / 6.0, add(simd, far, -1.0, near)),
        ]
    }
}

/// The weights of a kernel that is rotated by 180°: G.
pub struct FlippedWeight;

impl Line<3, 6> for FlippedWeight {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [c, b, a]: [S::Vector; 3]) -> [S::Vector; 6] {
        let zero = simd.splat(0.0);
        let sum = add(simd, a, 1.0, c);
        let far = add(simd, add(simd, zero, 1.0 / 24.0, a), 1.0 / 6.0, c);
        let minus_sixth = |x| add(simd, zero, -1.0 / 6.0, x);
        [
            add(simd, zero, 0.25, a),
            minus_sixth(add(simd, sum, 1.0, b)),
            minus_sixth(add(simd, sum, -1.0, b)),
            add(simd, far, 1.0 / 12.0, b),
            add(simd, far, -1.0 / 12.0, b),
            c,
        ]
    }
}

/// The output pixels of a tile from their products: Aᵀ.
pub struct Output;

impl Line<6, 4> for Output {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::Vector; 6]) -> [S::Vector; 4] {
        let (near, far) = (add(simd, b, 1.0, c), add(simd, d, 1.0, e));
        let (near_odd, far_odd) = (add(simd, b, -1.0, c), add(simd, d, -1.0, e));
        [
            add(simd, add(simd, a, 1.0, near), 1.0, far),
            add(simd, near_odd, 2.0, far_odd),
            add(simd, near, 4.0, far),
            add(simd, add(simd, near_odd, 8.0, far_odd), 1.0, f),
        ]
    }
}

/// to\[i\]\[j\] ← the transform of from\[i\]\[j\], for the vectors at every pair of offsets.
pub struct Transform<'a, L, const FROM: usize, const TO: usize> {
    line: PhantomData<L>,
    pub from: &'a [f32],
    /// From one row of a tile to the next, and from one column to the next.
    pub from_strides: [usize; 2],
    pub to: &'a mut [f32],
    pub to_strides: [usize; 2],
    /// Where tiles start on either side.
    pub offsets: &'a [[u32; 2]],
    /// Vectors that lie side by side at every element of a tile.
    pub vectors: usize,
}

impl<'a, L, const FROM: usize, const TO: usize> Transform<'a, L, FROM, TO> {
    pub fn new(
        _: L,
        (from, from_strides): (&'a [f32], [usize; 2]),
        (to, to_strides): (&'a mut [f32], [usize; 2]),
        offsets: &'a [[u32; 2]],
        vectors: usize,
    ) -> Self {
        Transform {
            line: PhantomData,
            from,
            from_strides,
            to,
            to_strides,
            offsets,
            vectors,
        }
    }
}

impl<L: Line<FROM, TO>, const FROM: usize, const TO: usize> Routine for Transform<'_, L, FROM, TO> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let reach = |[down, across]: [usize; 2], side: usize| {
            (side - 1) * (down + across) + self.vectors * S::LANES
        };
        let (read, written) = (reach(self.from_strides, FROM), reach(self.to_strides, TO));
        for &[from, to] in self.offsets {
            let (from, to) = (from as usize, to as usize);
            assert!(from + read <= self.from.len() && to + written <= self.to.len());
            for v in 0..self.vectors {
                let first = v * S::LANES;
                // SAFETY: all elements of the tile were just checked to lie within both sides.
                unsafe {
                    let from = self.from.as_ptr().add(from + first);
                    let to = self.to.as_mut_ptr().add(to + first);
                    tile::<S, L, FROM, TO>(simd, (from, self.from_strides), (to, self.to_strides));
                }
            }
        }
    }
}

/// Transforms a vector of tiles.
///
/// # Safety
/// A vector must be readable, and writable, at every element of a tile.
#[inline(always)]
unsafe fn tile<S: Simd, L: Line<FROM, TO>, const FROM: usize, const TO: usize>(
    simd: S,
    (from, [from_row, from_column]): (*const f32, [usize; 2]),
    (to, [to_row, to_column]): (*mut f32, [usize; 2]),
) {
    let mut rows = [[simd.splat(0.0); FROM]; TO];
    for j in 0..FROM {
        let mut line = [simd.splat(0.0); FROM];
        for (i, element) in line.iter_mut().enumerate() {
            // SAFETY: the caller promises it.
            *element = unsafe { simd.load(from.add(i * from_row + j * from_column)) };
        }
        for (row, element) in rows.iter_mut().zip(L::line(simd, line)) {
            row[j] = element;
        }
    }
    for (i, row) in rows.into_iter().enumerate() {
        let line = L::line(simd, row);
        for (j, element) in line.into_iter().enumerate() {
            // SAFETY: the caller promises it.
            unsafe { simd.store(to.add(i * to_row + j * to_column), element) };
        }
    }
}
