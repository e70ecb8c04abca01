//! Ctrl-C and its kin: the first request to end lets the work end in order, the second does not.

use std::path::Path;

use crate::error::Error;
use crate::study::stop::Stop;

/// A stop that SIGINT and SIGTERM ask for, from now on; a second signal ends the process at once.
pub fn watch(quiet: bool) -> Stop {
    let stop = Stop::default();
    #[cfg(unix)]
    unix::watch(&stop, quiet);
    #[cfg(not(unix))]
    let _ = quiet;
    stop
}

/// The error, with what goes on with a run that was interrupted.
pub fn interrupted(error: Error, command: &str, folder: &Path) -> Error {
    match error {
        Error::Interrupted { .. } => {
            let out = quoted(folder);
            Error::interrupted(format!("go on with: {command} --resume --out {out}"))
        }
        other => other,
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,=@".contains(c);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

/// The exit code of an interrupted process: 128 and the number of the signal.
pub fn exit_code() -> u8 {
    #[cfg(unix)]
    return unix::exit_code();
    #[cfg(not(unix))]
    1
}

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicU8, Ordering};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level;

    use crate::cli::output::log;
    use crate::study::stop::Stop;

    static FIRST: AtomicU8 = AtomicU8::new(SIGINT as u8);

    pub(super) fn watch(stop: &Stop, quiet: bool) {
        // Where the system has no room for them, signals end the process as they always do.
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
            return;
        };
        let stop = stop.clone();
        let wait = move || {
            let mut asked = false;
            for signal in signals.forever() {
                if asked {
                    low_level::exit(code(signal as u8).into());
                }
                asked = true;
                FIRST.store(signal as u8, Ordering::Relaxed);
                stop.request();
                if !quiet {
                    log("stopping after this step; once more ends at once");
                }
            }
        };
        let _ = std::thread::Builder::new().spawn(wait);
    }

    pub(super) fn exit_code() -> u8 {
        code(FIRST.load(Ordering::Relaxed))
    }

    fn code(signal: u8) -> u8 {
        128 + signal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        for (path, expected) in [
            ("runs/study-001", "runs/study-001"),
            ("my runs", "'my runs'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}
