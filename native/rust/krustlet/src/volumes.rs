//! The volumes of a pod, as directories below the pod's own.
//!
//! ConfigMaps, Secrets, the downward API and projections of them are written by Krustlet's library.
//! Two things are not: the library has no `emptyDir`, and it asks for a service account's token for
//! an audience that an API server of today grants to no node.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1::{
    HostPathVolumeSource, ServiceAccountTokenProjection, Volume, VolumeProjection,
};
use kubelet::pod::Pod;
use kubelet::volume::{
    ConfigMapVolume, DownwardApiVolume, HostPathVolume, ProjectedVolume, SecretVolume,
};
use serde_json::json;

use crate::cluster::{Cluster, is_missing};
use crate::reach::Reach;

mod mounts;

use mounts::within;
pub use mounts::{file_of, mounts};

/// Name -> directory, or file, of the host.
pub type Volumes = BTreeMap<String, PathBuf>;

/// Make the volumes of `pod` in `directory`; fails with a sentence for people.
pub async fn make(
    pod: &Pod,
    directory: &Path,
    client: &kube::Client,
    cluster: &Arc<Cluster>,
    reach: &Reach,
) -> Result<Volumes> {
    let mut made = Volumes::new();
    for volume in pod.volumes() {
        let place = make_one(volume, pod, directory, client, cluster, reach);
        let place = place
            .await
            .with_context(|| format!("volume {}", volume.name))?;
        made.insert(volume.name.clone(), place);
    }
    Ok(made)
}

async fn make_one(
    volume: &Volume,
    pod: &Pod,
    directory: &Path,
    client: &kube::Client,
    cluster: &Cluster,
    reach: &Reach,
) -> Result<PathBuf> {
    let place = directory.join(&volume.name);
    if let Some(source) = &volume.host_path {
        return host_path(volume, source, reach).await;
    }
    if volume.empty_dir.is_some() {
        tokio::fs::create_dir_all(&place).await?;
        return Ok(place);
    }
    // What is there is of a try before, or of this node's life before.
    remove(&place)?;
    let items = Items::of(volume);
    for item in items.paths {
        let inner = place.join(within(&item)?);
        tokio::fs::create_dir_all(inner.parent().unwrap_or(&place)).await?;
    }
    if let Some((kind, name)) = items.optional
        && is_absent(kind, &name, pod, cluster).await?
    {
        tokio::fs::create_dir_all(&place).await?;
    } else if volume.config_map.is_some() {
        ConfigMapVolume::new(volume, pod.namespace(), client.clone())?
            .mount(directory)
            .await?;
    } else if volume.secret.is_some() {
        SecretVolume::new(volume, pod.namespace(), client.clone())?
            .mount(directory)
            .await?;
    } else if volume.downward_api.is_some() {
        DownwardApiVolume::new(volume, pod.clone())?
            .mount(directory)
            .await?;
    } else if volume.projected.is_some() {
        project(volume, pod, directory, client, cluster).await?;
    } else {
        bail!("this node has no volumes of this kind");
    }
    Ok(place)
}

async fn host_path(
    volume: &Volume,
    source: &HostPathVolumeSource,
    reach: &Reach,
) -> Result<PathBuf> {
    if source.type_.as_deref() == Some("DirectoryOrCreate") {
        reach
            .check_new(Path::new(&source.path))
            .with_context(|| source.path.clone())?;
        tokio::fs::create_dir_all(&source.path)
            .await
            .with_context(|| source.path.clone())?;
    }
    let mut known = HostPathVolume::new(volume)?;
    known.mount().await.with_context(|| source.path.clone())?;
    Ok(PathBuf::from(&source.path))
}

