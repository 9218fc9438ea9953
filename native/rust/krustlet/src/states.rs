//! The states of a pod: it starts, runs, and is deleted.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use krator::{Manifest, SharedState, State, Transition, TransitionTo};
use kubelet::backoff::{BackoffStrategy, ExponentialBackoffStrategy};
use kubelet::container::ContainerKey;
use kubelet::pod::{Phase, Pod};

use crate::container::{Place, supervise};
use crate::pods::{Node, PodState, Told};
use crate::record::Record;
use crate::volumes::{self, Volumes};

/// What a pod needs before its first program runs.
#[derive(Debug, Default)]
pub struct Starting;

#[async_trait::async_trait]
impl State<PodState> for Starting {
    async fn next(
        self: Box<Self>,
        node: SharedState<Arc<Node>>,
        state: &mut PodState,
        _pod: Manifest<Pod>,
    ) -> Transition<PodState> {
        let node = node.read().await.clone();
        let record = &state.record;
        if record.pod.deletion_timestamp().is_some() {
            // The library tells of what is deleted later only.
            state.end(&node).await;
            return Transition::Complete(Ok(()));
        }
        if record.has_ended() {
            return Transition::Complete(Ok(()));
        }
        match refusal(record, &node).await {
            Ok(None) => {}
            Ok(Some(why)) => {
                record.set_phase(Phase::Failed, Some(("NotSupported", &why)));
                return Transition::Complete(Ok(()));
            }
            Err(error) => {
                tracing::warn!(pod = record.pod.name(), "{error:#}");
                return Transition::Complete(Ok(()));
            }
        }
        Transition::next(self, Runs)
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<Told> {
        Ok(Told::nothing())
    }
}

/// The pod's volumes, for which it waits as long as one of them cannot be made.
async fn mounted(record: &Record, node: &Node) -> Volumes {
    let pod = &record.pod;
    let mut backoff = ExponentialBackoffStrategy::default();
    loop {
        let directories = [node.volumes(pod), node.logs(pod)];
        let made = directories
            .iter()
            .try_for_each(std::fs::create_dir_all)
            .map_err(anyhow::Error::from);
        let made = match made {
            Ok(()) => volumes::make(pod, &directories[0], &node.client, &node.cluster).await,
            Err(error) => Err(error),
        };
        let error = match made {
            Ok(volumes) => return volumes,
            Err(error) => error,
        };
        let why = format!("{error:#}");
        tracing::warn!(pod = pod.name(), "{why}");
        for container in pod.containers() {
            let key = ContainerKey::App(container.name().to_owned());
            record.waits(&key, "FailedMount", why.clone());
        }
        backoff.wait().await;
    }
}

/// Why this node cannot do what a pod's specification asks for.
///
/// What the library's types do not know yet they drop, so the API server's own words are read.
async fn refusal(record: &Record, node: &Node) -> anyhow::Result<Option<String>> {
    let pod = &record.pod;
    let path = format!("/api/v1/namespaces/{}/pods/{}", pod.namespace(), pod.name());
    let object = loop {
        match node.cluster.get(&path).await {
            Ok(object) => break object,
            Err(error) if crate::cluster::is_missing(&error) => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_secs(2)).await,
        }
    };
    let containers = |kind: &str| object["spec"][kind].as_array().cloned().unwrap_or_default();
    for container in containers("initContainers") {
        if container["restartPolicy"] == "Always" {
            return Ok(Some(format!(
                "{}: this node has no sidecars",
                container["name"]
            )));
        }
    }
    for container in containers("containers")
        .iter()
        .chain(&containers("initContainers"))
    {
        for (field, what) in [
            ("livenessProbe", "probes"),
            ("readinessProbe", "probes"),
            ("startupProbe", "probes"),
            ("lifecycle", "lifecycle hooks"),
        ] {
            if container[field].is_object() {
                return Ok(Some(format!(
                    "{}: this node has no {what}",
                    container["name"]
                )));
            }
        }
    }
    Ok(None)
}

/// A pod whose programs run, the ones that initialize it first.
#[derive(Debug)]
pub struct Runs;

impl TransitionTo<Runs> for Starting {}

#[async_trait::async_trait]
impl State<PodState> for Runs {
    async fn next(
        self: Box<Self>,
        node: SharedState<Arc<Node>>,
        state: &mut PodState,
        _pod: Manifest<Pod>,
    ) -> Transition<PodState> {
        let node = node.read().await.clone();
        let record = &state.record;
        let spec = record.pod.as_kube_pod().spec.clone().unwrap_or_default();
        let run = run(record, &node);
        let succeeded = match spec.active_deadline_seconds {
            None => run.await,
            Some(seconds) => {
                let left = seconds - (Utc::now() - record.started()).num_seconds();
                let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
                let Ok(succeeded) = tokio::time::timeout(left, run).await else {
                    record.stop().await;
                    let why = format!("the pod was active for longer than {seconds} s");
                    record.set_phase(Phase::Failed, Some(("DeadlineExceeded", &why)));
                    return Transition::Complete(Ok(()));
                };
                succeeded
            }
        };
        record.set_phase(
            if succeeded {
                Phase::Succeeded
            } else {
                Phase::Failed
            },
            None,
        );
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<Told> {
        Ok(Told::nothing())
    }
}

/// Whether all of a pod's programs, when there is none to start again, did what they are for.
async fn run(record: &Arc<Record>, node: &Node) -> bool {
    let volumes = &mounted(record, node).await;
    let place = &|container: &kubelet::container::Container, key| Place {
        record,
        node,
        volumes,
        key,
        name: container.name().to_owned(),
    };
    for container in record.pod.init_containers() {
        let key = ContainerKey::Init(container.name().to_owned());
        if !supervise(&place(&container, key)).await {
            return false;
        }
    }
    record.set_phase(Phase::Running, None);
    let containers = record.pod.containers();
    let all = containers.iter().map(|container| async move {
        supervise(&place(
            container,
            ContainerKey::App(container.name().to_owned()),
        ))
        .await
    });
    join_all(all).await.into_iter().all(|succeeded| succeeded)
}

/// Somebody deleted the pod.
#[derive(Debug, Default)]
pub struct Deleted;

#[async_trait::async_trait]
impl State<PodState> for Deleted {
    async fn next(
        self: Box<Self>,
        node: SharedState<Arc<Node>>,
        state: &mut PodState,
        _pod: Manifest<Pod>,
    ) -> Transition<PodState> {
        let node = node.read().await.clone();
        state.end(&node).await;
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<Told> {
        Ok(Told::nothing())
    }
}
