//! What pods have on this machine's disk, and when that is too much.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;

use crate::quantity;

/// Parts of a hundred that stay free, whoever uses the others. At ten the machine's ordinary kubelet
/// evicts its own pods.
pub const FREE: u64 = 15;
/// Bytes that no pod is ended for, however little is left.
const SMALL: u64 = 64 << 20;
/// Files and directories of a pod.
const FILES: usize = 100_000;
/// Bytes of a block of `st_blocks`.
const BLOCK: u64 = 512;
/// What the kernel writes after the path of an open file that has none any more.
const DELETED: &str = " (deleted)";

/// What one pod has.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    pub bytes: u64,
    files: usize,
    /// Of those that were asked for.
    volumes: HashMap<String, u64>,
}

/// What a pod says that it may have at most.
#[derive(Debug, Default, PartialEq)]
pub struct Limits {
    all: Option<u64>,
    volumes: HashMap<String, u64>,
}

impl Limits {
    pub fn of(pod: &Pod) -> Result<Self> {
        let Some(spec) = &pod.spec else {
            return Ok(Self::default());
        };
        let mut limits = Self::default();
        for volume in &spec.volumes {
            let limit = volume
                .empty_dir
                .as_ref()
                .and_then(|own| own.size_limit.as_ref());
            if let Some(limit) = limit {
                let bytes = quantity::parse(&limit.0).context("sizeLimit")?;
                limits.volumes.insert(volume.name.clone(), bytes as u64);
            }
        }
        for container in &spec.containers {
            let resources = container.resources.as_ref();
            let found = resources.and_then(|all| all.limits.get("ephemeral-storage"));
            if let Some(limit) = found {
                let bytes = quantity::parse(&limit.0).context("the limit of ephemeral-storage")?;
                *limits.all.get_or_insert(0) += bytes as u64;
            }
        }
        Ok(limits)
    }

    /// Why a pod that has so much ends.
    pub fn passed(&self, usage: &Usage) -> Option<String> {
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        if usage.files > FILES {
            return Some(format!("it has more than {FILES} files in its volumes"));
        }
        if let Some(all) = self.all.filter(|all| usage.bytes > *all) {
            let (has, may) = (mib(usage.bytes), mib(all));
            return Some(format!(
                "its volumes and logs have {has} MiB, and its containers {may} MiB of ephemeral-storage"
            ));
        }
        let mut volumes = self.volumes.iter();
        volumes.find_map(|(name, most)| {
            let has = usage.volumes.get(name).filter(|has| *has > most)?;
            let (has, may) = (mib(*has), mib(*most));
            Some(format!(
                "volume {name} has {has} MiB, and its sizeLimit is {may} MiB"
            ))
        })
    }
}

/// What each pod has, by its uid, in `pods`, where each has a directory.
pub fn measure(pods: &Path) -> HashMap<String, Usage> {
    let mut found = HashMap::new();
    for entry in std::fs::read_dir(pods).into_iter().flatten().flatten() {
        let uid = entry.file_name().to_string_lossy().into_owned();
        found.insert(uid, measure_one(&entry.path()));
    }
    for (path, bytes) in deleted() {
        let mut parts = path.iter();
        let Some(uid) = parts.find_map(|part| part.to_str().filter(|uid| found.contains_key(*uid)))
        else {
            continue;
        };
        let usage = found.get_mut(uid).expect("it was looked for");
        usage.bytes += bytes;
        if parts.next().is_some_and(|part| part == "volumes")
            && let Some(volume) = parts.next().and_then(|part| part.to_str())
        {
            *usage.volumes.entry(volume.to_owned()).or_default() += bytes;
        }
    }
    found
}

fn measure_one(pod: &Path) -> Usage {
    let mut usage = Usage::default();
    let volumes = pod.join("volumes");
    let mut left = vec![pod.to_owned()];
    while let Some(directory) = left.pop() {
        // It may be gone by now.
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            let path = entry.path();
            usage.files += 1;
            let bytes = about.blocks() * BLOCK;
            usage.bytes += bytes;
            let below = path.strip_prefix(&volumes).ok();
            if let Some(volume) = below.and_then(|below| below.iter().next()?.to_str()) {
                *usage.volumes.entry(volume.to_owned()).or_default() += bytes;
            }
            if about.is_dir() {
                left.push(path);
            }
        }
        if usage.files > FILES {
            break;
        }
    }
    usage
}

/// Files that this process has open and that have no name any more: a program may go on writing one.
fn deleted() -> impl Iterator<Item = (PathBuf, u64)> {
    let entries = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten();
    entries.filter_map(|entry| {
        let path = std::fs::read_link(entry.path()).ok()?;
        let path = PathBuf::from(path.to_str()?.strip_suffix(DELETED)?);
        let about = std::fs::metadata(entry.path()).ok()?;
        Some((path, about.blocks() * BLOCK))
    })
}

/// Why so much more cannot be written at `place`, where so many parts of a hundred stay free.
pub fn shortage(place: &Path, more: u64, free: u64) -> Option<String> {
    let about = rustix::fs::statvfs(place).ok()?;
    let left = (about.f_bavail * about.f_frsize).checked_sub(more);
    let least = about.f_blocks * about.f_frsize / 100 * free;
    let text = || format!("less than {free} % of the node's disk would be free");
    left.is_none_or(|left| left < least).then(text)
}

/// Whom it helps to end when there is a shortage: who has most.
pub fn largest(found: &HashMap<String, Usage>) -> Option<&str> {
    let large = found.iter().filter(|(_, usage)| usage.bytes > SMALL);
    large
        .max_by_key(|(_, usage)| usage.bytes)
        .map(|(uid, _)| uid.as_str())
}

#[cfg(test)]
mod tests;
