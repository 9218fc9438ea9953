//! Modules: artifacts of a registry, or this machine's files.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow, bail};
use kubelet::container::PullPolicy;
use oci_spec::distribution::Reference;
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedMutexGuard;
use tokio::task::block_in_place;
use wasmtime::Engine;

use hosts::Hosts;
use registry::{Registry, digest};

use crate::places::write_private;
use crate::program::Executable;

pub mod hosts;

mod trust;

mod registry;

pub use registry::Login;

/// Media types of a layer that is a module: Krustlet's own, the CNCF's, and containerd's shims'.
const LAYERS: [&str; 3] = [
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/wasm",
    "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
];
/// Of an image that names a file of this machine, as Krustlet has it.
pub const LOCAL: &str = "fs/";
/// An image for a container whose command names a module of a volume.
pub const NONE: &str = "fs//dev/null";
/// Bytes of a module.
const LARGEST: u64 = 512 << 20;
/// Of modules that are kept though nothing runs them.
const KEPT: u64 = 2 << 30;

/// What a container's program is made of.
pub struct Images {
    engine: Engine,
    directory: PathBuf,
    hosts: Hosts,
    local: bool,
    /// What runs now, by digest. Programs of one module share its code.
    compiled: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Weakly>>>>,
    /// Whose turn it is, by the name of the image.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Image -> digest of its module, as it was last pulled.
    pulled: Mutex<HashMap<String, String>>,
}

type Weakly = std::sync::Weak<Executable>;

impl Images {
    /// `hosts` is where each registry's images are had, `local` whether there are modules of files.
    pub fn new(engine: Engine, directory: PathBuf, hosts: Hosts, local: bool) -> Self {
        let index = std::fs::read(directory.join(INDEX)).unwrap_or_default();
        let pulled = Mutex::new(serde_json::from_slice(&index).unwrap_or_default());
        Self {
            engine,
            directory,
            hosts,
            local,
            compiled: Mutex::default(),
            turns: Mutex::default(),
            pulled,
        }
    }

