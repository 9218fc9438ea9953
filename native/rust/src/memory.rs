//! Whether a container has room for the memory that its guest asks for.
//!
//! The kernel kills what goes over the limit, and containerd learns of that from a shim only; the
//! library tells it nothing. A guest asks its engine for memory before it can use it, so the engine
//! says what is wrong where people look: in the container's log.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

/// Where a container sees its own control group, cgroup v2.
const CGROUP: &str = "/sys/fs/cgroup";
const MIB: u64 = 1 << 20;

/// Fails with a sentence for people when `more` bytes are over the container's limit.
pub fn room(more: u64) -> Result<()> {
    room_in(Path::new(CGROUP), more)
}

fn room_in(cgroup: &Path, more: u64) -> Result<()> {
    let Some((limit, used)) = account(cgroup) else {
        return Ok(()); // no limit, or none that is seen from here
    };
    ensure!(
        used + more <= limit,
        "out of memory: {} MiB more and the {} MiB in use are over the container's limit of {} MiB",
        more.div_ceil(MIB),
        used.div_ceil(MIB),
        limit / MIB
    );
    Ok(())
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
        assert!(room_in(&place, 48 * MIB).is_ok());
        let error = room_in(&place, 48 * MIB + 1).unwrap_err().to_string();
        assert_eq!(
            error,
            "out of memory: 49 MiB more and the 16 MiB in use are over the container's limit of 64 MiB"
        );
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn without_a_limit_there_is_room() {
        let place = cgroup("max", "max\n");
        assert!(room_in(&place, u64::MAX / 2).is_ok());
        assert!(room_in(&place.join("nowhere"), u64::MAX / 2).is_ok());
        fs::remove_dir_all(place).unwrap();
    }
}
