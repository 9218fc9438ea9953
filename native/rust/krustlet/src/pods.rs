//! The pods of this node: what Krustlet's state machine runs for each of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use krator::{Manifest, ObjectState, ObjectStatus, Operator, SharedState};
use kubelet::pod::{Phase, Pod};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use tokio::task::{JoinHandle, block_in_place};
use wasmtime::Engine;

use crate::cluster::Cluster;
use crate::images::Images;
use crate::places::Places;
use crate::program::Budget;
use crate::record::Record;
use crate::states::{Deleted, Lives};
use crate::volumes;

const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// What all pods of this node have in common.
pub struct Node {
    pub client: kube::Client,
    pub cluster: Arc<Cluster>,
    pub engine: Engine,
    /// What its programs may have together.
    pub memory: Arc<Budget>,
    pub images: Images,
    pub places: Places,
    pub name: String,
    pub host: String,
    pub pods: Mutex<HashMap<(String, String), Arc<Record>>>,
}

impl Node {
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

    /// Remove what pods left that were deleted while this node's process did not run.
    pub async fn sweep(&self, node: &str) -> Result<()> {
        let list = self
            .cluster
            .get(&format!(
                "/api/v1/pods?fieldSelector=spec.nodeName%3D{node}"
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

/// What the state machine carries from state to state of one pod.
pub struct PodState {
    pub record: Arc<Record>,
    teller: JoinHandle<()>,
}

impl PodState {
    fn new(pod: Pod, node: &Node) -> Self {
        let key = (pod.namespace().to_owned(), pod.name().to_owned());
        let record = Arc::new(Record::new(pod, node.host.clone()));
        node.pods
            .lock()
            .expect("nothing panics with it")
            .insert(key, record.clone());
        let teller = tokio::spawn(record.clone().keep_telling(node.cluster.clone()));
        Self { record, teller }
    }

    /// Another pod has this one's name now.
    pub async fn give_way(&mut self, pod: Pod, node: &Node) {
        self.record.stop().await;
        self.teller.abort();
        node.forget(&self.record);
        *self = Self::new(pod, node);
    }

    /// The end of a pod that somebody deleted.
    pub async fn end(&self, node: &Node) {
        self.record.stop().await;
        if !self.record.has_ended() {
            self.record
                .set_phase(Phase::Failed, Some(("Deleted", "its programs are stopped")));
        }
        let told = self.record.tell(&node.cluster);
        if tokio::time::timeout(TOLD_WITHIN, told).await.is_err() {
            tracing::warn!(pod = self.record.pod.name(), "how it ended is not told");
        }
        self.teller.abort();
        node.forget(&self.record);
        // The library goes on when it sees that the pod is gone.
        self.record.remove(&node.cluster).await;
    }
}

impl Drop for PodState {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

#[async_trait::async_trait]
impl ObjectState for PodState {
    type Manifest = Pod;
    type Status = Told;
    type SharedState = Arc<Node>;

    async fn async_drop(self, node: &mut Arc<Node>) {
        node.forget(&self.record);
        self.record.remove(&node.cluster).await;
    }
}

/// A status for the library to send. The record of the pod tells all there is to tell, in order;
/// the library tells only that a pod's state machine failed.
pub struct Told(Value);

impl Told {
    pub fn nothing() -> Self {
        Self(json!({}))
    }
}

impl ObjectStatus for Told {
    fn json_patch(&self) -> Value {
        self.0.clone()
    }

    fn failed(error: &str) -> Self {
        Self(json!({"status": {"phase": "Failed", "reason": "Error", "message": error}}))
    }
}

pub struct Pods(pub Arc<Node>);

#[async_trait::async_trait]
impl Operator for Pods {
    type Manifest = Pod;
    type Status = Told;
    type ObjectState = PodState;
    type InitialState = Lives;
    type DeletedState = Deleted;

    async fn initialize_object_state(&self, pod: &Pod) -> Result<PodState> {
        Ok(PodState::new(pod.clone(), &self.0))
    }

    async fn shared_state(&self) -> SharedState<Arc<Node>> {
        Arc::new(RwLock::new(self.0.clone()))
    }

    async fn registration_hook(&self, _pod: Manifest<Pod>) -> Result<()> {
        Ok(())
    }
}
