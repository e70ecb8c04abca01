//! What the page of `padgrad lesson` computes: its scenes as requests and answers, in JSON on both sides.
//!
//! The page holds the library as WebAssembly and asks it through [`Lesson::answer`]; whatever the page shows is an
//! answer, computed by the code that the tool itself uses. Nothing here knows of a browser, so that the same requests
//! run anywhere, and `answers.json` holds what every one of them must give everywhere.
//!
//! Begin with `ask.rs`: a scene's request is an arm there and a file here.

mod ask;
mod average;
mod content;
mod deeper;
mod edge;
#[cfg(target_arch = "wasm32")]
mod exports;
mod gradients;
mod map;
mod networks;
mod planted;
mod training;

#[cfg(test)]
mod tests;

pub use ask::Lesson;
