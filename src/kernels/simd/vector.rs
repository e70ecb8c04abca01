//! The vectors of an instruction set, and what is written in terms of them.

/// The most elements of any vector.
pub const MOST_LANES: usize = 16;

/// An algorithm that is generic over the instruction set.
pub trait Routine {
    type Output;

    /// Runs the algorithm; inline it always, so that it is compiled for the instructions of `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The vectors of an instruction set.
pub trait Simd: Copy + Send + Sync + 'static {
    /// Several `f32`.
    type Vector: Copy;

    /// Which lanes to pick.
    type Indices: Copy;

    /// Elements per vector.
    const LANES: usize;
    /// Rows of the register tile of a product.
    const ROWS: usize;
    /// The most vectors per row of that tile.
    const VECTORS: usize;
    /// The side of the square that [`Simd::transpose`] transposes.
    const SQUARE: usize;

    fn splat(self, value: f32) -> Self::Vector;

    /// Reads a vector, of any alignment.
    ///
    /// # Safety
    /// `LANES` elements must be readable from `from`.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// Writes a vector, of any alignment.
    ///
    /// # Safety
    /// `LANES` elements must be writable from `to`.
    unsafe fn store(self, to: *mut f32, vector: Self::Vector);

    /// a · b + c, rounded once where the instruction set can, always the same way within one.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// (x - mean) · scale + bias for `[mean, scale, bias]`, rounded after every operation.
    fn normalise(self, x: Self::Vector, norm: [Self::Vector; 3]) -> Self::Vector;

    /// x where it is not below 0, else 0: NaN stays NaN, and -0 stays -0.
    fn rectify(self, x: Self::Vector) -> Self::Vector;

    /// The first `LANES` indices, each of an element of two vectors one after the other.
    fn indices(self, indices: &[u32; MOST_LANES]) -> Self::Indices;

    /// The elements at these indices.
    fn pick(self, vectors: [Self::Vector; 2], indices: Self::Indices) -> Self::Vector;

    /// The elements at even indices of two vectors, one after the other, and those at odd indices.
    fn unzip(self, vectors: [Self::Vector; 2]) -> [Self::Vector; 2];

    /// Writes the transpose of a `SQUARE` × `SQUARE` block.
    ///
    /// # Safety
    /// `SQUARE` rows of `SQUARE` elements, `stride` apart, must be readable from `from` and writable
    /// to `to` with their own stride.
    unsafe fn transpose(self, from: (*const f32, usize), to: (*mut f32, usize));

    /// Runs a routine compiled for these instructions.
    fn vectorize<R: Routine>(self, routine: R) -> R::Output;
}
