//! The states of a pod: it lives, and is deleted.
//!
//! The library tells pods apart by their names. Where its watch begins anew, as with another API
//! server, it may have missed that a pod was deleted, and takes the next of its name for a change of
//! it. So what it shows is looked at, and a pod gives way to its successor.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use futures_util::{Stream, StreamExt};
use krator::{Manifest, SharedState, State, Transition};
use kubelet::backoff::{BackoffStrategy, ExponentialBackoffStrategy};
use kubelet::container::ContainerKey;
use kubelet::pod::{Phase, Pod};
use serde_json::Value;

use crate::container::{Place, supervise};
use crate::pods::{Node, PodState, Told};
use crate::record::Record;
use crate::volumes::{self, Volumes};

/// A pod that nobody deleted.
#[derive(Debug, Default)]
pub struct Lives;

#[async_trait::async_trait]
impl State<PodState> for Lives {
    async fn next(
        self: Box<Self>,
        node: SharedState<Arc<Node>>,
        state: &mut PodState,
        mut shown: Manifest<Pod>,
    ) -> Transition<PodState> {
        let node = node.read().await.clone();
        live(&node, state, &mut shown).await;
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<Told> {
        Ok(Told::nothing())
    }
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
        mut shown: Manifest<Pod>,
    ) -> Transition<PodState> {
        let node = node.read().await.clone();
        state.end(&node).await;
        // The library never comes to this state twice.
        if let Some(pod) = successor(&mut shown, state.record.pod.pod_uid()).await {
            state.give_way(pod, &node).await;
            live(&node, state, &mut shown).await;
        }
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<Told> {
        Ok(Told::nothing())
    }
}

/// The life of a pod, and of each that has its name after it, until there is none.
async fn live(node: &Arc<Node>, state: &mut PodState, shown: &mut Manifest<Pod>) {
    loop {
        let record = state.record.clone();
        let uid = record.pod.pod_uid();
        tokio::select! {
            () = gone(shown.clone(), node, &record) => {}
            () = run(node, &record) => gone(shown.clone(), node, &record).await,
        }
        // Where another has its name, there is nobody to tell how it ended.
        if shown.latest().pod_uid() == uid {
            state.end(node).await;
        }
        match successor(shown, uid).await {
            Some(pod) => state.give_way(pod, node).await,
            None => return,
        }
    }
}

/// Wait until the pod is to go, or is not there any more.
async fn gone(shown: Manifest<Pod>, node: &Node, record: &Record) {
    if is_shown_gone(shown, record.pod.pod_uid()).await {
        return;
    }
    // Nothing more is shown of a pod that was deleted by force; nor of any, where this process ends.
    if asked(node, record).await.is_some() {
        std::future::pending().await
    }
}

/// Whether it is shown that the pod is to go, or that another has its name, before nothing is.
async fn is_shown_gone(mut shown: impl Stream<Item = Pod> + Unpin, uid: &str) -> bool {
    while let Some(pod) = shown.next().await {
        if pod.pod_uid() != uid || pod.deletion_timestamp().is_some() {
            return true;
        }
    }
    false
}

/// What the API server has of the pod; None when it has it no longer.
///
/// It is listed, not got: of a pod that is gone a node may be told that it may not get it.
async fn asked(node: &Node, record: &Record) -> Option<Value> {
    let pod = &record.pod;
    let path = format!(
        "/api/v1/namespaces/{}/pods?fieldSelector=spec.nodeName%3D{},metadata.name%3D{}",
        pod.namespace(),
        node.name,
        pod.name()
    );
    loop {
        match node.cluster.get(&path).await {
            Ok(mut list) => {
                let found = list["items"].as_array_mut().map(std::mem::take);
                let mut found = found.unwrap_or_default().into_iter();
                return found.find(|object| object["metadata"]["uid"] == pod.pod_uid());
            }
            Err(_) => tokio::time::sleep(Duration::from_secs(2)).await,
        }
    }
}

/// The pod that is shown in the place of another; None when the name is nobody's.
async fn successor(shown: &mut (impl Stream<Item = Pod> + Unpin), uid: &str) -> Option<Pod> {
    loop {
        let pod = shown.next().await?;
        if pod.pod_uid() != uid {
            return Some(pod);
        }
    }
}

/// A pod's programs, until there is none to start again.
async fn run(node: &Node, record: &Arc<Record>) {
    if record.has_ended() || record.pod.deletion_timestamp().is_some() {
        return;
    }
    let Some(object) = asked(node, record).await else {
        return;
    };
    if let Some(why) = refusal(&object) {
        // `kubectl get` shows what a container waits for rather than why its pod failed.
        for key in record.keys() {
            record.waits(&key, "NotSupported", why.clone());
        }
        return record.set_phase(Phase::Failed, Some(("NotSupported", &why)));
    }
    let spec = record.pod.as_kube_pod().spec.clone().unwrap_or_default();
    let run = run_all(record, node);
    let succeeded = match spec.active_deadline_seconds {
        None => run.await,
        Some(seconds) => {
            let left = seconds - (Utc::now() - record.started()).num_seconds();
            let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
            let Ok(succeeded) = tokio::time::timeout(left, run).await else {
                record.stop().await;
                let why = format!("the pod was active for longer than {seconds} s");
                return record.set_phase(Phase::Failed, Some(("DeadlineExceeded", &why)));
            };
            succeeded
        }
    };
    let phase = if succeeded {
        Phase::Succeeded
    } else {
        Phase::Failed
    };
    record.set_phase(phase, None);
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
        for key in record.keys() {
            // What one ended as decides whether it runs again.
            if !key.is_init() && record.exit_code(&key).is_none() {
                record.waits(&key, "FailedMount", why.clone());
            }
        }
        backoff.wait().await;
    }
}

