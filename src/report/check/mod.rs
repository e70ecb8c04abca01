//! What a check found, in words, tables and on a page.

mod lint;
mod page;
mod words;

pub use lint::lint_text;
pub use page::page;
pub use words::{sentences, table, text};
