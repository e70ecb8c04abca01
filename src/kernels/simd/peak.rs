//! What the processor could do at best.

use std::hint::black_box;
use std::time::Instant;

use super::isa::Isa;
use super::vector::{Routine, Simd};

/// The multiply-adds per second of one thread at the instruction set in use, in GFLOP/s (two per
/// multiply-add): registers only, enough independent chains to fill the pipes, best of several runs.
pub fn fma_peak() -> f64 {
    let best = (0..20).map(|_| Isa::dispatch(Chains)).fold(0.0, f64::max);
    best / 1e9
}

/// Independent chains of multiply-adds.
struct Chains;

const CHAINS: usize = 12;
const LINKS: usize = 200_000;

impl Routine for Chains {
    /// Floating-point operations per second.
    type Output = f64;

    fn run<S: Simd>(self, simd: S) -> f64 {
        let start = Instant::now();
        simd.vectorize(Run);
        let operations = 2 * S::LANES * CHAINS * LINKS;
        operations as f64 / start.elapsed().as_secs_f64()
    }
}

struct Run;

impl Routine for Run {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let factor = simd.splat(black_box(0.999));
        let mut sums = [simd.splat(black_box(1.0)); CHAINS];
        for _ in 0..LINKS {
            for sum in &mut sums {
                *sum = simd.mul_add(*sum, factor, factor);
            }
        }
        let mut out = [0.0f32; 16];
        for sum in sums {
            // SAFETY: no vector is longer than sixteen elements.
            unsafe { simd.store(out.as_mut_ptr(), sum) };
            black_box(&out);
        }
    }
}
