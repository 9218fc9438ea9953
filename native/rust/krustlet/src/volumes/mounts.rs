//! What a container's program finds of its pod's volumes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1::{Container, Volume};
use rustix::fs::{Mode, OFlags};

use crate::program::Mount;
use crate::reach::Reach;

/// Where a container finds the volumes that it mounts.
pub fn mounts(
    container: &Container,
    volumes: &BTreeMap<String, PathBuf>,
    kinds: &[Volume],
    reach: &Reach,
) -> Result<Vec<Mount>> {
    let mut mounts = Vec::new();
    for wanted in &container.volume_mounts {
        let host = volumes.get(&wanted.name);
        let host = host.ok_or_else(|| anyhow!("there is no volume {}", wanted.name))?;
        if wanted.sub_path_expr.is_some() {
            bail!("volume {}: this node knows no subPathExpr", wanted.name);
        }
        // Nobody may change what the cluster says.
        let own = |volume: &Volume| {
            volume.name == wanted.name && (volume.empty_dir.is_some() || volume.host_path.is_some())
        };
        let read_only = wanted.read_only == Some(true) || !kinds.iter().any(own);
        let path = wanted.sub_path.as_deref().unwrap_or_default();
        let top = top(host)?;
        let of_host = |volume: &Volume| volume.name == wanted.name && volume.host_path.is_some();
        if kinds.iter().any(of_host) {
            let checked = reach.check(&top);
            checked.with_context(|| format!("volume {}: {}", wanted.name, host.display()))?;
        }
        let directory = open(&top, within(path)?, !read_only, OFlags::DIRECTORY);
        let directory = directory.with_context(|| {
            format!(
                "volume {}: {} is no directory of it, and a program is given nothing else",
                wanted.name, path
            )
        })?;
        mounts.push(Mount {
            directory: Arc::new(directory),
            guest: wanted.mount_path.clone(),
            read_only,
        });
    }
    Ok(mounts)
}

/// The file that a path of a program stands for; nothing outside of its volumes.
pub fn file_of(path: &str, mounts: &[Mount]) -> Option<File> {
    let path = Path::new(path);
    let mount = mounts
        .iter()
        .filter(|mount| path.starts_with(&mount.guest))
        .max_by_key(|mount| mount.guest.len())?;
    let inner = path.strip_prefix(&mount.guest).ok()?;
    let file = open(
        &mount.directory,
        within(inner.to_str()?).ok()?,
        false,
        OFlags::NONBLOCK,
    )
    .ok()?;
    Some(File::from(file))
}

/// The directory at the top of a volume.
fn top(place: &Path) -> Result<OwnedFd> {
    let directory = rustix::fs::open(place, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    directory.with_context(|| place.display().to_string())
}

/// What is at `path` below `top`, step by step and by no symbolic link: a program may have made one
/// that leads out. With `make`, directories that are not there are made.
fn open(top: &OwnedFd, path: &Path, make: bool, kind: OFlags) -> Result<OwnedFd> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut names: Vec<_> = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect();
    let last = names.pop();
    let mut here = top.try_clone()?;
    for name in names {
        here = step(&here, name.as_os_str(), make, flags | OFlags::DIRECTORY)?;
    }
    match last {
        Some(name) => step(
            &here,
            name.as_os_str(),
            make && kind == OFlags::DIRECTORY,
            flags | kind,
        ),
        None => Ok(here),
    }
}

fn step(here: &OwnedFd, name: &OsStr, make: bool, flags: OFlags) -> Result<OwnedFd> {
    if make {
        match rustix::fs::mkdirat(here, name, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rustix::fs::openat(here, name, flags, Mode::empty())?)
}

/// `path`, which leads nowhere outside.
pub fn within(path: &str) -> Result<&Path> {
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    match Path::new(path) {
        path if path.components().all(plain) => Ok(path),
        _ => bail!("{path} leads out of its volume"),
    }
}

#[cfg(test)]
mod tests;
