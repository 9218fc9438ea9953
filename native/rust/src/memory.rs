//! Tells of a guest that asks for more memory than its container has room for.
//!
//! The kernel kills what goes over the limit, and containerd learns of that from a shim only; the
//! library tells it nothing. A guest asks its engine for memory before it can use it, so the engine
//! says where people look, in the container's log, what is about to happen. It refuses nothing: what
//! is asked for and never used costs nothing, and there are allocators that ask for twice as much.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where a container sees its own control group, cgroup v2.
const CGROUP: &str = "/sys/fs/cgroup";
const MIB: u64 = 1 << 20;

/// Say so, once, when a guest that asks for `more` bytes may go over the container's limit.
pub fn asked(more: u64) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.load(Ordering::Relaxed)
        && let Some(text) = warning(Path::new(CGROUP), more)
        && !TOLD.swap(true, Ordering::Relaxed)
    {
        eprintln!("{text}");
    }
}

/// A sentence for people; none while there is room, without a limit, or with none in sight.
fn warning(cgroup: &Path, more: u64) -> Option<String> {
    let (limit, used) = account(cgroup)?;
    // The kernel counts in batches: who asks for little each time must hear of it in time.
    let near = limit - limit / 64;
    (used.saturating_add(more) > near).then(|| {
        format!(
            "memory: {} MiB more and the {} MiB in use come to the container's limit of {} MiB, \
             at which the kernel kills it",
            more.div_ceil(MIB),
            used.div_ceil(MIB),
            limit / MIB
        )
    })
}

/// The limit, and what is in use that the kernel cannot take back.
fn account(cgroup: &Path) -> Option<(u64, u64)> {
    let read = |name| fs::read_to_string(cgroup.join(name)).ok();
    let limit = read("memory.max")?.trim().parse().ok()?; // "max" for none
    let current: u64 = read("memory.current")?.trim().parse().ok()?;
    let cached: u64 = read("memory.stat")?
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| matches!(*name, "active_file" | "inactive_file"))
        .filter_map(|(_, bytes)| bytes.parse::<u64>().ok())
        .sum();
    Some((limit, current.saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory like a control group's, for the test `name`.
    fn cgroup(name: &str, limit: &str) -> std::path::PathBuf {
        let place = std::env::temp_dir().join(format!("vessel-{}-{name}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        let write = |name, text: &str| fs::write(place.join(name), text).unwrap();
        write("memory.max", limit);
        write("memory.current", &format!("{}\n", 40 * MIB));
        let cached = format!("{}\nactive_file {}\n", 20 * MIB, 4 * MIB);
        write(
            "memory.stat",
            &format!("anon 1\ninactive_file {cached}shmem 7\n"),
        );
        place
    }

    #[test]
    fn what_the_kernel_can_take_back_is_room() {
        let place = cgroup("room", &format!("{}\n", 64 * MIB));
        assert_eq!(warning(&place, 47 * MIB), None);
        assert_eq!(
            warning(&place, 47 * MIB + 1).unwrap(),
            "memory: 48 MiB more and the 16 MiB in use come to the container's limit of 64 MiB, \
             at which the kernel kills it"
        );
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn without_a_limit_there_is_room() {
        let place = cgroup("max", "max\n");
        assert_eq!(warning(&place, u64::MAX), None);
        assert_eq!(warning(&place.join("nowhere"), u64::MAX), None);
        fs::remove_dir_all(place).unwrap();
    }
}
