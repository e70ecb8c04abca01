//! The order of the changes below a folder, replayed as on a disk that lost its power: what was not flushed is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::change::Change;

/// A change, with paths below the folder that is recorded.
#[derive(Clone, Debug)]
enum Step {
    MakeFolder(PathBuf),
    Create(PathBuf),
    Copy(PathBuf, Vec<u8>),
    Append(PathBuf, Vec<u8>),
    Cut(PathBuf, u64),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Flush(PathBuf),
    FlushFolder(PathBuf),
}

/// Every folder that a test has recorded.
static RECORDINGS: Mutex<BTreeMap<PathBuf, Vec<Step>>> = Mutex::new(BTreeMap::new());

fn recordings() -> MutexGuard<'static, BTreeMap<PathBuf, Vec<Step>>> {
    RECORDINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a change to the record of the folder that it is in.
pub(super) fn note(change: Change) {
    for (root, steps) in recordings().iter_mut() {
        let below = |path: &Path| path.strip_prefix(root).map(Path::to_path_buf);
        let step = match change {
            Change::MakeFolder(path) => below(path).map(Step::MakeFolder),
            Change::Create(path) => below(path).map(Step::Create),
            Change::Copy(path) => {
                below(path).map(|to| Step::Copy(to, fs::read(path).expect("the copy")))
            }
            Change::Append(path, bytes) => below(path).map(|to| Step::Append(to, bytes.to_vec())),
            Change::Cut(path, length) => below(path).map(|to| Step::Cut(to, length)),
            Change::Rename(from, to) => {
                below(from).and_then(|from| Ok(Step::Rename(from, below(to)?)))
            }
            Change::Remove(path) => below(path).map(Step::Remove),
            Change::Flush(path) => below(path).map(Step::Flush),
            Change::FlushFolder(path) => below(path).map(Step::FlushFolder),
        };
        steps.extend(step);
    }
}

/// What a disk may have lost; disks differ in what they keep beyond what they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// All that was not flushed.
    All,
    /// The content that was not flushed; names are as they were.
    Content,
    /// The names that were not flushed; content is as it was.
    Names,
}

/// The changes below a folder.
pub(crate) struct Recording {
    steps: Vec<Step>,
}

impl Recording {
    /// Every change that `work` makes below `root`, which exists.
    pub(crate) fn of(root: &Path, work: impl FnOnce()) -> Recording {
        recordings().insert(root.to_path_buf(), Vec::new());
        work();
        let steps = recordings().remove(root).expect("it was begun above");
        Recording { steps }
    }

    /// How many changes there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Makes `to` what the folder is when the power fails after `count` changes.
    pub(crate) fn restore(&self, count: usize, lost: Lost, to: &Path) {
        let disk = Disk::after(&self.steps[..count]);
        let names = match lost {
            Lost::Content => &disk.names,
            Lost::All | Lost::Names => &disk.kept_names,
        };
        for (name, node) in names {
            let above = name.ancestors().skip(1);
            let mut above = above.filter(|folder| !folder.as_os_str().is_empty());
            if !above.all(|folder| matches!(names.get(folder), Some(Node::Folder))) {
                continue;
            }
            let path = to.join(name);
            match node {
                Node::Folder => fs::create_dir_all(path).expect("a folder"),
                Node::File(number) => {
                    let file = &disk.files[*number];
                    let content = match lost {
                        Lost::Names => &file.content,
                        Lost::All | Lost::Content => &file.kept,
                    };
                    let parent = path.parent().expect("a folder");
                    fs::create_dir_all(parent).expect("a folder");
                    fs::write(path, content).expect("a file");
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Node {
    Folder,
    File(usize),
}

#[derive(Default)]
struct Content {
    content: Vec<u8>,
    /// As of the last flush.
    kept: Vec<u8>,
}

/// A file system in memory, and what of it is on the disk.
#[derive(Default)]
struct Disk {
    files: Vec<Content>,
    names: BTreeMap<PathBuf, Node>,
    kept_names: BTreeMap<PathBuf, Node>,
}

impl Disk {
    fn after(steps: &[Step]) -> Disk {
        let mut disk = Disk::default();
        for step in steps {
            disk.apply(step);
        }
        disk
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::MakeFolder(path) => drop(self.names.insert(path.clone(), Node::Folder)),
            Step::Create(path) => self.create(path),
            Step::Copy(path, bytes) => {
                self.create(path);
                self.file(path).content.clone_from(bytes);
            }
            Step::Append(path, bytes) => self.file(path).content.extend(bytes),
            Step::Cut(path, length) => self.file(path).content.resize(*length as usize, 0),
            Step::Rename(from, to) => {
                let node = self.names.remove(from).expect("a file that is renamed");
                self.names.insert(to.clone(), node);
            }
            Step::Remove(path) => drop(self.names.remove(path)),
            Step::Flush(path) => {
                let file = self.file(path);
                file.kept.clone_from(&file.content);
            }
            Step::FlushFolder(folder) => {
                let inside = |path: &Path| path.parent() == Some(folder);
                self.kept_names.retain(|path, _| !inside(path));
                let now = self.names.iter().filter(|(path, _)| inside(path));
                self.kept_names
                    .extend(now.map(|(path, node)| (path.clone(), *node)));
            }
        }
    }

    fn create(&mut self, path: &Path) {
        self.files.push(Content::default());
        let node = Node::File(self.files.len() - 1);
        self.names.insert(path.to_path_buf(), node);
    }

    fn file(&mut self, path: &Path) -> &mut Content {
        match self.names.get(path) {
            Some(Node::File(number)) => &mut self.files[*number],
            _ => panic!("{} was not made", path.display()),
        }
    }
}

#[test]
fn what_is_not_flushed_is_lost_and_what_is_remains() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [root, to] = ["root", "to"].map(|name| place.path().join(name));
    fs::create_dir(&root).expect("a folder");
    let recording = Recording::of(&root, || {
        let mut log = super::Log::create(root.join("log")).expect("a log");
        log.add(&1).expect("a line");
        log.flush().expect("a flush");
        log.add(&2).expect("a line");
        super::write_atomic(root.join("a"), b"whole").expect("a write");
    });
    let content = |count, lost, name: &str| {
        let _ = fs::remove_dir_all(&to);
        recording.restore(count, lost, &to);
        fs::read(to.join(name)).ok()
    };
    let all = recording.len();
    assert_eq!(content(all, Lost::All, "log"), Some(b"1\n".into()));
    assert_eq!(content(all, Lost::Names, "log"), Some(b"1\n2\n".into()));
    assert_eq!(content(all, Lost::All, "a"), Some(b"whole".into()));
    // The rename alone, without the flush of its folder.
    assert_eq!(content(all - 1, Lost::All, "a"), None);
    assert_eq!(content(all - 1, Lost::Content, "a"), Some(b"whole".into()));
}