    /// Wait until no other container is given its program of an image; it is this one's turn while the
    /// guard lives. Otherwise many pods that start at once would each pull the module, and hold it.
    pub async fn turn(&self, image: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().expect("nothing panics with it");
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            turns.entry(image.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// The module of an image.
    pub async fn get(
        &self,
        image: &str,
        policy: PullPolicy,
        login: Option<&Login>,
    ) -> Result<Vec<u8>> {
        match image.strip_prefix(LOCAL) {
            Some(path) if self.local => read(Path::new(path)).await,
            Some(_) => {
                bail!("{image}: this node runs no modules of its own files (--allow-local-modules)")
            }
            None => self.pull(image, policy, login).await,
        }
    }

    /// A module, compiled, that people call `name`.
    pub async fn compile(&self, name: &str, bytes: Vec<u8>) -> Result<Arc<Executable>> {
        let digest = digest(&bytes);
        let place = {
            let mut compiled = self.compiled.lock().expect("nothing panics with it");
            // What nobody waits for and nothing runs.
            compiled.retain(|_, place| {
                Arc::strong_count(place) > 1
                    || place.try_lock().is_ok_and(|kept| kept.strong_count() > 0)
            });
            compiled.entry(digest).or_default().clone()
        };
        let mut kept = place.lock().await;
        if let Some(executable) = kept.upgrade() {
            return Ok(executable);
        }
        let engine = self.engine.clone();
        let executable =
            tokio::task::spawn_blocking(move || Executable::compile(&engine, &bytes)).await?;
        let executable = Arc::new(executable.with_context(|| name.to_owned())?);
        *kept = Arc::downgrade(&executable);
        Ok(executable)
    }

    async fn pull(
        &self,
        image: &str,
        policy: PullPolicy,
        login: Option<&Login>,
    ) -> Result<Vec<u8>> {
        let kept = self
            .pulled
            .lock()
            .expect("nothing panics with it")
            .get(image)
            .cloned();
        if let (Some(digest), PullPolicy::IfNotPresent | PullPolicy::Never) = (&kept, policy)
            && let Ok(bytes) = block_in_place(|| self.kept(digest))
        {
            return Ok(bytes);
        }
        if policy == PullPolicy::Never {
            bail!("{image} is not on this node, and its pull policy is Never");
        }
        let what = || image.to_owned();
        let reference: Reference = image.parse().with_context(what)?;
        let hosts = self.hosts.of(reference.registry()).with_context(what)?;
        let of = |host| Registry::new(host, reference.repository(), login);
        let mut registries: Vec<_> = hosts.into_iter().map(of).collect();
        let layer = layer(&mut registries, &reference)
            .await
            .with_context(what)?;
        if let Ok(bytes) = block_in_place(|| self.kept(&layer.digest)) {
            self.note(image, &layer.digest)?;
            return Ok(bytes);
        }
        let place = self.place(&layer.digest)?;
        let bytes = download(&mut registries, &layer).await.with_context(what)?;
        block_in_place(|| {
            write_private(&place, &bytes)?;
            self.prune();
            self.note(image, &layer.digest)?;
            Ok(bytes)
        })
    }

    fn note(&self, image: &str, digest: &str) -> Result<()> {
        let mut pulled = self.pulled.lock().expect("nothing panics with it");
        pulled.insert(image.to_owned(), digest.to_owned());
        write_private(&self.directory.join(INDEX), &serde_json::to_vec(&*pulled)?)
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

    /// A module that was pulled before and still is what it was.
    fn kept(&self, wanted: &str) -> Result<Vec<u8>> {
        let place = self.place(wanted)?;
        let bytes = std::fs::read(&place)?;
        if digest(&bytes) != wanted {
            bail!("{wanted} is broken");
        }
        File::options()
            .append(true)
            .open(place)?
            .set_modified(SystemTime::now())?;
        Ok(bytes)
    }

    fn place(&self, digest: &str) -> Result<PathBuf> {
        match digest.strip_prefix("sha256:") {
            Some(hex) if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(self.directory.join(hex))
            }
            _ => bail!("{digest} is no sha256"),
        }
    }
}

const INDEX: &str = "images.json";

/// What a manifest says of a layer.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
struct Manifest {
    layers: Option<Vec<Layer>>,
}

/// The layer of an image that is its module, by the manifest of the first host that has it.
async fn layer(registries: &mut [Registry], reference: &Reference) -> Result<Layer> {
    let digested = reference.digest();
    let wanted = digested.or(reference.tag()).unwrap_or("latest");
    let mut failures = Failures::default();
    for registry in registries {
        let host = &registry.host;
        if !(host.resolves || digested.is_some() && host.pulls) {
            continue;
        }
        match manifest_of(registry, wanted, digested).await {
            Ok(layer) => return Ok(layer),
            Err(error) => failures.add(registry, &error),
        }
    }
    Err(failures.all())
}

async fn manifest_of(
    registry: &mut Registry,
    wanted: &str,
    digested: Option<&str>,
) -> Result<Layer> {
    let bytes = registry.manifest(wanted).await?;
    if digested.is_some_and(|wanted| wanted != digest(&bytes)) {
        bail!("its manifest has the digest {}", digest(&bytes));
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).context("its manifest")?;
    let mut layers = match manifest.layers {
        Some(layers) => layers.into_iter(),
        None => bail!("this is an index of images, not a module"),
    };
    let found = layers.find(|layer| LAYERS.contains(&layer.media_type.as_str()));
    found.ok_or_else(|| anyhow!("the image has no layer of {}", LAYERS.join(" or ")))
}

/// The bytes of a layer, from the first host that has them.
async fn download(registries: &mut [Registry], layer: &Layer) -> Result<Vec<u8>> {
    if layer.size > LARGEST {
        bail!("a module of {} MiB is too large", layer.size >> 20);
    }
    let mut failures = Failures::default();
    for registry in registries {
        if !registry.host.pulls {
            continue;
        }
        match registry.blob(&layer.digest, layer.size).await {
            Ok(bytes) if digest(&bytes) == layer.digest => return Ok(bytes),
            Ok(_) => {
                let what = "its module is another one than the digest says";
                failures.add(registry, &anyhow!("{what}, {}", layer.digest));
            }
            Err(error) => failures.add(registry, &error),
        }
    }
    Err(failures.all())
}

/// Why each host that was asked was of no use.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn add(&mut self, registry: &Registry, error: &anyhow::Error) {
        let why = format!("{}: {error:#}", registry.host.root);
        tracing::warn!("{why}");
        self.0.push(why);
    }

    fn all(self) -> anyhow::Error {
        if self.0.is_empty() {
            return anyhow!("no host of its registry may be asked (hosts.toml, capabilities)");
        }
        anyhow!("{}", self.0.join("; "))
    }
}

async fn read(file: &Path) -> Result<Vec<u8>> {
    let name = file.display().to_string();
    let opened = tokio::fs::File::open(file)
        .await
        .with_context(|| format!("{name} cannot be read"))?;
    whole(&name, opened.into_std().await).await
}

/// All that an open file holds, which people call `name`.
pub async fn whole(name: &str, file: File) -> Result<Vec<u8>> {
    let what = || format!("{name} cannot be read");
    let mut bytes = Vec::new();
    let file = tokio::fs::File::from_std(file);
    if !file.metadata().await.with_context(what)?.is_file() {
        bail!("{name} is no file");
    }
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .await
        .with_context(what)?;
    if bytes.len() as u64 > LARGEST {
        bail!("{name}: the module is too large");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
