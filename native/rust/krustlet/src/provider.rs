//! What all pods of this node share; Krustlet's library calls it the state of a provider.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use kubelet::pod::Pod;
use serde_json::Value;
use tokio::task::block_in_place;
use wasmtime::Engine;

use crate::cluster::Cluster;
use crate::images::Images;
use crate::places::Places;
use crate::program::Budget;
use crate::reach::Reach;
use crate::record::Record;
use crate::{disk, volumes};

/// Between two looks at what pods have on the disk.
const LOOK: Duration = Duration::from_secs(2);

pub struct Provider {
    pub client: kube::Client,
    pub cluster: Arc<Cluster>,
    pub engine: Engine,
    /// What its programs may have together.
    pub memory: Arc<Budget>,
    pub images: Images,
    pub reach: Arc<Reach>,
    pub places: Places,
    pub name: String,
    pub host: String,
    pub pods: Mutex<HashMap<(String, String), Arc<Record>>>,
}

impl Provider {
    /// The pod of a name.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<Arc<Record>> {
        let pods = self.pods.lock().expect("nothing panics with it");
        pods.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    /// Where a pod's volumes are.
    pub fn volumes(&self, pod: &Pod) -> PathBuf {
        self.places.pods().join(pod.pod_uid()).join("volumes")
    }

    /// Where a pod's logs are.
    pub fn logs(&self, pod: &Pod) -> PathBuf {
        self.places.pods().join(pod.pod_uid()).join("logs")
    }

    /// Forget a pod and remove what it had here.
    pub fn forget(&self, record: &Arc<Record>) {
        let pod = &record.pod;
        let key = (pod.namespace().to_owned(), pod.name().to_owned());
        let mut pods = self.pods.lock().expect("nothing panics with it");
        if pods
            .get(&key)
            .is_some_and(|known| Arc::ptr_eq(known, record))
        {
            pods.remove(&key);
        }
        drop(pods);
        // It may be large.
        let place = self.places.pods().join(pod.pod_uid());
        if let Err(error) = block_in_place(|| volumes::remove(&place)) {
            tracing::warn!(pod = pod.name(), "{error:#}");
        }
    }

    /// What the API server has of a pod; None when it has it no longer.
    ///
    /// It is listed, not got: of a pod that is gone a node may be told that it may not get it.
    pub async fn listed(&self, pod: &Pod) -> Option<Value> {
        let path = format!(
            "/api/v1/namespaces/{}/pods?fieldSelector=spec.nodeName%3D{},metadata.name%3D{}",
            pod.namespace(),
            self.name,
            pod.name()
        );
        loop {
            match self.cluster.get(&path).await {
                Ok(mut list) => {
                    let found = list["items"].as_array_mut().map(std::mem::take);
                    let mut found = found.unwrap_or_default().into_iter();
                    return found.find(|object| object["metadata"]["uid"] == pod.pod_uid());
                }
                Err(_) => tokio::time::sleep(Duration::from_secs(2)).await,
            }
        }
    }

    /// End the pods that have more on the disk than they may, for as long as this process lives.
    pub async fn keep_disk(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let found = block_in_place(|| disk::measure(&self.places.pods()));
            let shortage = disk::shortage(&self.places.pods(), 0, disk::FREE);
            let largest = shortage.as_ref().and_then(|_| disk::largest(&found));
            let pods: Vec<_> = {
                let pods = self.pods.lock().expect("nothing panics with it");
                pods.values().cloned().collect()
            };
            for record in pods.iter().filter(|record| !record.has_ended()) {
                let uid = record.pod.pod_uid();
                let usage = found.get(uid).cloned().unwrap_or_default();
                let limits = disk::Limits::of(record.pod.as_kube_pod()).unwrap_or_default();
                let why = limits.passed(&usage).or_else(|| {
                    let shortage = shortage.as_ref().filter(|_| largest == Some(uid))?;
                    Some(format!("{shortage}, and no pod has more of it"))
                });
                if let Some(why) = why {
                    tracing::warn!(pod = record.pod.name(), "evicted: {why}");
                    record.evict(why);
                }
            }
        }
    }

    /// Remove what pods left that were deleted while this node's process did not run.
    pub async fn sweep(&self) -> Result<()> {
        let list = self
            .cluster
            .get(&format!(
                "/api/v1/pods?fieldSelector=spec.nodeName%3D{}",
                self.name
            ))
            .await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let known: Vec<_> = items
            .iter()
            .filter_map(|pod| pod["metadata"]["uid"].as_str())
            .collect();
        std::fs::create_dir_all(self.places.pods())?;
        for entry in std::fs::read_dir(self.places.pods())? {
            let entry = entry?;
            let is_known = known.iter().any(|uid| entry.file_name() == **uid);
            if !is_known
                && entry.file_type()?.is_dir()
                && let Err(error) = volumes::remove(&entry.path())
            {
                tracing::warn!("{error:#}");
            }
        }
        Ok(())
    }
}
