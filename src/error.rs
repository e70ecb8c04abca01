//! The one error type of everything that a file, a choice or a configuration can get wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, where, and what to do about it.
///
/// Misuse of the library by its caller (shapes that do not fit) panics instead; this type is for
/// what a *user* can cause.
pub enum Error {
    /// A name, a choice or a configuration value that cannot be used; the tool exits with code 2.
    Usage {
        /// What it is about.
        what: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// The operating system refused a file operation.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// A verb such as `"read"`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A file whose content is not what it should be.
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A training whose values have stopped being finite; other networks of the run may go on.
    Diverged {
        /// What it is about.
        what: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// Work that was stopped because somebody asked for it; what is done is kept.
    Interrupted {
        /// How to go on.
        remedy: String,
    },
    /// Data, a model or a run that cannot go on.
    Invalid {
        /// What it is about.
        what: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
}

/// A result whose error names the thing, the value and the remedy.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A value given by the user that cannot be used.
    pub fn usage(
        what: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::Usage {
            what: what.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// A name that is none of those that are known: the remedy asks for the one that was probably meant, and lists all.
    pub fn unknown<'n>(
        what: impl Into<String>,
        given: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Error {
        let known: Vec<&str> = known.into_iter().collect();
        let remedy = format!("use one of {}", known.join(", "));
        let remedy = with_nearest(&remedy, given, &known);
        Error::usage(what, format!("`{given}` is not known"), remedy)
    }

    /// A file operation that failed; `doing` is a verb such as `"read"`.
    pub fn io(path: impl AsRef<Path>, doing: &'static str, source: io::Error) -> Error {
        Error::Io {
            path: path.as_ref().to_path_buf(),
            doing,
            source,
        }
    }

    /// A file that holds the wrong thing.
    pub fn file(
        path: impl AsRef<Path>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::File {
            path: path.as_ref().to_path_buf(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// A state in which the work cannot go on.
    pub fn invalid(
        what: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::Invalid {
            what: what.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Work that was asked to stop.
    pub fn interrupted(remedy: impl Into<String>) -> Error {
        Error::Interrupted {
            remedy: remedy.into(),
        }
    }

    /// A training that has left the finite numbers.
    pub fn diverged(
        what: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::Diverged {
            what: what.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// The same error as one of usage: what cannot go on was asked for.
    pub fn into_usage(self) -> Error {
        match self {
            Error::Invalid {
                what,
                problem,
                remedy,
            } => Error::usage(what, problem, remedy),
            other => other,
        }
    }

    /// The exit code of the tool for this error: 2 for usage, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Error::Usage { .. }) {
            2
        } else {
            1
        }
    }
}

/// A remedy that begins with the name that was probably meant, if one of those that are `known` is near.
///
/// What stands behind a colon is an argument of a name, and no part of it.
pub fn with_nearest(remedy: &str, given: &str, known: &[&str]) -> String {
    let head = |name: &str| name.split(':').next().unwrap_or_default().to_lowercase();
    let given = head(given);
    let nearest = known
        .iter()
        .min_by_key(|name| distance(&given, &head(name)));
    match nearest {
        Some(name) if 3 * distance(&given, &head(name)) <= head(name).len().max(given.len()) => {
            format!("did you mean `{name}`? {remedy}")
        }
        _ => remedy.to_string(),
    }
}

/// Letters to change, add, leave out or exchange with their neighbour: the distance of Damerau and Levenshtein, in which no
/// letter is changed twice.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let [a, b]: [Vec<char>; 2] = [a, b].map(|text| text.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let changed = rows[i][j] + usize::from(a[i] != b[j]);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn io_remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check the permissions or choose another folder",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space or choose another folder"
        }
        io::ErrorKind::ReadOnlyFilesystem => "choose a folder that can be written",
        io::ErrorKind::AlreadyExists => "a file has that name; choose another path",
        io::ErrorKind::IsADirectory => "name a file, not a folder",
        io::ErrorKind::NotADirectory => {
            "a part of the path is a file where a folder is needed; choose another path"
        }
        io::ErrorKind::InvalidFilename => "choose a shorter name",
        _ => "see the system's message",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage {
                what,
                problem,
                remedy,
            }
            | Error::Diverged {
                what,
                problem,
                remedy,
            }
            | Error::Invalid {
                what,
                problem,
                remedy,
            } => {
                write!(f, "{what}: {problem}; {remedy}")
            }
            Error::Interrupted { remedy } => {
                write!(f, "interrupted, what is done is kept; {remedy}")
            }
            Error::Io {
                path,
                doing,
                source,
            } => {
                let remedy = io_remedy(source.kind());
                write!(f, "cannot {doing} {}: {source}; {remedy}", path.display())
            }
            Error::File {
                path,
                problem,
                remedy,
            } => {
                write!(f, "{}: {problem}; {remedy}", path.display())
            }
        }
    }
}

/// The same text as [`fmt::Display`]: a `main` that returns an `Err`, an `unwrap` and an `expect` all print this
/// form, and whoever reads it there needs the remedy as much as anywhere.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_near_is_asked_for_and_another_is_not() {
        let known = ["zeros", "constant:v", "reflect", "folder:PATH"];
        for (given, meant) in [
            ("zero", Some("zeros")),
            ("Reflect", Some("reflect")),
            ("relfect", Some("reflect")),
            ("constant0.5", Some("constant:v")),
            ("folders:a/b", Some("folder:PATH")),
            ("mirror", None),
            ("zreos", Some("zeros")),
            ("x", None),
            ("", None),
        ] {
            let error = Error::unknown("padding", given, known).to_string();
            let all = "use one of zeros, constant:v, reflect, folder:PATH";
            let asked = meant.map_or(String::new(), |name| format!("did you mean `{name}`? "));
            assert_eq!(
                error,
                format!("padding: `{given}` is not known; {asked}{all}")
            );
        }
    }
}
