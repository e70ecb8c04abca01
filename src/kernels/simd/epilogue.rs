//! What a finished sum becomes before it is written.

use super::vector::Simd;
use crate::kernels::affine::Affine;

/// The most elements per row of any register tile.
pub const MAX_WIDTH: usize = 64;

/// (sum - mean) · scale + bias of every column of a tile.
pub struct Norms {
    mean: [f32; MAX_WIDTH],
    scale: [f32; MAX_WIDTH],
    bias: [f32; MAX_WIDTH],
}

impl Norms {
    /// Those of the first columns; the others stay idle.
    pub fn new(columns: &[Affine<f32>]) -> Norms {
        let mut norms = Norms {
            mean: [0.0; MAX_WIDTH],
            scale: [0.0; MAX_WIDTH],
            bias: [0.0; MAX_WIDTH],
        };
        for (i, column) in columns.iter().enumerate() {
            norms.mean[i] = column.mean;
            norms.scale[i] = column.scale;
            norms.bias[i] = column.bias;
        }
        norms
    }
}

/// What a finished sum becomes: normalised or not, then rectified or not.
#[derive(Clone, Copy, Default)]
pub struct TileEpilogue<'a> {
    pub norms: Option<&'a Norms>,
    pub relu: bool,
}

/// A tile is finished in memory, where the nearest cache still has it: on its way out of the registers
/// it would cost the loop that sums.
impl TileEpilogue<'_> {
    /// Finishes a written tile whose vectors lie along the columns.
    ///
    /// # Safety
    /// `VECTORS` vectors must be readable and writable at every row.
    #[inline(always)]
    pub unsafe fn rows<S: Simd, const ROWS: usize, const VECTORS: usize>(
        self,
        simd: S,
        rows: [*mut f32; ROWS],
    ) {
        assert!(VECTORS * S::LANES <= MAX_WIDTH);
        if self.is_nothing() {
            return;
        }
        for v in 0..VECTORS {
            let first = v * S::LANES;
            // SAFETY: the vectors lie within the widest tile, which was checked.
            let load = |of: &[f32; MAX_WIDTH]| unsafe { simd.load(of.as_ptr().add(first)) };
            let norm = self.norms.map(|n| [&n.mean, &n.scale, &n.bias].map(load));
            for row in rows {
                // SAFETY: the caller promises the vectors of every row.
                unsafe { self.vector(simd, norm, row.add(first)) };
            }
        }
    }

    /// Finishes a written tile with one column per row.
    ///
    /// # Safety
    /// As [`TileEpilogue::rows`].
    #[inline(always)]
    pub unsafe fn maps<S: Simd, const MAPS: usize, const VECTORS: usize>(
        self,
        simd: S,
        maps: [*mut f32; MAPS],
    ) {
        if self.is_nothing() {
            return;
        }
        for (m, map) in maps.into_iter().enumerate() {
            let splat = |of: &[f32; MAX_WIDTH]| simd.splat(of[m]);
            let norm = self.norms.map(|n| [&n.mean, &n.scale, &n.bias].map(splat));
            for v in 0..VECTORS {
                // SAFETY: the caller promises the vectors of every row.
                unsafe { self.vector(simd, norm, map.add(v * S::LANES)) };
            }
        }
    }

    fn is_nothing(self) -> bool {
        self.norms.is_none() && !self.relu
    }

    /// # Safety
    /// A vector must be readable and writable at `offset`.
    #[inline(always)]
    unsafe fn vector<S: Simd>(self, simd: S, norm: Option<[S::Vector; 3]>, offset: *mut f32) {
        // SAFETY: the caller promises it.
        let mut sum = unsafe { simd.load(offset) };
        if let Some(norm) = norm {
            sum = simd.normalise(sum, norm);
        }
        if self.relu {
            sum = simd.rectify(sum);
        }
        // SAFETY: as above.
        unsafe { simd.store(offset, sum) };
    }
}
