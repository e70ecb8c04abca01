//! The one product behind every pass of a convolution: rows of scalars found through offsets, times
//! a panel of vectors.

use super::epilogue::{MAX_WIDTH, TileEpilogue};
use super::vector::{Routine, Simd};

/// One term of the sums: which scalar, relative to a row's base, times which row of the panel.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub source: u32,
    pub panel: u32,
}

/// Terms in the order in which they are summed.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    steps: Vec<Step>,
    source_reach: usize,
    panel_reach: usize,
}

impl FromIterator<Step> for Steps {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Steps {
        let steps: Vec<Step> = steps.into_iter().collect();
        let reach = |of: fn(&Step) -> u32| steps.iter().map(of).max().unwrap_or(0) as usize;
        Steps {
            source_reach: reach(|s| s.source),
            panel_reach: reach(|s| s.panel),
            steps,
        }
    }
}

/// A row of the product: where its scalars start and which row of the output takes its sums.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub source: u32,
    pub out: u32,
}

/// The fewest rows that are computed at once: fewer take as long.
pub const FEWEST_ROWS: usize = 2;

/// What the sums start from.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// The same vectors for every row.
    Vectors(&'a [f32]),
    /// What the output holds.
    Output,
}

/// out\[row.out + shift\]\[j\] ← start + Σ over steps of source\[row.source + step.source\] · panel\[step.panel\]\[j\]
/// for every row and j < `vectors` · LANES.
///
/// Every sum is one chain of multiply-adds in the order of the steps, so it does not depend on where a
/// row lies in a tile, nor on how a longer chain is cut into calls.
pub struct Sweep<'a> {
    pub source: &'a [f32],
    pub rows: &'a [Row],
    pub steps: &'a Steps,
    /// Rows of `vectors` · LANES elements.
    pub panel: &'a [f32],
    pub vectors: usize,
    pub start: Start<'a>,
    /// Rows as wide as those of the panel.
    pub out: &'a mut [f32],
    /// Added to the output row of every row.
    pub shift: usize,
    /// What becomes of the sums, where these steps are their last.
    pub epilogue: TileEpilogue<'a>,
}

impl Routine for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match (S::ROWS, self.vectors) {
            (4, 1) => self.tiles::<S, 4, 1>(simd),
            (4, 2) => self.tiles::<S, 4, 2>(simd),
            (6, 1) => self.tiles::<S, 6, 1>(simd),
            (6, 2) => self.tiles::<S, 6, 2>(simd),
            (6, 3) if S::VECTORS > 2 => self.tiles::<S, 6, 3>(simd),
            (6, 4) if S::VECTORS > 2 => self.tiles::<S, 6, 4>(simd),
            (rows, vectors) => unreachable!("no tile of {rows} rows of {vectors} vectors"),
        }
    }
}

impl Sweep<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let width = VECTORS * S::LANES;
        let steps = self.steps;
        if !steps.steps.is_empty() {
            assert!((steps.panel_reach + 1) * width <= self.panel.len());
        }
        if let Start::Vectors(start) = self.start {
            assert!(start.len() >= width);
        }
        // Rows beyond the last repeat the first of their tile and write here.
        let mut spare = [0.0f32; MAX_WIDTH];
        assert!(width <= MAX_WIDTH);
        let (out, out_len) = (self.out.as_mut_ptr(), self.out.len());
        for tile in self.rows.chunks(ROWS) {
            let mut sources = [std::ptr::null::<f32>(); ROWS];
            let mut outs = [spare.as_mut_ptr(); ROWS];
            for i in 0..ROWS {
                let row = tile[if i < tile.len() { i } else { 0 }];
                let source = row.source as usize;
                assert!(source + steps.source_reach < self.source.len() || steps.steps.is_empty());
                sources[i] = self.source.as_ptr().wrapping_add(source);
                if i < tile.len() {
                    let offset = (row.out as usize + self.shift) * width;
                    assert!(offset + width <= out_len);
                    outs[i] = out.wrapping_add(offset);
                }
            }
            // SAFETY: every scalar, panel row and output that the tile reaches was just checked to lie
            // within its slice, and the outputs are exclusively borrowed.
            unsafe {
                match tile.len() {
                    ..=FEWEST_ROWS => {
                        self.tile::<S, FEWEST_ROWS, VECTORS>(simd, first(&sources), first(&outs))
                    }
                    3 | 4 => self.tile::<S, 4, VECTORS>(simd, first(&sources), first(&outs)),
                    _ => self.tile::<S, ROWS, VECTORS>(simd, sources, outs),
                }
            }
        }
    }

    /// One register tile.
    ///
    /// # Safety
    /// Every step must be readable from every source and in the panel, and every output writable.
    #[inline(always)]
    unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        sources: [*const f32; ROWS],
        outs: [*mut f32; ROWS],
    ) {
        // SAFETY: the caller promises what is read and written here.
        unsafe {
            let mut sums = [[simd.splat(0.0); VECTORS]; ROWS];
            for (sums, out) in sums.iter_mut().zip(outs) {
                let from = match self.start {
                    Start::Vectors(start) => start.as_ptr(),
                    Start::Output => out.cast_const(),
                };
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.load(from.add(v * S::LANES));
                }
            }
            let panel = self.panel.as_ptr();
            for step in &self.steps.steps {
                let line = panel.add(step.panel as usize * (VECTORS * S::LANES));
                let mut vectors = [simd.splat(0.0); VECTORS];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = simd.load(line.add(v * S::LANES));
                }
                for (sums, source) in sums.iter_mut().zip(sources) {
                    let scalar = simd.splat(*source.add(step.source as usize));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = simd.mul_add(scalar, vector, *sum);
                    }
                }
            }
            for (sums, out) in sums.iter().zip(outs) {
                for (v, sum) in sums.iter().enumerate() {
                    simd.store(out.add(v * S::LANES), *sum);
                }
            }
            self.epilogue.rows::<S, ROWS, VECTORS>(simd, outs);
        }
    }
}

/// The first of at least as many.
#[inline(always)]
fn first<T: Copy, const N: usize>(all: &[T]) -> [T; N] {
    std::array::from_fn(|i| all[i])
}
