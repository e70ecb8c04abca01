//! The instruction sets, and the choice among them at run time.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::neon;
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
use super::scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd128;
use super::vector::{Routine, Simd};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// An instruction set with a microkernel of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// Plain Rust.
    Scalar,
    /// AArch64 vectors of 4.
    Neon,
    /// WebAssembly vectors of 4.
    Simd128,
    /// x86-64 AVX2 and FMA, vectors of 8.
    Avx2,
    /// x86-64 AVX-512F, vectors of 16.
    Avx512,
}

impl Isa {
    /// Every instruction set known, the best last.
    pub const ALL: [Isa; 5] = [Isa::Scalar, Isa::Neon, Isa::Simd128, Isa::Avx2, Isa::Avx512];

    /// The name, as `PADGRAD_ISA` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            Isa::Neon => "neon",
            Isa::Simd128 => "simd128",
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
    pub(in crate::kernels) fn dispatch<R: Routine>(routine: R) -> R::Output {
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
            // A module with vectors never runs without them, and is half as large so; tests compare the two.
            #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
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
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => match simd128::Simd128::detect() {
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
