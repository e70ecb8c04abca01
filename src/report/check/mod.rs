//! What a check found, in words, tables and on a page.

mod figures;
mod lint;
mod page;
mod pictures;
mod sentences;
mod uneven;
pub(super) mod units;
mod words;

pub use figures::figures;
pub use lint::lint_text;
pub use page::page;
pub use sentences::{headline, sentences};
pub use words::{setting, table, text};
