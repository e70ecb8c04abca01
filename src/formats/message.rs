//! What is said of a file, in one line that can be read.

/// The characters of a name or a list that are printed at most, at its beginning and at its end.
const START: usize = 700;
const END: usize = 300;

/// A message that may repeat names and lists of a damaged file: control characters are spelled out, and where it is
/// too long for a line its middle is left out.
pub(super) fn in_one_line(text: &str) -> String {
    let spelled = |c: char| match c.is_control() {
        true => c.escape_default().collect::<String>(),
        false => c.into(),
    };
    let spelled: String = text.chars().map(spelled).collect();
    let left_out = spelled.chars().count().saturating_sub(START + END);
    if left_out == 0 {
        return spelled;
    }
    let start: String = spelled.chars().take(START).collect();
    let end: String = spelled.chars().skip(START + left_out).collect();
    format!("{start} … {left_out} more characters … {end}")
}

#[cfg(test)]
mod tests {
    use super::in_one_line;

    #[test]
    fn a_message_is_one_line_of_readable_length() {
        assert_eq!(in_one_line("a\nb é"), "a\\nb é");
        let long = format!("axes {:?} of x", vec![1; 100_000]);
        let told = in_one_line(&long);
        assert!(told.starts_with("axes [1, 1, "), "{told}");
        assert!(told.ends_with("1, 1] of x"), "{told}");
        assert!(told.contains(" … 299010 more characters … "), "{told}");
        assert!(told.chars().count() < 1100);
    }
}
