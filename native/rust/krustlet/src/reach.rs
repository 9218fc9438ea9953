//! What of the machine's files a pod may reach: nothing of this node's own, and nothing of the kernel's.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::fs::{Mode, OFlags};

/// What is the kernel's, or of services, wherever it is.
const CLOSED: [&str; 4] = ["/proc", "/sys", "/dev", "/run/credentials"];
/// Types of file systems through which a process reaches itself and others, wherever they are.
/// Source: linux/magic.h: PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP2_SUPER_MAGIC.
const KERNEL: [i64; 3] = [0x9fa0, 0x6265_6572, 0x6367_7270];
/// Directories above a directory.
const DEEPEST: usize = 1000;

/// A directory, whatever its path is.
type Identity = (u64, u64);

pub struct Reach {
    closed: Vec<Identity>,
    /// Directories that hold a closed one.
    above: Vec<Identity>,
}

impl Reach {
    /// Of a node with its files in `data`.
    pub fn new(data: &Path) -> Self {
        let mut reach = Self {
            closed: Vec::new(),
            above: Vec::new(),
        };
        for path in CLOSED.map(Path::new).into_iter().chain([data]) {
            reach.closed.extend(identity(path));
            // Both ways: that of its name, and the one without symbolic links.
            let real = std::fs::canonicalize(path).unwrap_or_default();
            for above in path.ancestors().chain(real.ancestors()).skip(1) {
                reach.above.extend(identity(above));
            }
        }
        reach
    }

    /// Fails when a pod may not be given this directory, with all that is in it.
    pub fn check(&self, directory: &OwnedFd) -> Result<()> {
        if self.above.contains(&identity_of(directory)?) || self.is_within(directory)? {
            bail!("it is, or holds, what is this node's own or the kernel's");
        }
        Ok(())
    }

    /// Fails when a pod may have nothing made at `path`.
    pub fn check_new(&self, path: &Path) -> Result<()> {
        let there = path.ancestors().find(|above| above.is_dir());
        let there = there.context("it is no whole path")?;
        if self.is_within(&open(there)?)? {
            bail!("it is in what is this node's own or the kernel's");
        }
        Ok(())
    }

    /// A file that every user may read. Why there is none is not said: a pod would learn by it what
    /// there is.
    pub fn file(&self, path: &str) -> Result<File> {
        self.try_file(Path::new(path))
            .with_context(|| format!("{path} is no file that every user may read"))
    }

    fn try_file(&self, path: &Path) -> Option<File> {
        let real = std::fs::canonicalize(path).ok()?;
        let directory = open(real.parent()?).ok()?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, real.file_name()?, flags, Mode::empty());
        let file = File::from(file.ok()?);
        let about = file.metadata().ok()?;
        let good =
            about.is_file() && about.mode() & 0o004 != 0 && !self.is_within(&directory).ok()?;
        good.then_some(file)
    }

    fn is_within(&self, directory: &OwnedFd) -> Result<bool> {
        if KERNEL.contains(&(rustix::fs::fstatfs(directory)?.f_type as i64)) {
            return Ok(true);
        }
        let mut here = directory.try_clone()?;
        let mut known = identity_of(&here)?;
        for _ in 0..DEEPEST {
            if self.closed.contains(&known) {
                return Ok(true);
            }
            here = rustix::fs::openat(&here, "..", FLAGS, Mode::empty())?;
            let above = identity_of(&here)?;
            if above == known {
                return Ok(false);
            }
            known = above;
        }
        bail!("it is too deep")
    }
}

const FLAGS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

fn open(directory: &Path) -> Result<OwnedFd> {
    Ok(rustix::fs::open(directory, FLAGS, Mode::empty())?)
}

fn identity(path: &Path) -> Option<Identity> {
    identity_of(open(path).ok()?).ok()
}

fn identity_of(directory: impl AsFd) -> Result<Identity> {
    let about = rustix::fs::fstat(directory)?;
    Ok((about.st_dev, about.st_ino))
}

#[cfg(test)]
mod tests;
