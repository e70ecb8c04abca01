//! Plain loops, compiled for the instruction set in use.

use super::simd::{Isa, Routine, Simd};

/// A loop in plain Rust that the compiler vectorises.
///
/// It gives the same bits under every instruction set: the compiler neither reorders nor fuses
/// operations on floating-point elements.
pub trait Loop {
    /// What the loop gives.
    type Output;

    /// Runs the loop; inline it always, so that it is compiled for the instructions of its caller.
    fn run(self) -> Self::Output;
}

/// Runs a loop with the best instructions that there are.
pub fn run<L: Loop>(loop_: L) -> L::Output {
    Isa::dispatch(Outer(loop_))
}

struct Outer<L>(L);

impl<L: Loop> Routine for Outer<L> {
    type Output = L::Output;

    fn run<S: Simd>(self, simd: S) -> L::Output {
        simd.vectorize(Inner(self.0))
    }
}

struct Inner<L>(L);

impl<L: Loop> Routine for Inner<L> {
    type Output = L::Output;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> L::Output {
        self.0.run()
    }
}
