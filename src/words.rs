//! Counts in English, for messages and pages.

/// `1 seed`, `3 seeds`: a count with its noun.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The verb behind a count: is, or are.
pub fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
