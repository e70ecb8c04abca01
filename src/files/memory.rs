//! How much memory a process may use.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Bytes of memory that this process may use, where Linux says: the machine's, or less where its control group or a
/// limit of the process gives it less.
pub fn memory_limit() -> Option<u64> {
    static LIMIT: OnceLock<Option<u64>> = OnceLock::new();
    *LIMIT.get_or_init(|| limit_below(Path::new("/")))
}

/// The same with the files of the system below `root`.
fn limit_below(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let machine = after(&read("proc/meminfo"), "MemTotal:").and_then(|kb| kb.checked_mul(1 << 10));
    let process = after(&read("proc/self/limits"), "Max address space");
    let groups = read("proc/self/cgroup");
    // A line is `0::/path` in version 2 and `4:memory:/path` in version 1. A group has no more than those above it,
    // and in a container the path may be that of the host, with the group's own files at the top.
    let groups = groups.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (top, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let inside = Path::new(path.trim_start_matches('/'));
        let limits = inside.ancestors().filter_map(|group| {
            let limit = fs::read_to_string(root.join(top).join(group).join(file)).ok()?;
            limit.trim().parse::<u64>().ok()
        });
        limits.min()
    });
    groups.chain(machine).chain(process).min()
}

/// The first number of the line that begins with `name`.
fn after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_machine_group_and_process_counts() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a write");
        };
        let limit = || limit_below(root.path());
        assert_eq!(limit(), None);
        write("proc/meminfo", "MemTotal:       16000 kB\nMemFree: 1 kB\n");
        assert_eq!(limit(), Some(16_384_000));
        write(
            "proc/self/cgroup",
            "1:name=x:/\n4:cpu,memory:/a\n0::/jobs/b\n",
        );
        assert_eq!(limit(), Some(16_384_000));
        write("sys/fs/cgroup/jobs/b/memory.max", "max\n");
        write("sys/fs/cgroup/jobs/memory.max", "9000000\n");
        assert_eq!(limit(), Some(9_000_000));
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "8000000\n");
        assert_eq!(limit(), Some(8_000_000));
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax address space  7000000  unlimited  bytes\n";
        write("proc/self/limits", limits);
        assert_eq!(limit(), Some(7_000_000));
        write("proc/self/limits", &limits.replace("7000000", "unlimited"));
        assert_eq!(limit(), Some(8_000_000));
    }
}