/// Why this node cannot do what a pod's specification asks for.
///
/// What the library's types do not know yet they drop, so the API server's own words are read.
fn refusal(object: &Value) -> Option<String> {
    let containers = |kind: &str| object["spec"][kind].as_array().cloned().unwrap_or_default();
    for container in containers("initContainers") {
        if container["restartPolicy"] == "Always" {
            return Some(format!("{}: this node has no sidecars", container["name"]));
        }
    }
    for (field, what) in [
        ("readinessGates", "readiness gates"),
        ("resources", "limits of a pod"),
    ] {
        if !object["spec"][field].is_null() {
            return Some(format!("this node has no {what}"));
        }
    }
    for volume in object["spec"]["volumes"].as_array().into_iter().flatten() {
        if volume["emptyDir"]["medium"] == "Memory" {
            return Some(format!(
                "{}: this node has no emptyDir in memory",
                volume["name"]
            ));
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
            ("restartPolicy", "restart policy of a container"),
            ("restartPolicyRules", "restart policy of a container"),
        ] {
            if !container[field].is_null() {
                return Some(format!("{}: this node has no {what}", container["name"]));
            }
        }
    }
    None
}

/// Whether all of a pod's programs, when there is none to start again, did what they are for.
async fn run_all(record: &Arc<Record>, node: &Node) -> bool {
    let volumes = &match record.is_over() {
        true => Volumes::default(),
        false => mounted(record, node).await,
    };
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

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;

    use super::*;

    fn pod(uid: &str, deleted: bool) -> Pod {
        let mut pod = serde_json::json!({"metadata": {"name": "web", "uid": uid}});
        if deleted {
            pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        }
        serde_json::from_value(pod).unwrap()
    }

    #[tokio::test]
    async fn a_pod_is_gone_when_it_is_deleted_or_another_has_its_name() {
        for (last, is_gone) in [
            (pod("1", false), false),
            (pod("1", true), true),
            (pod("2", false), true),
        ] {
            let shown = iter(vec![pod("1", false), last]);
            assert_eq!(is_shown_gone(shown, "1").await, is_gone);
        }
    }

    #[test]
    fn what_this_node_cannot_do_is_refused() {
        let pod = |spec: Value| serde_json::json!({"spec": spec});
        assert_eq!(
            refusal(&pod(serde_json::json!({"containers": [{"name": "a"}]}))),
            None
        );
        for (spec, what) in [
            (
                serde_json::json!({"initContainers": [{"name": "a", "restartPolicy": "Always"}]}),
                "sidecars",
            ),
            (
                serde_json::json!({"containers": [{"name": "a", "livenessProbe": {}}]}),
                "probes",
            ),
            (
                serde_json::json!({"containers": [{"name": "a", "restartPolicy": "Never"}]}),
                "restart policy",
            ),
            (
                serde_json::json!({"containers": [], "readinessGates": [{"conditionType": "x"}]}),
                "readiness gates",
            ),
            (
                serde_json::json!({"containers": [], "resources": {"limits": {"memory": "1Mi"}}}),
                "limits of a pod",
            ),
            (
                serde_json::json!({"containers": [], "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}]}),
                "emptyDir in memory",
            ),
        ] {
            assert!(
                refusal(&pod(spec)).is_some_and(|why| why.contains(what)),
                "{what}"
            );
        }
    }

    #[tokio::test]
    async fn its_successor_has_another_identity() {
        let mut shown = iter(vec![pod("1", true), pod("1", true), pod("2", true)]);
        let next = successor(&mut shown, "1").await.unwrap();
        assert_eq!(next.pod_uid(), "2");
        assert!(successor(&mut shown, "2").await.is_none());
    }
}
