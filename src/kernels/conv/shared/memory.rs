//! Buffers that are aligned, reused and not cleared, and an output that threads share.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Mutex;

use crate::kernels::simd::transpose::Target;
use crate::tensor::recycled;

/// A cache line, so that a buffer of them is aligned for every vector.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = 16;

/// From one run of `len` elements to the next: an odd number of cache lines, or all runs would fall on the
/// same few sets of the cache.
pub fn apart(len: usize) -> usize {
    (len.div_ceil(LINE) | 1) * LINE
}

/// Aligned elements that keep their memory from use to use.
#[derive(Default)]
pub struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// A buffer for the duration of a pass, from among those kept from earlier ones.
    pub fn borrow() -> Buffer {
        let mut kept = KEPT.lock().unwrap_or_else(|e| e.into_inner());
        let mut buffer = kept.pop().unwrap_or_default();
        buffer.spoil();
        buffer
    }

    /// In debug builds, makes what an earlier use left NaN, so that a read before a write shows.
    fn spoil(&mut self) {
        if cfg!(debug_assertions) {
            self.lines.fill(Line([f32::NAN; LINE]));
        }
    }

    /// Keeps the memory for a later [`Buffer::borrow`].
    pub fn give_back(self) {
        let mut kept = KEPT.lock().unwrap_or_else(|e| e.into_inner());
        if kept.len() < MOST_KEPT {
            kept.push(self);
        }
    }

    /// The first `len` elements, whatever they hold; the buffer grows to fit.
    pub fn take(&mut self, len: usize) -> &mut [f32] {
        let lines = len.div_ceil(LINE);
        if self.lines.len() < lines {
            let fresh = if cfg!(debug_assertions) {
                f32::NAN
            } else {
                0.0
            };
            self.lines.resize(lines, Line([fresh; LINE]));
        }
        // SAFETY: a line is `LINE` elements without padding, and the buffer has at least `lines`.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), len) }
    }

    /// The first `len` elements, to be read.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn get(&self, len: usize) -> &[f32] {
        assert!(len <= self.lines.len() * LINE);
        // SAFETY: a line is `LINE` elements without padding, and the buffer has enough of them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), len) }
    }
}

/// Buffers between passes: fresh memory would cost a page fault for every 4 KiB.
static KEPT: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

const MOST_KEPT: usize = 16;

/// What a thread keeps for its pieces of work.
#[derive(Default)]
pub struct Scratch {
    /// The strip of the input.
    pub strip: Buffer,
    /// The sums of a block of pixels.
    pub sums: Buffer,
    /// Sums or gradients in the other layout.
    pub transposed: Buffer,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs `f` with this thread's scratch memory.
pub fn with_scratch<R>(f: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch {
            strip,
            sums,
            transposed,
        } = scratch;
        for buffer in [strip, sums, transposed] {
            buffer.spoil();
        }
        f(scratch)
    })
}

/// A vector under construction, to whose parts several threads write.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    start: *mut f32,
    len: usize,
    vector: PhantomData<&'a mut [f32]>,
}

// SAFETY: all access goes through `write`, whose callers promise disjoint ranges.
unsafe impl Send for Output<'_> {}
// SAFETY: as above.
unsafe impl Sync for Output<'_> {}

impl<'a> Output<'a> {
    /// The memory from `offset` on.
    ///
    /// # Safety
    /// No other thread may write to what is written through this.
    pub unsafe fn at(&self, offset: usize) -> Target<'a> {
        assert!(offset <= self.len);
        // SAFETY: the vector has its length from the start on; the caller promises the rest.
        unsafe { Target::new(self.start.add(offset), self.len - offset) }
    }

    /// Copies `values` to `offset`.
    ///
    /// # Safety
    /// No other thread may write to this range.
    pub unsafe fn write(&self, offset: usize, values: &[f32]) {
        assert!(offset <= self.len && values.len() <= self.len - offset);
        // SAFETY: the range was checked, the caller promises that no other thread touches it, and
        // `values` is borrowed while this memory is not reachable through any reference.
        unsafe {
            std::ptr::copy_nonoverlapping(values.as_ptr(), self.start.add(offset), values.len());
        }
    }
}

/// The vector of `len` elements that `fill` writes.
///
/// # Safety
/// `fill` must write every element.
pub unsafe fn collect(len: usize, fill: impl FnOnce(Output)) -> Vec<f32> {
    let mut vector = recycled(len);
    fill(Output {
        start: vector.as_mut_ptr(),
        len,
        vector: PhantomData,
    });
    vector
}
