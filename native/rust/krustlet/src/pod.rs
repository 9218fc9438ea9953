//! A pod's run: its volumes, what initializes it, and its containers side by side.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use kubelet::backoff::{BackoffStrategy, ExponentialBackoffStrategy};
use kubelet::container::ContainerKey;
use kubelet::pod::Phase;
use tokio::task::block_in_place;

use crate::admission::refusal;
use crate::container::PodContainer;
use crate::provider::Provider;
use crate::record::Record;
use crate::volumes::{self, Volumes};

/// A pod's programs, until there is none to start again.
pub async fn run(provider: &Provider, record: &Arc<Record>) {
    if record.has_ended() || record.pod.deletion_timestamp().is_some() {
        return;
    }
    let Some(object) = provider.listed(&record.pod).await else {
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
    let too_long = async {
        match spec.active_deadline_seconds {
            None => std::future::pending().await,
            Some(seconds) => {
                let left = seconds - (Utc::now() - record.started()).num_seconds();
                tokio::time::sleep(Duration::from_secs(u64::try_from(left).unwrap_or(0))).await;
                format!("the pod was active for longer than {seconds} s")
            }
        }
    };
    let (phase, why) = tokio::select! {
        succeeded = run_all(record, provider) => match succeeded {
            true => (Phase::Succeeded, None),
            false => (Phase::Failed, None),
        },
        why = too_long => (Phase::Failed, Some(("DeadlineExceeded", why))),
        why = record.evicted() => (Phase::Failed, Some(("Evicted", why))),
    };
    if why.is_some() {
        record.stop().await;
    }
    // Nothing reads or writes them any more.
    let place = provider.volumes(&record.pod);
    if let Err(error) = block_in_place(|| volumes::remove(&place)) {
        tracing::warn!(pod = record.pod.name(), "{error:#}");
    }
    record.set_phase(
        phase,
        why.as_ref().map(|(reason, why)| (*reason, why.as_str())),
    );
}

/// The pod's volumes, for which it waits as long as one of them cannot be made.
async fn mounted(record: &Record, provider: &Provider) -> Volumes {
    let pod = &record.pod;
    let mut backoff = ExponentialBackoffStrategy::default();
    loop {
        let directories = [provider.volumes(pod), provider.logs(pod)];
        let made = directories
            .iter()
            .try_for_each(std::fs::create_dir_all)
            .map_err(anyhow::Error::from);
        let made = match made {
            Ok(()) => {
                let (client, cluster) = (&provider.client, &provider.cluster);
                volumes::make(pod, &directories[0], client, cluster, &provider.reach).await
            }
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

/// Whether all of a pod's programs, when there is none to start again, did what they are for.
async fn run_all(record: &Arc<Record>, provider: &Provider) -> bool {
    let volumes = &match record.is_over() {
        true => Volumes::default(),
        false => mounted(record, provider).await,
    };
    let of = &|container: &kubelet::container::Container, key| PodContainer {
        record,
        provider,
        volumes,
        key,
        name: container.name().to_owned(),
    };
    for container in record.pod.init_containers() {
        let key = ContainerKey::Init(container.name().to_owned());
        if !of(&container, key).supervise().await {
            return false;
        }
    }
    record.set_phase(Phase::Running, None);
    let containers = record.pod.containers();
    let all = containers.iter().map(|container| async move {
        let key = ContainerKey::App(container.name().to_owned());
        of(container, key).supervise().await
    });
    join_all(all).await.into_iter().all(|succeeded| succeeded)
}
