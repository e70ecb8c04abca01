//! What the WebAssembly module exports: a request is written into its memory, the answer is read there.
//!
//! A page calls `request(length)`, writes that many bytes of JSON from the returned address on, calls `answer()`, which
//! returns the answer's length, and reads it from the address that `answered()` returns.
// Exported names are what the linker calls unsafe; no code here is.
#![allow(unsafe_code)]

use std::cell::RefCell;

use super::Lesson;

#[derive(Default)]
struct Exchange {
    lesson: Lesson,
    request: Vec<u8>,
    answer: String,
}

thread_local! {
    static EXCHANGE: RefCell<Exchange> = RefCell::default();
}

/// Makes room for a request of that many bytes and says where.
#[unsafe(no_mangle)]
pub extern "C" fn request(length: usize) -> *mut u8 {
    EXCHANGE.with_borrow_mut(|exchange| {
        exchange.request.clear();
        exchange.request.resize(length, 0);
        exchange.request.as_mut_ptr()
    })
}

/// Answers the request and says how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    EXCHANGE.with_borrow_mut(|exchange| {
        let request = String::from_utf8_lossy(&exchange.request).into_owned();
        exchange.answer = exchange.lesson.answer(&request);
        exchange.answer.len()
    })
}

/// Where the answer lies, until the next request.
#[unsafe(no_mangle)]
pub extern "C" fn answered() -> *const u8 {
    EXCHANGE.with_borrow(|exchange| exchange.answer.as_ptr())
}
