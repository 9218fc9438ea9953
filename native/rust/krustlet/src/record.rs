//! What this node knows of one pod: the states of its containers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kubelet::container::ContainerKey;
use kubelet::pod::{Phase, Pod};
use tokio::sync::{Notify, watch};

use crate::program::{End, Running};

mod over;
mod telling;

const STOPPED_WITHIN: Duration = Duration::from_secs(10);
/// What a process exits with that SIGABRT, or SIGKILL, ended; and one that the shell cannot run.
const TRAPPED: i32 = 134;
const KILLED: i32 = 137;
const CANNOT_RUN: i32 = 126;

pub struct Record {
    pub pod: Pod,
    host: String,
    known: Mutex<Known>,
    running: Mutex<HashMap<ContainerKey, Arc<Running>>>,
    changed: Notify,
    telling: tokio::sync::Mutex<()>,
    evicted: watch::Sender<Option<String>>,
}

struct Known {
    phase: Phase,
    reason: Option<String>,
    message: Option<String>,
    statuses: Vec<(ContainerKey, ContainerStatus)>,
    conditions: HashMap<&'static str, (bool, DateTime<Utc>)>,
    start: DateTime<Utc>,
}

impl Known {
    /// What the API server was told of a pod.
    fn of(pod: &Pod) -> Self {
        let told = pod.as_kube_pod().status.clone().unwrap_or_default();
        let phase = match told.phase.as_deref() {
            Some("Succeeded") => Phase::Succeeded,
            Some("Failed") => Phase::Failed,
            Some("Running") => Phase::Running,
            _ => Phase::Pending,
        };
        let condition = |name| {
            let mut all = told.conditions.iter();
            let found = all.find(|condition| condition.type_ == name)?;
            let since = found.last_transition_time.as_ref()?.0;
            Some((name, (found.status == "True", since)))
        };
        Self {
            phase,
            reason: None,
            message: None,
            statuses: statuses(pod, &told),
            conditions: ["Initialized", "ContainersReady", "Ready"]
                .into_iter()
                .filter_map(condition)
                .collect(),
            start: told.start_time.map_or_else(Utc::now, |time| time.0),
        }
    }
}

/// Of each container of a pod, those that initialize it first.
fn statuses(pod: &Pod, told: &PodStatus) -> Vec<(ContainerKey, ContainerStatus)> {
    let status = |key: ContainerKey, all: &[ContainerStatus], image: Option<String>| {
        let name = key.name();
        let mut status = all
            .iter()
            .find(|status| status.name == name)
            .cloned()
            .unwrap_or_default();
        status.name = name;
        status.image = image.unwrap_or_default();
        (key, status)
    };
    let spec = pod.as_kube_pod().spec.clone().unwrap_or_default();
    let mut statuses = Vec::new();
    for container in spec.init_containers {
        let key = ContainerKey::Init(container.name);
        statuses.push(status(key, &told.init_container_statuses, container.image));
    }
    for container in spec.containers {
        let key = ContainerKey::App(container.name);
        statuses.push(status(key, &told.container_statuses, container.image));
    }
    statuses
}

impl Record {
    /// What was told of the pod before, by this process or one before it, goes on.
    pub fn new(pod: Pod, host: String) -> Self {
        let record = Self {
            host,
            known: Mutex::new(Known::of(&pod)),
            pod,
            running: Mutex::default(),
            changed: Notify::new(),
            telling: tokio::sync::Mutex::default(),
            evicted: watch::Sender::new(None),
        };
        record.interrupted();
        record
    }

