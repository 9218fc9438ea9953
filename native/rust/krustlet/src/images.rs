//! Modules: artifacts of a registry, or this machine's files.

use std::collections::HashMap;
use std::fs::File;
use std::io::Seek;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use kubelet::container::PullPolicy;
use oci_spec::distribution::Reference;
use serde::Deserialize;
use tokio::task::block_in_place;

use hosts::Hosts;
use registry::{Registry, digest};
use store::{LARGEST, Module, Store};

use crate::program::Executable;
use crate::program::compiler::Compiler;
use crate::reach::Reach;

pub mod hosts;

pub mod store;

mod trust;

mod registry;

pub use store::Login;

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
/// What a container's program is made of.
pub struct Images {
    compiler: Compiler,
    store: Store,
    hosts: Hosts,
    /// Of files of this machine, where they are taken for modules.
    reach: Option<Arc<Reach>>,
    /// What runs now, by digest. Programs of one module share its code.
    compiled: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Weakly>>>>,
    /// Whose turn it is, by the name of the image.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

type Weakly = std::sync::Weak<Executable>;

impl Images {
    /// Modules are kept in `store`; `hosts` is where each registry's images are had, `reach` which files
    /// of this machine are modules, if any is.
    pub fn new(compiler: Compiler, store: Store, hosts: Hosts, reach: Option<Arc<Reach>>) -> Self {
        Self {
            compiler,
            store,
            hosts,
            reach,
            compiled: Mutex::default(),
            turns: Mutex::default(),
        }
    }

    /// The module of an image. Of one image it is one container's turn: otherwise many pods that start
    /// at once would each pull it.
    pub async fn get(
        &self,
        image: &str,
        policy: PullPolicy,
        login: Option<&Login>,
    ) -> Result<Module> {
        match (image.strip_prefix(LOCAL), &self.reach) {
            (Some(path), Some(reach)) => self.copy(path, reach.file(path)?),
            (Some(_), None) => {
                bail!("{image}: this node runs no modules of its own files (--allow-local-modules)")
            }
            (None, _) => {
                let turn = {
                    let mut turns = self.turns.lock().expect("nothing panics with it");
                    turns.retain(|_, turn| Arc::strong_count(turn) > 1);
                    turns.entry(image.to_owned()).or_default().clone()
                };
                let _turn = turn.lock_owned().await;
                self.pull(image, policy, login).await
            }
        }
    }

    /// The module in a file that others may write, which people call `name`.
    pub fn copy(&self, name: &str, file: File) -> Result<Module> {
        block_in_place(|| self.store.copy(name, file))
    }

    /// A module, compiled, that people call `name`.
    pub async fn compile(&self, name: &str, module: Module) -> Result<Arc<Executable>> {
        let place = {
            let mut compiled = self.compiled.lock().expect("nothing panics with it");
            // What nobody waits for and nothing runs.
            compiled.retain(|_, place| {
                Arc::strong_count(place) > 1
                    || place.try_lock().is_ok_and(|kept| kept.strong_count() > 0)
            });
            compiled.entry(module.digest).or_default().clone()
        };
        let mut kept = place.lock().await;
        if let Some(executable) = kept.upgrade() {
            return Ok(executable);
        }
        let executable = self.compiler.compile(module.file).await;
        let executable = Arc::new(executable.with_context(|| name.to_owned())?);
        *kept = Arc::downgrade(&executable);
        Ok(executable)
    }

    async fn pull(&self, image: &str, policy: PullPolicy, login: Option<&Login>) -> Result<Module> {
        if policy != PullPolicy::Always
            && let Some(module) = block_in_place(|| self.store.module_of(image, login))
        {
            return Ok(module);
        }
        if policy == PullPolicy::Never {
            match self.store.has(image) {
                true => bail!("{image}: this pod's pull secrets are not those it was pulled with"),
                false => bail!("{image} is not on this node, and its pull policy is Never"),
            }
        }
        let what = || image.to_owned();
        let reference: Reference = image.parse().with_context(what)?;
        let hosts = self.hosts.of(reference.registry()).with_context(what)?;
        let of = |host| Registry::new(host, reference.repository(), login);
        let mut registries: Vec<_> = hosts.into_iter().map(of).collect();
        let layer = layer(&mut registries, &reference)
            .await
            .with_context(what)?;
        let repository = format!("{}/{}", reference.registry(), reference.repository());
        let kept = block_in_place(|| self.store.module_in(&repository, &layer.digest));
        let module = match kept {
            Some(module) => module,
            None => {
                let draft = self.store.begin(layer.size).with_context(what)?;
                let found = download(&mut registries, &layer, &draft.file).await;
                found.with_context(what)?;
                block_in_place(|| self.store.keep(draft, &layer.digest))?
            }
        };
        let login = login.filter(|_| registries.iter().any(Registry::used_login));
        self.store.note(image, &repository, &layer.digest, login)?;
        Ok(module)
    }
}

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

/// Write a layer to a file, from the first host that has it.
async fn download(registries: &mut [Registry], layer: &Layer, to: &File) -> Result<()> {
    if layer.size > LARGEST {
        bail!("a module of {} MiB is too large", layer.size >> 20);
    }
    let mut failures = Failures::default();
    for registry in registries {
        if !registry.host.pulls {
            continue;
        }
        let mut to = to;
        to.set_len(0)?;
        to.rewind()?;
        match registry.blob(&layer.digest, layer.size, to).await {
            Ok(digest) if digest == layer.digest => return Ok(()),
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

#[cfg(test)]
mod tests;
