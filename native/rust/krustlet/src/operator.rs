//! What Krustlet's library starts for each pod of this node: a state machine.

use std::sync::Arc;

use anyhow::Result;
use krator::{Manifest, Operator, SharedState};
use kubelet::pod::Pod;
use tokio::sync::RwLock;

use crate::pod_state::{PodState, StatusPatch};
use crate::provider::Provider;
use crate::states::{Deleted, Lives};

pub struct PodOperator(pub Arc<Provider>);

#[async_trait::async_trait]
impl Operator for PodOperator {
    type Manifest = Pod;
    type Status = StatusPatch;
    type ObjectState = PodState;
    type InitialState = Lives;
    type DeletedState = Deleted;

    async fn initialize_object_state(&self, pod: &Pod) -> Result<PodState> {
        Ok(PodState::new(pod.clone(), &self.0))
    }

    async fn shared_state(&self) -> SharedState<Arc<Provider>> {
        Arc::new(RwLock::new(self.0.clone()))
    }

    async fn registration_hook(&self, _pod: Manifest<Pod>) -> Result<()> {
        Ok(())
    }
}
