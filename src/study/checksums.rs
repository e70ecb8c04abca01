//! Checksums: of the files of a run, in the form that `sha256sum --check` reads, and inside a file, of its content.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::files::{Content, read_up_to, write_atomic};

/// The file of a run that holds the checksums of all others.
pub const CHECKSUMS: &str = "checksums.sha256";
/// The longest list that is read.
const LARGEST: u64 = 1 << 31;
/// What a sealed file begins with, before the checksum of its content.
const SEAL: &str = "{\"sha256\":\"";
/// What stands between the two.
const CONTENT: &str = "\",\"content\":";
/// Digits of a checksum.
const DIGITS: usize = 64;

/// SHA-256, in hexadecimal digits.
pub fn checksum(bytes: &[u8]) -> String {
    in_digits(&Sha256::digest(bytes))
}

fn in_digits(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes into `file` and computes the checksum of what it is given.
pub struct Hashing<'a> {
    file: &'a mut dyn Write,
    digest: Sha256,
}

impl Hashing<'_> {
    /// What `content` writes goes into `file`; its checksum.
    ///
    /// # Errors
    /// Those of `content`.
    pub fn of(file: &mut dyn Write, content: Content) -> io::Result<String> {
        let digest = Sha256::new();
        let mut hashing = Hashing { file, digest };
        content(&mut hashing)?;
        Ok(in_digits(&hashing.digest.finalize()))
    }
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The checksum of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn checksum_of(path: &Path) -> Result<String> {
    Ok(checksum(&read_up_to(path, u64::MAX - 1)?))
}

/// Checksums by the path of each file inside its run folder, with `/` between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checksums(BTreeMap<String, String>);

impl Checksums {
    /// Notes the checksum of a file, in place of what was known of it.
    pub fn note(&mut self, file: impl Into<String>, checksum: String) {
        self.0.insert(file.into(), checksum);
    }

    /// Forgets a file.
    pub fn forget(&mut self, file: &str) {
        self.0.remove(file);
    }

    /// Notes all of `others`.
    pub fn extend(&mut self, others: &Checksums) {
        let others = others.iter();
        others.for_each(|(file, sum)| self.note(file, sum.to_string()));
    }

    /// The checksum of a file.
    pub fn get(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }

    /// Every file with its checksum, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(f, s)| (f.as_str(), s.as_str()))
    }

    /// Those of the files that belong to a cell: whose names begin with its label.
    pub fn of_cell(&self, label: &str) -> Checksums {
        let files = self.0.iter();
        let files = files
            .filter(|(file, _)| Checksums::of_label(file, label) && !file.starts_with("cells/"));
        Checksums(files.map(|(f, s)| (f.clone(), s.clone())).collect())
    }

    /// Whether a file belongs to the cell of this label.
    pub fn of_label(file: &str, label: &str) -> bool {
        let name = file.split_once('/').map(|(_, name)| name);
        let rest = name.and_then(|name| name.strip_prefix(label));
        rest.is_some_and(|rest| rest.starts_with(['-', '.']))
    }

    /// The text of the list; its last line, a comment, is the checksum of all others.
    pub fn to_text(&self) -> String {
        let lines = self.iter().map(|(file, sum)| format!("{sum}  {file}\n"));
        let lines: String = lines.collect();
        let own = checksum(lines.as_bytes());
        format!("{lines}# {own}\n")
    }

    /// The list of a run folder, if it has one.
    ///
    /// # Errors
    /// Where it cannot be read or is damaged.
    pub fn read(run: &Path) -> Result<Option<Checksums>> {
        let path = run.join(CHECKSUMS);
        if !path.exists() {
            return Ok(None);
        }
        let text = String::from_utf8(read_up_to(&path, LARGEST)?).unwrap_or_default();
        let found = Checksums::parse(&text);
        let remedy = "remove it; a run that is resumed writes it again";
        let damaged = || Error::file(&path, "it is damaged", remedy);
        found.map(Some).ok_or_else(damaged)
    }

    fn parse(text: &str) -> Option<Checksums> {
        let (lines, own) = text.strip_suffix('\n')?.rsplit_once("# ")?;
        if checksum(lines.as_bytes()) != own {
            return None;
        }
        let lines = lines.lines().map(|line| line.split_once("  "));
        let named = lines.map(|line| line.map(|(sum, file)| (file.into(), sum.into())));
        named.collect::<Option<_>>().map(Checksums)
    }

    /// Whether the file at `path` is as it was written, as far as its checksum is known.
    ///
    /// # Errors
    /// Where it is not, or cannot be read.
    pub fn check_file(&self, file: &str, path: &Path) -> Result<()> {
        match self.get(file) {
            Some(known) if known != checksum_of(path)? => Err(changed(path)),
            _ => Ok(()),
        }
    }

    /// Whether a file that was read from `path` is as it was written, as far as its checksum is known.
    ///
    /// # Errors
    /// Where it is not.
    pub fn check(&self, file: &str, path: &Path, bytes: &[u8]) -> Result<()> {
        match self.get(file) {
            Some(known) if known != checksum(bytes) => Err(changed(path)),
            _ => Ok(()),
        }
    }
}

