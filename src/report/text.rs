//! Values and words as people read them.

use crate::study::summary::Estimate;

/// `value` with three significant digits; very small and very large ones in powers of ten.
///
/// ```
/// use padgrad::report::text::short;
/// assert_eq!(short(0.0), "0");
/// assert_eq!(short(0.012345), "0.0123");
/// assert_eq!(short(1234.5), "1234");
/// assert_eq!(short(-0.00001), "-1.00e-5");
/// ```
pub fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs();
    if !(1e-3..1e5).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    // The exponent after rounding to three digits: 0.9996 counts as 1.00.
    let rounded = format!("{magnitude:.2e}");
    let exponent: i32 = rounded
        .split_once('e')
        .and_then(|(_, e)| e.parse().ok())
        .unwrap_or(0);
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// The interval of `estimate` as `[lo, hi]`, or `None` if it has none.
pub fn interval(estimate: &Estimate) -> Option<String> {
    let (lo, hi) = (estimate.lo?, estimate.hi?);
    Some(format!("[{}, {}]", short(lo), short(hi)))
}

/// `text` with the characters that HTML gives a meaning replaced, for content and attributes alike.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// The characters of `text`.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// `text` in lines of at most `most` characters, broken at spaces where there are any.
pub fn lines(text: &str, most: usize) -> Vec<String> {
    lines_that(text, |line| width(line) <= most)
}

/// `text` in lines that fit, broken at spaces; a word that does not fit has a line of its own.
pub fn lines_that(text: &str, fit: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (lines.last_mut(), longer) {
            (Some(line), _) if line.is_empty() => line.push_str(word),
            (Some(line), Some(longer)) if fit(&longer) => *line = longer,
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// The same with the lines below each other.
pub fn wrap(text: &str, most: usize) -> String {
    lines(text, most).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits() {
        let cases = [
            (1.0, "1.00"),
            (0.9996, "1.00"),
            (9.996, "10.0"),
            (99.96, "100"),
            (0.001, "0.00100"),
            (0.0009999, "1.00e-3"),
            (123456.0, "1.23e5"),
            (-12.345, "-12.3"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(lines("to the pixels read", 8), ["to the", "pixels", "read"]);
        assert_eq!(lines("distribution", 4), ["distribution"]);
        assert_eq!(lines("", 4), [""]);
    }
}
