//! Plain Rust, for any processor.

use super::vector::{MOST_LANES, Routine, Simd};

/// The token of no particular instruction set.
#[derive(Clone, Copy)]
pub struct Scalar;

impl Simd for Scalar {
    type Vector = [f32; 4];
    type Indices = [u32; 4];

    const LANES: usize = 4;
    const ROWS: usize = 4;
    const VECTORS: usize = 2;
    const SQUARE: usize = 4;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; 4] {
        // SAFETY: the caller promises four readable elements.
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: [f32; 4]) {
        // SAFETY: the caller promises four writable elements.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(vector) }
    }

    /// Two roundings: without the instruction, a fused product is a slow library call.
    #[inline(always)]
    fn mul_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        [
            a[0] * b[0] + c[0],
            a[1] * b[1] + c[1],
            a[2] * b[2] + c[2],
            a[3] * b[3] + c[3],
        ]
    }

    #[inline(always)]
    fn normalise(self, x: [f32; 4], [mean, scale, bias]: [[f32; 4]; 3]) -> [f32; 4] {
        std::array::from_fn(|i| (x[i] - mean[i]) * scale[i] + bias[i])
    }

    #[inline(always)]
    fn rectify(self, x: [f32; 4]) -> [f32; 4] {
        x.map(|x| if x < 0.0 { 0.0 } else { x })
    }

    #[inline(always)]
    fn indices(self, indices: &[u32; MOST_LANES]) -> [u32; 4] {
        [indices[0], indices[1], indices[2], indices[3]]
    }

    #[inline(always)]
    fn pick(self, [a, b]: [[f32; 4]; 2], indices: [u32; 4]) -> [f32; 4] {
        indices.map(|index| {
            if index < 4 {
                a[index as usize]
            } else {
                b[index as usize - 4]
            }
        })
    }

    #[inline(always)]
    fn unzip(self, [a, b]: [[f32; 4]; 2]) -> [[f32; 4]; 2] {
        [[a[0], a[2], b[0], b[2]], [a[1], a[3], b[1], b[3]]]
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        (from, from_stride): (*const f32, usize),
        (to, to_stride): (*mut f32, usize),
    ) {
        for row in 0..4 {
            for column in 0..4 {
                // SAFETY: the caller promises four rows of four elements on both sides.
                unsafe { *to.add(column * to_stride + row) = *from.add(row * from_stride + column) }
            }
        }
    }

    fn vectorize<R: Routine>(self, routine: R) -> R::Output {
        routine.run(self)
    }
}
