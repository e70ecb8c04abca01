//! Writing files so that a reader never meets half of one; reading them without trusting their size.
//!
//! Every change of the disk goes through `disk`, so that a test can replay a write order and drop what was not
//! flushed.

mod change;
mod disk;
mod folders;
mod gzip;
mod log;
mod memory;
mod names;
mod read;
#[cfg(test)]
pub(crate) mod recorded;
mod write;

pub use folders::{create_dirs, create_new_dir, entries};
#[cfg(feature = "files")]
pub use gzip::gzip;
pub use gzip::read_unpacked;
pub use log::Log;
pub use memory::memory_limit;
pub use names::{is_still_named, open_or_create, remove_if_there, through_a_link};
pub use read::{open_regular, read_beginning, read_range, read_up_to};
pub use write::{
    Content, copy, flush, is_temporary, remove_leftovers, write_atomic, write_together,
};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::write::temporary_beside;
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_old_content_and_leaves_no_temporary() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        write_atomic(&path, b"old").expect("the first write");
        write_atomic(&path, b"new").expect("the second write");
        assert_eq!(fs::read(&path).expect("the file"), b"new");
        assert_eq!(names_in(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_refused_rename_removes_the_temporary_and_names_the_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("full")).expect("a folder in the way");
        let error = write_atomic(&taken, b"x").expect_err("a folder cannot be replaced");
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(names_in(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_their_targets_are_written() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("inner")).expect("a folder");
        fs::write(at("inner/real"), b"old").expect("a file");
        symlink("inner/real", at("link")).expect("a link");
        symlink("inner/new", at("dangling")).expect("a link");
        symlink("circle", at("circle")).expect("a link");
        for name in ["link", "dangling"] {
            write_atomic(at(name), b"new").expect("a write through a link");
            assert!(
                fs::symlink_metadata(at(name))
                    .expect("the link")
                    .is_symlink()
            );
            assert_eq!(fs::read(at(name)).expect("the target"), b"new");
        }
        assert!(write_atomic(at("circle"), b"x").is_err());
        assert_eq!(names_in(&at("inner")), ["new", "real"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_neither_replaced_nor_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).expect("a link");
        for path in [Path::new("/dev/null"), &link, folder.path()] {
            let written = write_atomic(path, b"x").expect_err("refused").to_string();
            let read = read_up_to(path, 5).expect_err("refused").to_string();
            for message in [written, read] {
                assert!(message.contains(", not a "), "{message}");
            }
        }
        let null = fs::metadata("/dev/null").expect("a device");
        assert!(!null.is_file());
    }

    #[test]
    fn files_that_belong_together_are_replaced_all_or_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [good, bad] = ["a.json", "missing/b.csv"].map(|name| folder.path().join(name));
        write_atomic(&good, b"old").expect("the first write");
        let new: Content = &|file| file.write_all(b"new");
        let both = [(good.as_path(), new), (bad.as_path(), new)];
        let error = write_together(&both).expect_err("there is no such folder");
        assert!(error.to_string().contains("b.csv"), "{error}");
        assert_eq!(fs::read(&good).expect("the file"), b"old");
        assert_eq!(names_in(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_file_is_read_to_its_end_or_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        write_atomic(&path, b"12345").expect("a write");
        assert_eq!(read_up_to(&path, 5).expect("five bytes"), b"12345");
        let message = read_up_to(&path, 4).expect_err("one too many").to_string();
        assert!(message.contains("more than 4 bytes"), "{message}");
    }

    #[test]
    fn what_a_killed_write_has_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("cells");
        fs::create_dir(&inner).expect("a folder");
        let kept = [".a.json.1-2.bak", ".hidden", "a.json.1-2.tmp", "b.tmp"];
        for name in kept {
            fs::write(inner.join(name), b"kept").expect("a file");
        }
        let left = temporary_beside(&inner.join("a.json")).expect("a name");
        fs::write(&left, b"half").expect("a file");
        remove_leftovers(folder.path()).expect("all can be listed");
        assert_eq!(names_in(&inner), kept);
    }

    #[test]
    fn a_missing_folder_and_a_path_without_a_name_are_errors() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(write_atomic(folder.path().join("no/such/file"), b"x").is_err());
        assert!(write_atomic("/", b"x").is_err());
    }

    #[test]
    fn a_run_folder_is_made_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = folder.path().join("runs/first");
        create_new_dir(&run).expect("a new folder");
        let message = create_new_dir(&run).expect_err("it exists").to_string();
        assert!(message.contains("first"), "{message}");
    }
}
