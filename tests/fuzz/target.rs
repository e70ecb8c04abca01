//! The target whose name the binary has, for cargo-fuzz.
#![no_main]

mod targets;
mod windows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::target(env!("CARGO_BIN_NAME"))(data));
