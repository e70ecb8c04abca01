//! The flags behind the settings that errors of the library name; the library itself knows of no flags.

use std::path::PathBuf;

use clap::{ArgMatches, Command};

use crate::error::Error;
use crate::study::config::CONFIG;

/// Commands whose settings may also come from a file, where they are named as the file names them.
const WITH_SETTINGS_IN_FILES: [&str; 2] = ["study", "train"];
/// Flags of those commands that stand in no file.
const IN_NO_FILE: [&str; 2] = ["jobs", "threads"];

/// The flags whose names errors may use.
pub struct Flags {
    /// The settings that are flags, as the library spells them.
    settings: Vec<String>,
    /// The folder to write, if one was named.
    out: Option<PathBuf>,
    /// Whether the command can go on with a run.
    resumes: bool,
}

impl Flags {
    /// Those of the command that was called.
    pub fn of(command: &Command, matches: &ArgMatches) -> Flags {
        let (mut command, mut matches) = (command, matches);
        while let Some((name, inner)) = matches.subcommand()
            && let Some(found) = command.find_subcommand(name)
        {
            (command, matches) = (found, inner);
        }
        let out = matches.try_get_one::<PathBuf>("out").ok().flatten();
        let default = command.get_name() == env!("CARGO_PKG_NAME");
        let settings = match default || WITH_SETTINGS_IN_FILES.contains(&command.get_name()) {
            true => IN_NO_FILE.map(String::from).into(),
            false => command
                .get_arguments()
                .map(|arg| arg.get_id().to_string())
                .collect(),
        };
        Flags {
            settings,
            out: out.cloned(),
            resumes: command.get_arguments().any(|arg| arg.get_id() == "resume"),
        }
    }

    /// The error with the flag in the place of the setting.
    pub fn named_in(&self, error: Error) -> Error {
        let Error::Usage {
            mut what,
            problem,
            mut remedy,
        } = error
        else {
            return error;
        };
        let setting = what.split(' ').next().unwrap_or_default();
        if self.settings.iter().any(|id| id == setting) {
            what = format!("--{}{}", setting.replace('_', "-"), &what[setting.len()..]);
        } else if self.is_out(&what) {
            what = format!("--out {what}");
            let is_run = self
                .out
                .as_ref()
                .is_some_and(|out| out.join(CONFIG).is_file());
            let other = match self.resumes && is_run {
                true => "another --out, or go on with the run there by --resume",
                false => "another --out",
            };
            remedy = remedy.replace("another folder", other);
        }
        Error::usage(what, problem, remedy)
    }

    fn is_out(&self, what: &str) -> bool {
        let out = self.out.as_ref().map(|out| out.display().to_string());
        out.is_some_and(|out| out == what || out.is_empty() && what == "\"\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_a_flag_is_named_by_it() {
        let flags = Flags {
            settings: vec!["train_images".into(), "jobs".into()],
            out: Some("a/b".into()),
            resumes: true,
        };
        for (what, named) in [
            ("train_images", "--train-images: x; y"),
            ("jobs 4", "--jobs 4: x; y"),
            ("job", "job: x; y"),
            ("a/b", "--out a/b: x; y"),
        ] {
            let error = flags.named_in(Error::usage(what, "x", "y"));
            assert_eq!(error.to_string(), named);
        }
    }
}