/// Adds a file that was written into the folder of a finished run to its list, if the run has one and the file lies
/// in it.
///
/// # Errors
/// Where the list is damaged, or cannot be read or written.
pub fn add_to_list(run: &Path, file: &Path) -> Result<()> {
    let (Ok(inside), Some(mut list)) = (file.strip_prefix(run), Checksums::read(run)?) else {
        return Ok(());
    };
    let name = inside.to_string_lossy().replace('\\', "/");
    list.note(name, checksum_of(file)?);
    write_atomic(run.join(CHECKSUMS), list.to_text().as_bytes())
}

/// What to do about a run with damaged files.
const REMEDY: &str = "padgrad verify says which files are damaged and how to make them again";

/// The error of a file that is not as it was written.
pub fn changed(path: &Path) -> Error {
    Error::file(
        path,
        "it is not as it was written: its checksum differs",
        REMEDY,
    )
}

/// A value as JSON, with a checksum of it.
///
/// # Errors
/// Where it has no JSON.
pub fn seal(value: &impl Serialize) -> Result<Vec<u8>> {
    let content = serde_json::to_string(value)
        .map_err(|e| Error::invalid("JSON output", e.to_string(), "this is a bug; report it"))?;
    let sum = checksum(content.as_bytes());
    Ok(format!("{SEAL}{sum}{CONTENT}{content}}}\n").into_bytes())
}

/// The value of a file that [`seal`] has made.
///
/// # Errors
/// Where it is damaged, or the value is another.
pub fn open<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, String> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let parts = || {
        let rest = text.strip_prefix(SEAL)?;
        let (sum, rest) = rest.split_at_checked(DIGITS)?;
        Some((sum, rest.strip_prefix(CONTENT)?.strip_suffix("}\n")?))
    };
    let (sum, content) = parts().ok_or("it is damaged, or none of this padgrad's")?;
    if checksum(content.as_bytes()) != sum {
        return Err("it is damaged: its content has another checksum".into());
    }
    serde_json::from_str(content).map_err(|e| format!("it holds something else ({e})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_and_no_other_way() {
        let mut list = Checksums::default();
        list.note("a b.txt", checksum(b"abc"));
        list.note("c/d.npy", checksum(b""));
        let text = list.to_text();
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a b.txt\n";
        assert!(text.starts_with(of_abc), "{text}");
        assert_eq!(Checksums::parse(&text), Some(list));
        for at in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[at] ^= 1;
            let damaged = String::from_utf8(damaged).expect("ASCII");
            assert_eq!(Checksums::parse(&damaged), None, "byte {at}");
            assert_eq!(Checksums::parse(&text[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_sealed_value_is_read_whole_or_not_at_all() {
        let sealed = seal(&vec![1.5f64, 2.0]).expect("JSON");
        assert_eq!(open::<Vec<f64>>(&sealed), Ok(vec![1.5, 2.0]));
        assert!(open::<String>(&sealed).is_err_and(|e| e.contains("something else")));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(open::<Vec<f64>>(&damaged).is_err(), "byte {at}");
            assert!(open::<Vec<f64>>(&sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
