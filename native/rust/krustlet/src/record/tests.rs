use serde_json::{Value, json};

use super::*;

/// Of a pod of two containers, and of what was told of it and of them before.
pub fn told(policy: &str, phase: &str, first: Value, stays: Value) -> Record {
    let status = |name: &str, state| json!({"name": name, "image": "", "imageID": "", "ready": true, "restartCount": 2, "state": state});
    let pod = serde_json::from_value(json!({
        "metadata": {"name": "web", "uid": "1"},
        "spec": {
            "restartPolicy": policy,
            "initContainers": [{"name": "first"}],
            "containers": [{"name": "stays"}],
        },
        "status": {
            "phase": phase,
            "initContainerStatuses": [status("first", first)],
            "containerStatuses": [status("stays", stays)],
        },
    }));
    Record::new(pod.unwrap(), "192.0.2.1".into())
}

fn record(policy: &str, phase: &str) -> Record {
    let running = json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}});
    told(
        policy,
        phase,
        json!({"terminated": {"exitCode": 0}}),
        running,
    )
}

#[test]
fn what_ran_before_has_ended_and_what_initialized_does_so_again() {
    let (first, stays) = (
        ContainerKey::Init("first".into()),
        ContainerKey::App("stays".into()),
    );
    let always = record("Always", "Running");
    assert_eq!(always.exit_code(&stays), Some(KILLED));
    assert_eq!(
        (always.exit_code(&first), always.restarts(&first)),
        (None, 3)
    );
    for (policy, phase) in [
        ("OnFailure", "Running"),
        ("Never", "Running"),
        ("Always", "Failed"),
    ] {
        let other = record(policy, phase);
        assert_eq!(
            (other.exit_code(&first), other.restarts(&first)),
            (Some(0), 2),
            "{policy}"
        );
        assert_eq!(other.exit_code(&stays), Some(KILLED), "{policy}");
    }
}

#[test]
fn what_a_program_ended_as_is_in_the_status() {
    let stays = ContainerKey::App("stays".into());
    for (end, code, reason) in [
        (End::Exit(0), 0, "Completed"),
        (End::Exit(3), 3, "Error"),
        (End::Trap("here".into()), TRAPPED, "Error"),
        (End::OverLimit("more".into()), KILLED, "OOMKilled"),
        (
            End::CannotRun("no".into()),
            CANNOT_RUN,
            "ContainerCannotRun",
        ),
        (End::Stopped, KILLED, "Error"),
    ] {
        let record = record("Always", "Running");
        record.ended(&stays, &end);
        let status = record.status_of(&stays);
        let ended = status.state.unwrap().terminated.unwrap();
        assert_eq!(
            (ended.exit_code, ended.reason.as_deref(), status.ready),
            (code, Some(reason), false),
            "{end:?}"
        );
    }
}

#[test]
fn the_run_before_is_that_which_ended_last() {
    let (record, stays) = (
        record("Always", "Running"),
        ContainerKey::App("stays".into()),
    );
    let runs = || [false, true].map(|previous| record.run(&stays, previous));
    assert_eq!(runs(), [2, 1]);
    record.waits(&stays, "CrashLoopBackOff", String::new());
    assert_eq!(runs(), [2, 2]);
}

#[tokio::test]
async fn who_waits_for_an_eviction_is_told_why_before_and_after() {
    let record = record("Always", "Running");
    let (why, ()) = tokio::join!(record.evicted(), async { record.evict("full".into()) });
    assert_eq!(why, "full");
    assert_eq!(record.evicted().await, "full");
}
