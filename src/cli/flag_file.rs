//! Flags from a file: what `--config` means to commands whose settings are no run's `config.toml`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};

use crate::error::{Error, Result, with_nearest};
use crate::files::read_up_to;

/// The longest file that is read.
const LARGEST: u64 = 1 << 20;
const REMEDY: &str = "name flags of this command, for example `images = 200`";

/// Gives a command `--config`, unless it has its own.
pub fn with_config(command: Command) -> Command {
    if command.has_subcommands() {
        return command.mut_subcommands(with_config);
    }
    if command.get_arguments().any(|arg| arg.get_id() == "config") {
        return command;
    }
    let help = "TOML file with flags by their names; flags given here override it";
    let config = Arg::new("config").long("config").value_name("FILE");
    command.arg(config.help(help))
}

/// The words of a command line, with the flags of its file behind those that are given.
///
/// # Errors
/// Where the file cannot be read, is not TOML, or names what is no flag of the command.
pub fn with_flags_of_file(command: &Command, words: Vec<OsString>) -> Result<Vec<OsString>> {
    let mut command = command;
    let mut rest = words.iter().skip(1);
    while let Some(found) = rest.next().and_then(|word| command.find_subcommand(word)) {
        command = found;
    }
    let is_ours =
        |arg: &Arg| arg.get_id() == "config" && arg.get_value_parser().type_id() != path();
    match config_of(&words) {
        Some(file) if command.get_arguments().any(is_ours) => {
            let flags = flags_of(command, &file, &words)?;
            Ok(words.into_iter().chain(flags).collect())
        }
        _ => Ok(words),
    }
}

/// What a command's own `--config` is parsed as.
fn path() -> std::any::TypeId {
    std::any::TypeId::of::<PathBuf>()
}

fn config_of(words: &[OsString]) -> Option<PathBuf> {
    let value = |(i, word): (usize, &OsString)| match word.to_str()? {
        "--config" => words.get(i + 1).map(PathBuf::from),
        word => word.strip_prefix("--config=").map(PathBuf::from),
    };
    words.iter().enumerate().find_map(value)
}

fn flags_of(command: &Command, file: &Path, words: &[OsString]) -> Result<Vec<OsString>> {
    let bytes = read_up_to(file, LARGEST)?;
    let text = String::from_utf8_lossy(&bytes);
    let table: toml::Table =
        toml::from_str(&text).map_err(|e| Error::file(file, e.message().to_string(), REMEDY))?;
    let mut flags = Vec::new();
    for (key, value) in table {
        let name = key.replace('_', "-");
        let is_flag = |arg: &&Arg| arg.get_long() == Some(&name) && arg.get_id() != "config";
        let Some(arg) = command.get_arguments().find(is_flag) else {
            let known: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
            return Err(Error::file(
                file,
                format!("there is no flag `{key}`"),
                with_nearest(REMEDY, &name, &known),
            ));
        };
        let flag = format!("--{name}");
        let given = |word: &&OsString| {
            let rest = word.to_str().and_then(|word| word.strip_prefix(&flag));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        if words.iter().any(|word| given(&word)) {
            continue;
        }
        match (value, arg.get_action()) {
            (toml::Value::Boolean(true), ArgAction::SetTrue) => flags.push(flag.into()),
            (toml::Value::Boolean(false), ArgAction::SetTrue) => {}
            (toml::Value::Array(values), ArgAction::Append) => {
                flags.push(flag.into());
                flags.extend(values.iter().map(written));
            }
            (toml::Value::Array(values), _) => {
                let all: Vec<OsString> = values.iter().map(written).collect();
                flags.extend([flag.into(), all.join(OsStr::new(","))]);
            }
            (value, _) => flags.extend([flag.into(), written(&value)]),
        }
    }
    Ok(flags)
}

/// A value as it is written on a command line.
fn written(value: &toml::Value) -> OsString {
    match value {
        toml::Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_the_flags_that_are_not_given() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("my.toml");
        let swap = Command::new("swap")
            .arg(Arg::new("images").long("images"))
            .arg(
                Arg::new("checkpoints")
                    .long("checkpoints")
                    .num_args(1..)
                    .action(ArgAction::Append),
            )
            .arg(Arg::new("layers").long("layers"))
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue));
        let command = with_config(Command::new("padgrad").subcommand(swap));
        let words = |text: &str| {
            std::fs::write(&file, text).expect("a write");
            let line = ["padgrad", "swap", "--images", "3", "--config"].map(OsString::from);
            let line = line.into_iter().chain([file.clone().into_os_string()]);
            with_flags_of_file(&command, line.collect())
        };
        let text =
            "images = 5\nquiet = true\nlayers = [\"a\", \"b\"]\ncheckpoints = [\"x\", \"y\"]\n";
        let found = words(text).expect("flags");
        let matches = command
            .clone()
            .try_get_matches_from(found)
            .expect("a command line");
        let swap = matches.subcommand_matches("swap").expect("the command");
        assert_eq!(
            swap.get_one::<String>("images").map(String::as_str),
            Some("3")
        );
        assert_eq!(
            swap.get_one::<String>("layers").map(String::as_str),
            Some("a,b")
        );
        assert_eq!(
            swap.get_many::<String>("checkpoints").expect("two").count(),
            2
        );
        assert!(swap.get_flag("quiet"));
        for text in ["imagse = 3", "images = ", "config = \"a\""] {
            let message = words(text).expect_err(text).to_string();
            assert_eq!(
                message.contains("did you mean `images`?"),
                text.contains("imagse")
            );
        }
    }
}
