//! Vectors of `f32` behind one trait, and the choice of instruction set at run time.
//!
//! A type that implements `Simd` is a token: a value of it exists only where the processor has the
//! instructions, so code that holds one may use them. Algorithms are written once, generic over the
//! token, as a `Routine`; `Isa::dispatch` picks the token and `Simd::vectorize` compiles a
//! routine for its instructions.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod copy;
pub(super) mod finish;
pub(super) mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
pub mod peak;
pub(super) mod places;
pub(super) mod rows;
pub(super) mod run;
mod scalar;
pub(super) mod sweep;
pub(super) mod transpose;
pub(super) mod unfold;
pub(super) mod whole;

use self::whole::MOST_LANES;
use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

/// An algorithm that is generic over the instruction set.
pub(super) trait Routine {
    type Output;

    /// Runs the algorithm; inline it always, so that it is compiled for the instructions of `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The vectors of an instruction set.
pub(super) trait Simd: Copy + Send + Sync + 'static {
    /// Several `f32`.
    type Vector: Copy;

    /// Which lanes to pick.
    type Places: Copy;

    /// Numbers per vector.
    const LANES: usize;
    /// Rows of the register tile of a product.
    const ROWS: usize;
    /// The most vectors per row of that tile.
    const VECTORS: usize;
    /// The side of the square that [`Simd::transpose`] turns.
    const SQUARE: usize;

    fn splat(self, value: f32) -> Self::Vector;

    /// Reads a vector, of any alignment.
    ///
    /// # Safety
    /// `LANES` numbers must be readable from `from`.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// Writes a vector, of any alignment.
    ///
    /// # Safety
    /// `LANES` numbers must be writable from `to`.
    unsafe fn store(self, to: *mut f32, vector: Self::Vector);

    /// a · b + c, rounded once where the instruction set can, always the same way within one.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// (x - mean) · scale + bias for `[mean, scale, bias]`, rounded after every operation.
    fn normalise(self, x: Self::Vector, norm: [Self::Vector; 3]) -> Self::Vector;

    /// x where it is not below 0, else 0: NaN stays NaN, and -0 stays -0.
    fn rectify(self, x: Self::Vector) -> Self::Vector;

    /// The first `LANES` places, each of a number in two vectors one after the other.
    fn places(self, places: &[u32; MOST_LANES]) -> Self::Places;

    /// The numbers in these places.
    fn pick(self, vectors: [Self::Vector; 2], places: Self::Places) -> Self::Vector;

    /// The numbers in even places of two vectors, one after the other, and those in odd places.
    fn unzip(self, vectors: [Self::Vector; 2]) -> [Self::Vector; 2];

    /// Writes the transpose of a `SQUARE` × `SQUARE` block.
    ///
    /// # Safety
    /// `SQUARE` rows of `SQUARE` numbers, `stride` apart, must be readable from `from` and writable
    /// to `to` with their own stride.
    unsafe fn transpose(self, from: (*const f32, usize), to: (*mut f32, usize));

    /// Runs a routine compiled for these instructions.
    fn vectorize<R: Routine>(self, routine: R) -> R::Output;
}

/// An instruction set with a microkernel of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// Plain Rust.
    Scalar,
    /// AArch64 vectors of 4.
    Neon,
    /// x86-64 AVX2 and FMA, vectors of 8.
    Avx2,
    /// x86-64 AVX-512F, vectors of 16.
    Avx512,
}

impl Isa {
    /// Every instruction set known, the best last.
    pub const ALL: [Isa; 4] = [Isa::Scalar, Isa::Neon, Isa::Avx2, Isa::Avx512];

    /// The name, as `PADGRAD_ISA` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            Isa::Neon => "neon",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// Those that this processor has, the best last.
    pub fn available() -> Vec<Isa> {
        Isa::ALL.into_iter().filter(|isa| isa.runs(Probe)).collect()
    }

    /// The one in use on this thread: what [`Isa::force`] says, else `PADGRAD_ISA`, else the best.
    ///
    /// # Panics
    /// If `PADGRAD_ISA` names none that this processor has.
    pub fn active() -> Isa {
        static CHOSEN: OnceLock<Isa> = OnceLock::new();
        FORCED
            .get()
            .unwrap_or_else(|| *CHOSEN.get_or_init(Isa::from_environment))
    }

    fn from_environment() -> Isa {
        let available = Isa::available();
        let Ok(wanted) = std::env::var("PADGRAD_ISA") else {
            return available[available.len() - 1];
        };
        let named = available.iter().find(|isa| isa.name() == wanted);
        *named.unwrap_or_else(|| {
            let names: Vec<&str> = available.iter().map(|isa| isa.name()).collect();
            panic!(
                "PADGRAD_ISA={wanted}: this processor has {}; set one of them, or unset it for the best",
                names.join(", ")
            )
        })
    }

    /// Runs `f` with this instruction set in use for the kernels that this thread calls.
    ///
    /// # Panics
    /// If the processor does not have it.
    pub fn force<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(Option<Isa>);
        impl Drop for Restore {
            fn drop(&mut self) {
                FORCED.set(self.0);
            }
        }
        assert!(self.runs(Probe), "this processor does not have {self}");
        let _restore = Restore(FORCED.replace(Some(self)));
        f()
    }

    /// Runs `routine` with the token of the instruction set in use.
    pub(super) fn dispatch<R: Routine>(routine: R) -> R::Output {
        let isa = Isa::active();
        isa.try_dispatch(routine)
            .unwrap_or_else(|_| unreachable!("{isa} was found available"))
    }

    fn runs(self, probe: Probe) -> bool {
        self.try_dispatch(probe).is_ok()
    }

    /// Runs `routine` with this instruction set's token, or gives it back where there is none.
    fn try_dispatch<R: Routine>(self, routine: R) -> Result<R::Output, R> {
        match self {
            Isa::Scalar => Ok(routine.run(scalar::Scalar)),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => match avx2::Avx2::detect() {
                Some(simd) => Ok(routine.run(simd)),
                None => Err(routine),
            },
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => match avx512::Avx512::detect() {
                Some(simd) => Ok(routine.run(simd)),
                None => Err(routine),
            },
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => match neon::Neon::detect() {
                Some(simd) => Ok(routine.run(simd)),
                None => Err(routine),
            },
            #[allow(unreachable_patterns)]
            _ => Err(routine),
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

thread_local! {
    static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
}

/// Does nothing; asks only whether a token can be had.
#[derive(Clone, Copy)]
struct Probe;

impl Routine for Probe {
    type Output = ();

    fn run<S: Simd>(self, _: S) {}
}