/// What the library makes nothing of: directories in the paths of items, and what may be absent.
#[derive(Default)]
struct Items {
    paths: Vec<String>,
    optional: Option<(&'static str, String)>,
}

impl Items {
    fn of(volume: &Volume) -> Self {
        let mut found = Self::default();
        let optional = |kind, name: &Option<String>, optional: Option<bool>| {
            (optional == Some(true)).then(|| (kind, name.clone().unwrap_or_default()))
        };
        if let Some(map) = &volume.config_map {
            found.optional = optional("configmaps", &map.name, map.optional);
            found
                .paths
                .extend(map.items.iter().map(|item| item.path.clone()));
        }
        if let Some(secret) = &volume.secret {
            found.optional = optional("secrets", &secret.secret_name, secret.optional);
            found
                .paths
                .extend(secret.items.iter().map(|item| item.path.clone()));
        }
        if let Some(downward) = &volume.downward_api {
            found
                .paths
                .extend(downward.items.iter().map(|item| item.path.clone()));
        }
        for source in volume
            .projected
            .iter()
            .flat_map(|projected| &projected.sources)
        {
            let maps = source.config_map.iter().flat_map(|map| &map.items);
            let secrets = source.secret.iter().flat_map(|secret| &secret.items);
            found
                .paths
                .extend(maps.chain(secrets).map(|item| item.path.clone()));
            let downward = source
                .downward_api
                .iter()
                .flat_map(|downward| &downward.items);
            found.paths.extend(downward.map(|item| item.path.clone()));
        }
        found
    }
}

async fn is_absent(kind: &str, name: &str, pod: &Pod, cluster: &Cluster) -> Result<bool> {
    match cluster
        .get(&format!(
            "/api/v1/namespaces/{}/{kind}/{name}",
            pod.namespace()
        ))
        .await
    {
        Ok(_) => Ok(false),
        Err(error) if is_missing(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

async fn project(
    volume: &Volume,
    pod: &Pod,
    directory: &Path,
    client: &kube::Client,
    cluster: &Cluster,
) -> Result<()> {
    let mut known = volume.clone();
    let mut tokens = Vec::new();
    if let Some(projected) = &mut known.projected {
        for source in &mut projected.sources {
            tokens.extend(source.service_account_token.take());
        }
        let mut present = Vec::new();
        for source in std::mem::take(&mut projected.sources) {
            if is_present(&source, pod, cluster).await? {
                present.push(source);
            }
        }
        projected.sources = present;
    }
    let place = directory.join(&volume.name);
    ProjectedVolume::new(&known, pod.clone(), client.clone())?
        .mount(directory.to_owned())
        .await?;
    tokio::fs::create_dir_all(&place).await?;
    writable(&place, true)?;
    for token in tokens {
        let file = place.join(within(&token.path)?);
        tokio::fs::create_dir_all(file.parent().unwrap_or(&place)).await?;
        tokio::fs::write(&file, issue(&token, pod, cluster).await?).await?;
    }
    writable(&place, false)
}

/// Whether a source of a projection is left for the library to write.
async fn is_present(source: &VolumeProjection, pod: &Pod, cluster: &Cluster) -> Result<bool> {
    let optional = match (&source.config_map, &source.secret) {
        (Some(map), _) if map.optional == Some(true) => {
            map.name.clone().map(|name| ("configmaps", name))
        }
        (_, Some(secret)) if secret.optional == Some(true) => {
            secret.name.clone().map(|name| ("secrets", name))
        }
        _ => None,
    };
    Ok(match optional {
        Some((kind, name)) => !is_absent(kind, &name, pod, cluster).await?,
        None => {
            source.config_map.is_some() || source.secret.is_some() || source.downward_api.is_some()
        }
    })
}

/// A token of the pod's service account, for the audience that the pod asks for.
async fn issue(
    token: &ServiceAccountTokenProjection,
    pod: &Pod,
    cluster: &Cluster,
) -> Result<String> {
    let account = pod.service_account_name().unwrap_or("default");
    let path = format!(
        "/api/v1/namespaces/{}/serviceaccounts/{account}/token",
        pod.namespace()
    );
    let mut spec = json!({
        "audiences": token.audience.iter().collect::<Vec<_>>(),
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name(), "uid": pod.pod_uid()},
    });
    if let Some(seconds) = token.expiration_seconds {
        spec["expirationSeconds"] = seconds.into();
    }
    let request =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
    let answer = cluster
        .create(&path, &request)
        .await
        .with_context(|| format!("token of {account}"))?;
    let token = answer["status"]["token"].as_str();
    token
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("token of {account}: there is none in the answer"))
}

/// Remove a directory and what is in it, read-only or not.
pub fn remove(directory: &Path) -> Result<()> {
    let what = || format!("{} cannot be removed", directory.display());
    match std::fs::symlink_metadata(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found.with_context(what)?,
    };
    let mut all = vec![directory.to_owned()];
    while let Some(place) = all.pop() {
        writable(&place, true).with_context(what)?;
        for entry in std::fs::read_dir(&place).with_context(what)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                all.push(entry.path());
            }
        }
    }
    std::fs::remove_dir_all(directory).with_context(what)
}

fn writable(directory: &Path, yes: bool) -> Result<()> {
    let mode = if yes { 0o700 } else { 0o500 };
    Ok(std::fs::set_permissions(
        directory,
        PermissionsExt::from_mode(mode),
    )?)
}
