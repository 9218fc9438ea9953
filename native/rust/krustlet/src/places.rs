//! The files of this node.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

/// The files of this node below its data directory.
#[derive(Clone)]
pub struct Places {
    root: PathBuf,
}

impl Places {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The kubeconfig of the node; it is there when the node has joined.
    pub fn kubeconfig(&self) -> PathBuf {
        self.root.join("kubeconfig")
    }

    /// The certificate that the API server knows the node by, with its key.
    pub fn client(&self) -> PathBuf {
        self.root.join("pki/client.pem")
    }

    /// The certificate that the node shows to the API server, with its key.
    pub fn serving(&self) -> PathBuf {
        self.root.join("pki/serving.pem")
    }

    pub fn modules(&self) -> PathBuf {
        self.root.join("modules")
    }

    /// What is of one pod: volumes and logs.
    pub fn pods(&self) -> PathBuf {
        self.root.join("pods")
    }
}

/// Write `bytes` for nobody else to read, all of them or none.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<()> {
    // Two images may have one module, and what is written beside a file has one name.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = file.parent().expect("a file has a directory");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    let mut open = OpenOptions::new();
    let mut written = open
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(&beside, file).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests;
