//! Modules: artifacts of a registry, or this machine's files.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use futures_util::StreamExt;
use kubelet::container::PullPolicy;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::{OciDescriptor, OciManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedMutexGuard;
use tokio::task::block_in_place;
use wasmtime::Engine;

use crate::places::write_private;
use crate::program::Executable;

/// Media types of a layer that is a module: Krustlet's own, the CNCF's, and containerd's shims'.
const LAYERS: [&str; 3] = [
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/wasm",
    "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
];
const MANIFESTS: [&str; 1] = ["application/vnd.oci.image.manifest.v1+json"];
/// Of an image that names a file of this machine, as Krustlet has it.
pub const LOCAL: &str = "fs/";
/// An image for a container whose command names a module of a volume.
pub const NONE: &str = "fs//dev/null";
/// Bytes of a module.
const LARGEST: i64 = 512 << 20;
/// Of modules that are kept though nothing runs them.
const KEPT: u64 = 2 << 30;
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a container's program is made of.
pub struct Images {
    engine: Engine,
    directory: PathBuf,
    insecure: Vec<String>,
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
    pub fn new(engine: Engine, directory: PathBuf, insecure: Vec<String>, local: bool) -> Self {
        let index = std::fs::read(directory.join(INDEX)).unwrap_or_default();
        let pulled = Mutex::new(serde_json::from_slice(&index).unwrap_or_default());
        Self {
            engine,
            directory,
            insecure,
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
        login: &RegistryAuth,
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

    async fn pull(&self, image: &str, policy: PullPolicy, login: &RegistryAuth) -> Result<Vec<u8>> {
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
        let reference: Reference = image.parse().with_context(|| image.to_owned())?;
        let client = self.client();
        let layer = layer(&client, &reference, image, login).await?;
        if let Ok(bytes) = block_in_place(|| self.kept(&layer.digest)) {
            self.note(image, &layer.digest)?;
            return Ok(bytes);
        }
        let bytes = download(&client, &reference, image, &layer).await?;
        block_in_place(|| {
            if digest(&bytes) != layer.digest {
                bail!(
                    "{image}: the registry's module is another one than its digest {} says",
                    layer.digest
                );
            }
            write_private(&self.place(&layer.digest)?, &bytes)?;
            self.prune();
            self.note(image, &layer.digest)?;
            Ok(bytes)
        })
    }

    /// For one pull: a client keeps the first login that it is given, which may be another pod's.
    fn client(&self) -> Client {
        Client::new(ClientConfig {
            protocol: ClientProtocol::HttpsExcept(self.insecure.clone()),
            connect_timeout: Some(TIMEOUT),
            read_timeout: Some(TIMEOUT),
            ..ClientConfig::default()
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

/// The layer of an image that is its module, by the registry's manifest.
async fn layer(
    client: &Client,
    reference: &Reference,
    image: &str,
    login: &RegistryAuth,
) -> Result<OciDescriptor> {
    let (manifest, _) = client
        .pull_manifest_raw(reference, login, &MANIFESTS)
        .await
        .with_context(|| image.to_owned())?;
    if let Some(wanted) = reference.digest()
        && wanted != digest(&manifest)
    {
        bail!(
            "{image}: the registry's manifest has the digest {}",
            digest(&manifest)
        );
    }
    let OciManifest::Image(manifest) = serde_json::from_slice(&manifest)? else {
        bail!("{image} is an index of images, not a module");
    };
    let mut layers = manifest.layers.into_iter();
    layers
        .find(|layer| LAYERS.contains(&layer.media_type.as_str()))
        .ok_or_else(|| anyhow!("{image} has no layer of {}", LAYERS.join(" or ")))
}

/// The bytes of a layer, whose digest the caller compares.
async fn download(
    client: &Client,
    reference: &Reference,
    image: &str,
    layer: &OciDescriptor,
) -> Result<Vec<u8>> {
    if layer.size > LARGEST {
        bail!("{image}: a module of {} MiB is too large", layer.size >> 20);
    }
    // An address that the manifest names is nothing that a pod may have this node ask.
    let layer = &OciDescriptor {
        urls: None,
        ..layer.clone()
    };
    let mut bytes = Vec::new();
    let mut stream = client
        .pull_blob_stream(reference, layer)
        .await
        .with_context(|| image.to_owned())?
        .stream;
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.with_context(|| image.to_owned())?);
        if bytes.len() as i64 > LARGEST {
            bail!("{image}: the registry's module is larger than it says");
        }
    }
    Ok(bytes)
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
    file.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .await
        .with_context(what)?;
    if bytes.len() as i64 > LARGEST {
        bail!("{name}: the module is too large");
    }
    Ok(bytes)
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}
