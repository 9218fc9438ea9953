//! What is known of a pod, told to the API server in the order in which it came to be.

use std::sync::Arc;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use hyper::StatusCode;
use k8s_openapi::api::core::v1::ContainerStatus;
use serde_json::{Value, json};

use super::{Known, Record};
use crate::cluster::{Cluster, refused};

/// Between the first two tries, and between the last ones: an API server that comes back is not asked
/// by all pods at once, again and again.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What nothing changed of is told again: others say of a pod that it is not ready, where its node
/// was away for a while.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

impl Record {
    /// Remove the pod from the API server: this very one, whatever has its name by now.
    pub async fn remove(&self, cluster: &Cluster) {
        let path = self.path();
        let options =
            json!({"gracePeriodSeconds": 0, "preconditions": {"uid": self.pod.pod_uid()}});
        let mut pause = PAUSE;
        while let Err(error) = cluster.delete(&path, &options).await {
            if let Some(StatusCode::NOT_FOUND | StatusCode::CONFLICT) = refused(&error) {
                return;
            }
            tracing::warn!(pod = self.pod.name(), "it cannot be removed: {error:#}");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn status(&self) -> Value {
        let mut known = self.known();
        let of = |init: bool, known: &Known| -> Vec<ContainerStatus> {
            let wanted = known
                .statuses
                .iter()
                .filter(|(key, _)| key.is_init() == init);
            wanted.map(|(_, status)| status.clone()).collect()
        };
        let (init, containers) = (of(true, &known), of(false, &known));
        let done = |status: &ContainerStatus| {
            let terminated = status
                .state
                .as_ref()
                .and_then(|state| state.terminated.as_ref());
            terminated.is_some_and(|ended| ended.exit_code == 0)
        };
        let initialized = init.iter().all(done);
        let ready = initialized && containers.iter().all(|status| status.ready);
        let mut conditions = Vec::new();
        for (name, now) in [
            ("Initialized", initialized),
            ("ContainersReady", ready),
            ("Ready", ready),
        ] {
            let known = known.conditions.entry(name).or_insert((now, Utc::now()));
            if known.0 != now {
                *known = (now, Utc::now());
            }
            conditions.push(json!({
                "type": name,
                "status": if now { "True" } else { "False" },
                "lastTransitionTime": known.1.to_rfc3339_opts(SecondsFormat::Secs, true),
            }));
        }
        json!({
            "phase": known.phase,
            "reason": known.reason,
            "message": known.message,
            "hostIP": self.host,
            "startTime": known.start.to_rfc3339_opts(SecondsFormat::Secs, true),
            "initContainerStatuses": init,
            "containerStatuses": containers,
            "conditions": conditions,
        })
    }

    /// Tell the API server what is known now; for as long as it cannot be asked, again.
    pub async fn tell(&self, cluster: &Cluster) {
        let _one = self.telling.lock().await;
        let path = self.path() + "/status";
        let mut pause = PAUSE;
        loop {
            let told = {
                let _turn = cluster.telling.acquire().await;
                let uid = self.pod.pod_uid();
                let patch = json!({"metadata": {"uid": uid}, "status": self.status()});
                cluster.patch(&path, &patch).await
            };
            let Err(error) = told else {
                return;
            };
            tracing::warn!(
                pod = self.pod.name(),
                "its status cannot be told: {error:#}"
            );
            // There is no such pod, or another one of its name; or it will never be taken.
            if let Some(
                StatusCode::BAD_REQUEST
                | StatusCode::NOT_FOUND
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY,
            ) = refused(&error)
            {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Tell each change, and what there is from time to time, for ever.
    pub async fn keep_telling(self: Arc<Self>, cluster: Arc<Cluster>) {
        loop {
            let _ = tokio::time::timeout(TOLD_AGAIN, self.changed.notified()).await;
            self.tell(&cluster).await;
        }
    }
}