    /// What ran when this node's process ended does not run now. What initialized the pod does so
    /// again, as where a kubelet finds that a pod's sandbox is gone; the API server takes that of a
    /// pod only that is always started again.
    fn interrupted(&self) {
        let spec = self.pod.as_kube_pod().spec.as_ref();
        let policy = spec.and_then(|spec| spec.restart_policy.as_deref());
        let anew = !self.has_ended() && matches!(policy, None | Some("Always"));
        for (key, status) in &mut self.known().statuses {
            let state = status
                .state
                .get_or_insert_with(waiting("ContainerCreating", String::new()));
            if let Some(running) = &state.running {
                let ended = ContainerStateTerminated {
                    exit_code: KILLED,
                    reason: Some("Error".into()),
                    message: Some("the node's process ended while it ran".into()),
                    started_at: running.started_at.clone(),
                    finished_at: Some(Time(Utc::now())),
                    ..Default::default()
                };
                *state = ContainerState {
                    terminated: Some(ended),
                    ..Default::default()
                };
                status.ready = false;
            }
            if anew && key.is_init() && state.terminated.is_some() {
                status.last_state = status.state.take();
                status.state = Some(waiting("PodInitializing", String::new())());
                status.restart_count += 1;
                status.ready = false;
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ContainerKey, Arc<Running>>> {
        self.running
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Where the API server has the pod.
    pub fn path(&self) -> String {
        let pod = &self.pod;
        format!("/api/v1/namespaces/{}/pods/{}", pod.namespace(), pod.name())
    }

    pub fn has_ended(&self) -> bool {
        matches!(self.known().phase, Phase::Succeeded | Phase::Failed)
    }

    pub fn started(&self) -> DateTime<Utc> {
        self.known().start
    }

    /// The phase of the pod, and why, if it is not what its containers say.
    pub fn set_phase(&self, phase: Phase, why: Option<(&str, &str)>) {
        let mut known = self.known();
        known.phase = phase;
        known.reason = why.map(|(reason, _)| reason.into());
        known.message = why.map(|(_, message)| message.into());
        drop(known);
        self.changed.notify_one();
    }

    fn set(&self, key: &ContainerKey, change: impl FnOnce(&mut ContainerStatus)) {
        if let Some((_, status)) = self
            .known()
            .statuses
            .iter_mut()
            .find(|(other, _)| other == key)
        {
            change(status);
        }
        self.changed.notify_one();
    }

    fn status_of(&self, key: &ContainerKey) -> ContainerStatus {
        let known = self.known();
        let found = known.statuses.iter().find(|(other, _)| other == key);
        found.map(|(_, status)| status.clone()).unwrap_or_default()
    }

    /// How often a container was started again.
    pub fn restarts(&self, key: &ContainerKey) -> i32 {
        self.status_of(key).restart_count
    }

    /// The pod's containers, those that initialize it first.
    pub fn keys(&self) -> Vec<ContainerKey> {
        let known = self.known();
        known.statuses.iter().map(|(key, _)| key.clone()).collect()
    }

    /// The exit code of a container that has ended.
    pub fn exit_code(&self, key: &ContainerKey) -> Option<i32> {
        Some(self.status_of(key).state?.terminated?.exit_code)
    }

    pub fn waits(&self, key: &ContainerKey, reason: &str, message: String) {
        let state = waiting(reason, message)();
        self.set(key, |status| {
            set_aside(status);
            status.state = Some(state);
            (status.ready, status.started) = (false, Some(false));
        });
    }

    /// A program of the container runs; it is its first, or takes the place of one that ended.
    pub fn runs(&self, key: &ContainerKey, running: Arc<Running>) {
        self.running().insert(key.clone(), running);
        let uid = self.pod.pod_uid();
        self.set(key, |status| {
            status.container_id = Some(format!(
                "krustlet://{uid}/{}/{}",
                status.name, status.restart_count
            ));
            let started_at = Some(Time(Utc::now()));
            status.state = Some(ContainerState {
                running: Some(ContainerStateRunning { started_at }),
                ..Default::default()
            });
            (status.ready, status.started) = (!key.is_init(), Some(true));
        });
    }

    pub fn ended(&self, key: &ContainerKey, end: &End) {
        let (exit_code, reason, message) = match end {
            End::Exit(0) => (0, "Completed", None),
            End::Exit(code) => (*code, "Error", None),
            End::Trap(cause) => (TRAPPED, "Error", Some(format!("trapped: {cause}"))),
            End::OverLimit(cause) => (KILLED, "OOMKilled", Some(cause.clone())),
            End::CannotRun(cause) => (CANNOT_RUN, "ContainerCannotRun", Some(cause.clone())),
            End::Stopped => (KILLED, "Error", Some("it was stopped".into())),
        };
        self.running().remove(key);
        self.set(key, |status| {
            let running = status.state.take().and_then(|state| state.running);
            let ended = ContainerStateTerminated {
                exit_code,
                reason: Some(reason.into()),
                message,
                started_at: running.and_then(|running| running.started_at),
                finished_at: Some(Time(Utc::now())),
                container_id: status.container_id.clone(),
                ..Default::default()
            };
            status.state = Some(ContainerState {
                terminated: Some(ended),
                ..Default::default()
            });
            // A container of a pod is ready when it did what it is for.
            (status.ready, status.started) = (key.is_init() && exit_code == 0, Some(false));
        });
    }

    pub fn starts_again(&self, key: &ContainerKey) {
        self.set(key, |status| {
            set_aside(status);
            status.restart_count += 1;
        });
    }

    /// The run of a container whose log is asked for: the last one, or the one before it.
    pub fn run(&self, key: &ContainerKey, previous: bool) -> i32 {
        let status = self.status_of(key);
        let waits = status.state.is_some_and(|state| state.waiting.is_some());
        // A program that waits to be started again counts when it starts.
        let ended = waits
            && status
                .last_state
                .is_some_and(|state| state.terminated.is_some());
        status.restart_count - i32::from(previous && !ended)
    }

    /// The container of a name, and whether it may still write to its log.
    pub fn container(&self, name: &str) -> Option<(ContainerKey, bool)> {
        let known = self.known();
        let key = known
            .statuses
            .iter()
            .map(|(key, _)| key)
            .find(|key| key.name() == name)?
            .clone();
        drop(known);
        let runs = self
            .running()
            .get(&key)
            .is_some_and(|running| running.is_running());
        Some((key, runs))
    }

    /// Stop all that runs, and wait until nothing does.
    pub async fn stop(&self) {
        let all: Vec<_> = self
            .running()
            .iter()
            .map(|(key, running)| (key.clone(), running.clone()))
            .collect();
        for (_, running) in &all {
            running.stop();
        }
        for (key, running) in all {
            // A program that the kernel holds, as at a hung mount, ends when that lets it go.
            let end = tokio::time::timeout(STOPPED_WITHIN, running.ended())
                .await
                .unwrap_or(End::Stopped);
            self.ended(&key, &end);
        }
    }
}

/// What a container ended as makes room for what comes next.
fn set_aside(status: &mut ContainerStatus) {
    let state = status.state.as_ref();
    if state.is_some_and(|state| state.terminated.is_some()) {
        status.last_state = status.state.take();
    }
}

fn waiting(reason: &str, message: String) -> impl FnOnce() -> ContainerState {
    let waiting = ContainerStateWaiting {
        reason: Some(reason.into()),
        message: (!message.is_empty()).then_some(message),
    };
    || ContainerState {
        waiting: Some(waiting),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
