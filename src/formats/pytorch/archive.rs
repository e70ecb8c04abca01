//! The entries of a zip archive whose entries are not compressed, as PyTorch writes it.
//!
//! It is read here because nothing is ever unpacked: an entry is a part of the file's own bytes, so that no archive
//! can ask for more memory than it has. Source: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.

use std::collections::HashMap;

/// Names of entries with their bytes.
pub(super) struct Archive<'a> {
    entries: HashMap<&'a str, &'a [u8]>,
}

const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
/// Bytes of the end record without its comment, which has at most 65,535.
const END_LENGTH: usize = 22;
/// Bytes at the end of an archive in which its end record begins.
pub(super) const LONGEST_END: u64 = END_LENGTH as u64 + 0xffff;
/// What is wrong with a file without one.
pub(super) const NO_DIRECTORY: &str = "its directory of entries is missing";

/// Whether the end of a file is one of an archive.
pub(super) fn has_directory(end: &[u8]) -> bool {
    end_record(end).is_some()
}

impl<'a> Archive<'a> {
    /// Reads the directory of the archive.
    ///
    /// # Errors
    /// Says what is damaged, or which entry is compressed.
    pub fn new(bytes: &'a [u8]) -> Result<Archive<'a>, String> {
        let [count, start] = directory(bytes).ok_or(NO_DIRECTORY)?;
        let mut entries = HashMap::new();
        let mut at = start as usize;
        for _ in 0..count {
            let (name, entry, next) = entry(bytes, at)?;
            entries.insert(name, entry);
            at = next;
        }
        Ok(Archive { entries })
    }

    /// The bytes of an entry.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.entries.get(name).copied()
    }

    /// What stands before `name` in the shortest entry that ends in it.
    pub fn prefix_of(&self, name: &str) -> Option<&'a str> {
        let prefixes = self.entries.keys().filter_map(|key| {
            let prefix = key.strip_suffix(name)?;
            (prefix.is_empty() || prefix.ends_with('/')).then_some(prefix)
        });
        prefixes.min_by_key(|prefix| (prefix.len(), *prefix))
    }
}

/// Where the end record begins.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let first = bytes.len().saturating_sub(LONGEST_END as usize);
    let last = bytes.len().checked_sub(END_LENGTH)?;
    (first..=last)
        .rev()
        .find(|at| u32_at(bytes, *at) == Some(END))
}

/// The number of entries and where the directory begins.
fn directory(bytes: &[u8]) -> Option<[u64; 2]> {
    let end = end_record(bytes)?;
    let (count, start) = (u16_at(bytes, end + 10)?, u32_at(bytes, end + 16)?);
    if count != u16::MAX && start != u32::MAX {
        return Some([count.into(), start.into()]);
    }
    let locator = end.checked_sub(20)?;
    if u32_at(bytes, locator)? != LOCATOR64 {
        return Some([count.into(), start.into()]);
    }
    let end = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
    (u32_at(bytes, end)? == END64).then_some(())?;
    Some([u64_at(bytes, end + 32)?, u64_at(bytes, end + 48)?])
}

/// The name and the bytes of the entry whose header in the directory begins at `at`, and where the next one does.
fn entry(bytes: &[u8], at: usize) -> Result<(&str, &[u8], usize), String> {
    let header = Header::read(bytes, at).ok_or("its directory of entries is damaged")?;
    let Header { name, next, .. } = header;
    if header.method != 0 || header.encrypted {
        return Err(format!("its entry {name} is compressed or encrypted"));
    }
    let data = header.data(bytes);
    let data = data.ok_or_else(|| format!("its entry {name} reaches beyond the file"))?;
    Ok((name, data, next))
}

/// What the directory says of an entry.
struct Header<'a> {
    name: &'a str,
    method: u16,
    encrypted: bool,
    size: u64,
    local: u64,
    next: usize,
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8], at: usize) -> Option<Header<'a>> {
        (u32_at(bytes, at)? == CENTRAL).then_some(())?;
        let length = |offset| u16_at(bytes, at + offset).map(usize::from);
        let name_from = at.checked_add(46)?;
        let extra_from = name_from + length(28)?;
        let comment_from = extra_from + length(30)?;
        let name = std::str::from_utf8(bytes.get(name_from..extra_from)?).ok()?;
        let narrow = [20, 24, 42].map(|offset| u32_at(bytes, at + offset));
        let [packed, size, local] = narrow;
        let mut wide = wide_values(bytes.get(extra_from..comment_from)?);
        let mut widened = |value: u32| match value {
            u32::MAX => wide.next(),
            value => Some(value.into()),
        };
        // In the extra field the size stands first, then that in the archive, then the place.
        let size = widened(size?)?;
        widened(packed?)?;
        Some(Header {
            name,
            method: u16_at(bytes, at + 10)?,
            encrypted: u16_at(bytes, at + 8)? & 1 == 1,
            size,
            local: widened(local?)?,
            next: comment_from + length(32)?,
        })
    }

    fn data(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let local = usize::try_from(self.local).ok()?;
        (u32_at(bytes, local)? == LOCAL).then_some(())?;
        let names = u16_at(bytes, local + 26)? as usize + u16_at(bytes, local + 28)? as usize;
        let start = local.checked_add(30 + names)?;
        bytes.get(start..start.checked_add(usize::try_from(self.size).ok()?)?)
    }
}

/// The 64-bit values of an extra field.
fn wide_values(mut extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    const ZIP64: u16 = 1;
    let mut values: &[u8] = &[];
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(content) = extra.get(4..4 + usize::from(length)) else {
            break;
        };
        if id == ZIP64 {
            values = content;
        }
        extra = &extra[4 + content.len()..];
    }
    values.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}
