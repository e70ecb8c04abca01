//! The keys of settings, those in which two tables differ and those that nobody knows, and lists in their values.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::data;
use crate::error::{Error, Result, with_nearest};

/// The dotted name of the first key in which two tables differ, with both values.
pub(super) fn first_difference(own: &toml::Table, other: &toml::Table) -> Option<String> {
    let keys: BTreeSet<&String> = own.keys().chain(other.keys()).collect();
    keys.into_iter()
        .find_map(|key| match (own.get(key), other.get(key)) {
            (Some(toml::Value::Table(own)), Some(toml::Value::Table(other))) => {
                first_difference(own, other).map(|inner| format!("{key}.{inner}"))
            }
            (own, other) if own != other => {
                let text =
                    |v: Option<&toml::Value>| v.map_or("nothing".into(), ToString::to_string);
                Some(format!("{key} is {} and {}", text(own), text(other)))
            }
            _ => None,
        })
}

/// A remedy with the name that was probably meant, of those that a message of serde quotes: ``unknown field `seedz`,
/// expected one of `seed`, `seeds` ``.
pub(super) fn with_nearest_quoted(remedy: &str, message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((given, known)) if message.starts_with("unknown ") => {
            with_nearest(remedy, given, known)
        }
        _ => remedy.to_string(),
    }
}

/// The first key of `text` that `config`, which was read from it, knows nothing of, and those that it knows in its place.
///
/// Serde lets unknown keys pass in parts of the configuration that are flattened into others.
pub(super) fn unknown_key(text: &str, config: &impl Serialize) -> Option<(String, Vec<String>)> {
    let given: toml::Table = toml::from_str(text).ok()?;
    let known = toml::Table::try_from(config).ok()?;
    first_missing(&given, &known, "")
}

/// The dotted name of the first key of `given` that `known` does not have, and of those that it has.
fn first_missing(
    given: &toml::Table,
    known: &toml::Table,
    inside: &str,
) -> Option<(String, Vec<String>)> {
    given.iter().find_map(|(key, value)| match known.get(key) {
        None => {
            let dotted = |key: &String| format!("{inside}{key}");
            Some((dotted(key), known.keys().map(dotted).collect()))
        }
        Some(toml::Value::Table(known)) => value
            .as_table()
            .and_then(|given| first_missing(given, known, &format!("{inside}{key}."))),
        Some(_) => None,
    })
}

/// Whether every entry of a list is there once.
pub(super) fn none_twice(what: &str, list: &[impl ToString]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match list.iter().find(|entry| !seen.insert(entry.to_string())) {
        None => Ok(()),
        Some(entry) => {
            let problem = format!("{} is named twice", entry.to_string());
            Err(Error::usage(what, problem, "name each once"))
        }
    }
}

/// Splits a list of data sets at its commas, but not inside the path of a folder.
pub(super) fn split_data(list: &str) -> Vec<String> {
    let mut sets: Vec<String> = Vec::new();
    for part in list.split(',') {
        let known = part.trim().starts_with("folder:") || data::NAMES.contains(&part.trim());
        match sets.last_mut() {
            Some(last) if !known && last.starts_with("folder:") => *last += &format!(",{part}"),
            _ => sets.push(part.trim().to_string()),
        }
    }
    sets
}
