//! What the state machine of Krustlet's library holds of one pod.

use std::sync::Arc;
use std::time::Duration;

use krator::{ObjectState, ObjectStatus};
use kubelet::pod::{Phase, Pod};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::provider::Provider;
use crate::record::Record;

const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// What the state machine carries from state to state of one pod.
pub struct PodState {
    pub record: Arc<Record>,
    teller: JoinHandle<()>,
}

impl PodState {
    pub fn new(pod: Pod, provider: &Provider) -> Self {
        let key = (pod.namespace().to_owned(), pod.name().to_owned());
        let record = Arc::new(Record::new(pod, provider.host.clone()));
        provider
            .pods
            .lock()
            .expect("nothing panics with it")
            .insert(key, record.clone());
        let teller = tokio::spawn(record.clone().keep_telling(provider.cluster.clone()));
        Self { record, teller }
    }

    /// Another pod has this one's name now.
    pub async fn give_way(&mut self, pod: Pod, provider: &Provider) {
        self.record.stop().await;
        self.teller.abort();
        provider.forget(&self.record);
        *self = Self::new(pod, provider);
    }

    /// The end of a pod that somebody deleted.
    pub async fn end(&self, provider: &Provider) {
        self.record.stop().await;
        if !self.record.has_ended() {
            self.record
                .set_phase(Phase::Failed, Some(("Deleted", "its programs are stopped")));
        }
        let told = self.record.tell(&provider.cluster);
        if tokio::time::timeout(TOLD_WITHIN, told).await.is_err() {
            tracing::warn!(pod = self.record.pod.name(), "how it ended is not told");
        }
        self.teller.abort();
        provider.forget(&self.record);
        // The library goes on when it sees that the pod is gone.
        self.record.remove(&provider.cluster).await;
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
    type Status = StatusPatch;
    type SharedState = Arc<Provider>;

    async fn async_drop(self, provider: &mut Arc<Provider>) {
        provider.forget(&self.record);
        self.record.remove(&provider.cluster).await;
    }
}

/// A status for the library to send. The record of the pod tells all there is to tell, in order;
/// the library tells only that a pod's state machine failed.
pub struct StatusPatch(Value);

impl StatusPatch {
    pub fn nothing() -> Self {
        Self(json!({}))
    }
}

impl ObjectStatus for StatusPatch {
    fn json_patch(&self) -> Value {
        self.0.clone()
    }

    fn failed(error: &str) -> Self {
        Self(json!({"status": {"phase": "Failed", "reason": "Error", "message": error}}))
    }
}
