//! Modules as files of this node alone: what is compiled of one cannot change meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk::shortage;
use crate::places::write_private;

/// Bytes of a module.
pub const LARGEST: u64 = 256 << 20;
/// Bytes of modules that are kept though nothing runs them.
const KEPT: u64 = 2 << 30;
const INDEX: &str = "images.json";

/// A user and a password.
pub type Login = (String, String);

/// A module that nobody writes any more, and its digest.
pub struct Module {
    pub file: File,
    pub digest: String,
}

/// What is known of an image, as it was last pulled.
#[derive(Clone, Deserialize, Serialize)]
struct Pulled {
    digest: String,
    /// Registry and repository.
    repository: String,
    /// Who has got it from its registry, as `who` has it: others are asked for their own login.
    by: BTreeSet<String>,
}

/// The modules that were pulled.
pub struct Store {
    directory: PathBuf,
    /// Parts of a hundred of the disk that stay free.
    free: u64,
    /// By the name of the image.
    pulled: Mutex<HashMap<String, Pulled>>,
}

impl Store {
    pub fn new(directory: PathBuf, free: u64) -> Self {
        let index = std::fs::read(directory.join(INDEX)).unwrap_or_default();
        let pulled = Mutex::new(serde_json::from_slice(&index).unwrap_or_default());
        // What a life before of this process did not write to its end.
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != INDEX && hex(&format!("{ALGORITHM}{name}")).is_err() {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Self {
            directory,
            free,
            pulled,
        }
    }

    /// Whether the module of an image is here, for whomever.
    pub fn has(&self, image: &str) -> bool {
        let pulled = self.pulled().get(image).cloned();
        pulled.is_some_and(|pulled| self.open(&pulled.digest).is_ok())
    }

    /// The module of an image as it was last pulled, if it is still what it was, and if it was got by
    /// somebody with this login, or by anybody.
    pub fn module_of(&self, image: &str, login: Option<&Login>) -> Option<Module> {
        let pulled = self.pulled().get(image).cloned()?;
        let known = [who(image, None), who(image, login)];
        let allowed = known.iter().any(|who| pulled.by.contains(who));
        self.open(&pulled.digest).ok().filter(|_| allowed)
    }

    /// The module of a digest that is known of this repository. A manifest of another one may name any
    /// digest.
    pub fn module_in(&self, repository: &str, digest: &str) -> Option<Module> {
        let is_known = |pulled: &Pulled| pulled.digest == digest && pulled.repository == repository;
        let known = self.pulled().values().any(is_known);
        known.then(|| self.open(digest).ok()).flatten()
    }

    fn open(&self, digest: &str) -> Result<Module> {
        let mut file = File::options()
            .read(true)
            .append(true)
            .open(self.place(digest)?)?;
        if copy(&mut file, &mut std::io::sink())? != digest {
            bail!("{digest} is broken");
        }
        file.set_modified(SystemTime::now())?;
        file.rewind()?;
        let digest = digest.to_owned();
        Ok(Module { file, digest })
    }

    /// A new file for so many bytes, which goes when it is not kept.
    pub fn begin(&self, bytes: u64) -> Result<Draft> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut directory = DirBuilder::new();
        directory
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        if let Some(why) = shortage(&self.directory, bytes, self.free) {
            bail!("{why}");
        }
        let name = format!("draft-{}", NEXT.fetch_add(1, Relaxed));
        let path = self.directory.join(name);
        let mut open = OpenOptions::new();
        open.read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600);
        let file = open
            .open(&path)
            .with_context(|| path.display().to_string())?;
        Ok(Draft { path, file })
    }

    /// Keep what was pulled, which has this digest.
    pub fn keep(&self, draft: Draft, digest: &str) -> Result<Module> {
        draft.file.sync_all()?;
        std::fs::rename(&draft.path, self.place(digest)?)?;
        self.prune();
        self.open(digest)
    }

    /// An image of this repository was pulled with this login, or without one.
    pub fn note(
        &self,
        image: &str,
        repository: &str,
        digest: &str,
        login: Option<&Login>,
    ) -> Result<()> {
        let mut pulled = self.pulled();
        let before = pulled
            .remove(image)
            .filter(|before| before.digest == digest);
        let mut by = before.map(|before| before.by).unwrap_or_default();
        by.insert(who(image, login));
        let now = Pulled {
            digest: digest.to_owned(),
            repository: repository.to_owned(),
            by,
        };
        pulled.insert(image.to_owned(), now);
        write_private(&self.directory.join(INDEX), &serde_json::to_vec(&*pulled)?)
    }

    /// A copy of a file that others may still write, which people call `name`.
    pub fn copy(&self, name: &str, file: File) -> Result<Module> {
        let what = || format!("{name} cannot be read");
        let about = file.metadata().with_context(what)?;
        if !about.is_file() {
            bail!("{name} is no file");
        }
        let mut draft = self.begin(about.len())?;
        let mut digest = String::new();
        // It may grow meanwhile.
        if about.len() <= LARGEST {
            digest = copy(file.take(LARGEST + 1), &mut draft.file).with_context(what)?;
        }
        if about.len().max(draft.file.metadata()?.len()) > LARGEST {
            bail!("{name}: the module is larger than {} MiB", LARGEST >> 20);
        }
        let mut file = draft.file.try_clone()?;
        file.rewind()?;
        Ok(Module { file, digest })
    }

    /// Remove the modules that were used least lately, until what is kept is not too much.
    fn prune(&self) {
        let Ok(entries) = std::fs::read_dir(&self.directory) else {
            return;
        };
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok().filter(|entry| entry.file_name() != INDEX)?;
                let about = entry.metadata().ok()?;
                Some((about.modified().ok()?, about.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, own, path) in files {
            if size <= KEPT {
                break;
            }
            size -= own;
            let _ = std::fs::remove_file(path); // it is pulled again when it is wanted
        }
    }

    fn pulled(&self) -> std::sync::MutexGuard<'_, HashMap<String, Pulled>> {
        self.pulled.lock().expect("nothing panics with it")
    }

    fn place(&self, digest: &str) -> Result<PathBuf> {
        Ok(self.directory.join(hex(digest)?))
    }
}

/// A file that is being written.
pub struct Draft {
    path: PathBuf,
    pub file: File,
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path); // when it was kept it has another name
    }
}

/// Somebody with a login, of whom nothing else is kept; or anybody.
fn who(image: &str, login: Option<&Login>) -> String {
    match login {
        None => "anybody".into(),
        Some((user, password)) => {
            let all = [image, user, password].map(|part| format!("{}:{part}", part.len()));
            written(Sha256::new_with_prefix(all.concat()))
        }
    }
}

const ALGORITHM: &str = "sha256:";

fn hex(digest: &str) -> Result<&Path> {
    match digest.strip_prefix(ALGORITHM) {
        Some(hex) if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok(Path::new(hex))
        }
        _ => bail!("{digest} is no sha256"),
    }
}

/// Copy all of `from`; its digest, as a registry writes it.
pub fn copy(mut from: impl Read, to: &mut impl Write) -> Result<String> {
    let mut whole = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok(written(whole));
        }
        whole.update(&piece[..count]);
        to.write_all(&piece[..count])?;
    }
}

/// A digest as a registry writes it.
pub fn written(whole: Sha256) -> String {
    let bytes = whole.finalize();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{ALGORITHM}{hex}")
}

#[cfg(test)]
mod tests;
