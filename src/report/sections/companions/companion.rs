//! A run of another command, as its section sees it.

use std::path::Path;

use crate::error::Result;
use crate::report::page::elements::{paragraph, section};
use crate::report::text::escape_html;
use crate::study::finished::load_pattern;
use crate::study::results::{PatternFile, Results};
use crate::tensor::Tensor;

const BRACKETS: &str = "In brackets: the 95% interval of a single value; where the mean of several is shown, the \
                        lowest and the highest of them.";

/// One run with what its sections need.
pub struct Companion<'a> {
    /// Empty for the run that leads the page.
    pub name: &'a str,
    pub dir: &'a Path,
    pub results: &'a Results,
}

impl Companion<'_> {
    /// An id of the page; a single word, whatever the folder is called.
    pub fn id(&self, word: &str) -> String {
        match self.name {
            "" => word.to_string(),
            name => format!("{word}-{}", name.replace(char::is_whitespace, "-")),
        }
    }

    pub fn load(&self, file: &PatternFile) -> Result<Tensor<f32>> {
        load_pattern(self.dir, file)
    }

    /// A section; the heading of another run carries its name.
    pub fn section(&self, id: &str, heading: &str, body: &str) -> String {
        let heading = match self.name {
            "" => heading.to_string(),
            name => format!("{heading} ({name})"),
        };
        let body = body.to_string() + &paragraph(BRACKETS);
        section(&escape_html(&self.id(id)), &heading, &body)
    }
}
