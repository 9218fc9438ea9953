//! The states of a pod: it lives, and is deleted.
//!
//! The library tells pods apart by their names. Where its watch begins anew, as with another API
//! server, it may have missed that a pod was deleted, and takes the next of its name for a change of
//! it. So what it shows is looked at, and a pod gives way to its successor.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use krator::{Manifest, SharedState, State, Transition};
use kubelet::pod::Pod;

use crate::pod;
use crate::pod_state::{PodState, StatusPatch};
use crate::provider::Provider;
use crate::record::Record;

/// A pod that nobody deleted.
#[derive(Debug, Default)]
pub struct Lives;

#[async_trait::async_trait]
impl State<PodState> for Lives {
    async fn next(
        self: Box<Self>,
        provider: SharedState<Arc<Provider>>,
        state: &mut PodState,
        mut shown: Manifest<Pod>,
    ) -> Transition<PodState> {
        let provider = provider.read().await.clone();
        live(&provider, state, &mut shown).await;
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<StatusPatch> {
        Ok(StatusPatch::nothing())
    }
}

/// Somebody deleted the pod.
#[derive(Debug, Default)]
pub struct Deleted;

#[async_trait::async_trait]
impl State<PodState> for Deleted {
    async fn next(
        self: Box<Self>,
        provider: SharedState<Arc<Provider>>,
        state: &mut PodState,
        mut shown: Manifest<Pod>,
    ) -> Transition<PodState> {
        let provider = provider.read().await.clone();
        state.end(&provider).await;
        // The library never comes to this state twice.
        if let Some(pod) = successor(&mut shown, state.record.pod.pod_uid()).await {
            state.give_way(pod, &provider).await;
            live(&provider, state, &mut shown).await;
        }
        Transition::Complete(Ok(()))
    }

    async fn status(&self, _state: &mut PodState, _pod: &Pod) -> anyhow::Result<StatusPatch> {
        Ok(StatusPatch::nothing())
    }
}

/// The life of a pod, and of each that has its name after it, until there is none.
async fn live(provider: &Arc<Provider>, state: &mut PodState, shown: &mut Manifest<Pod>) {
    loop {
        let record = state.record.clone();
        let uid = record.pod.pod_uid();
        tokio::select! {
            () = gone(shown.clone(), provider, &record) => {}
            () = pod::run(provider, &record) => gone(shown.clone(), provider, &record).await,
        }
        // Where another has its name, there is nobody to tell how it ended.
        if shown.latest().pod_uid() == uid {
            state.end(provider).await;
        }
        match successor(shown, uid).await {
            Some(pod) => state.give_way(pod, provider).await,
            None => return,
        }
    }
}

/// Wait until the pod is to go, or is not there any more.
async fn gone(shown: Manifest<Pod>, provider: &Provider, record: &Record) {
    if is_shown_gone(shown, record.pod.pod_uid()).await {
        return;
    }
    // Nothing more is shown of a pod that was deleted by force; nor of any, where this process ends.
    if provider.listed(&record.pod).await.is_some() {
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

/// The pod that is shown in the place of another; None when the name is nobody's.
async fn successor(shown: &mut (impl Stream<Item = Pod> + Unpin), uid: &str) -> Option<Pod> {
    loop {
        let pod = shown.next().await?;
        if pod.pod_uid() != uid {
            return Some(pod);
        }
    }
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

    #[tokio::test]
    async fn its_successor_has_another_identity() {
        let mut shown = iter(vec![pod("1", true), pod("1", true), pod("2", true)]);
        let next = successor(&mut shown, "1").await.unwrap();
        assert_eq!(next.pod_uid(), "2");
        assert!(successor(&mut shown, "2").await.is_none());
    }
}
