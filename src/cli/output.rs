//! What a command prints: results on stdout, everything else on stderr.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::study::folder::to_json;

/// Prints lines on stdout.
///
/// A reader that has gone away, as in `| head -1`, has seen all it wanted.
///
/// # Errors
/// Where stdout is a file on a full disk.
pub fn say(text: impl Display) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Error::io("stdout", "write to", error)),
    }
}

/// Prints lines on stderr; where nobody can read them, nothing is lost.
pub fn log(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error as one line, whatever names and messages it quotes.
pub fn complain(problem: impl Display) {
    let line = problem.to_string().replace(char::is_control, " ");
    log(format!("error: {line}"));
}

/// Prints a value as one JSON document on stdout.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    say(to_json(value)?)
}
