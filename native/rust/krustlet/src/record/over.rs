//! What of a pod is over: its restart policy says what is to be started again.

use kubelet::container::ContainerKey;

use super::Record;

impl Record {
    /// Whether a container's program that ended with `code` is to be started again.
    pub fn again(&self, key: &ContainerKey, code: i32) -> bool {
        let spec = self.pod.as_kube_pod().spec.as_ref();
        match spec.and_then(|spec| spec.restart_policy.as_deref()) {
            Some("Never") => false,
            Some("OnFailure") => code != 0,
            // A program that initializes a pod is over when it succeeded.
            _ => !key.is_init() || code != 0,
        }
    }

    /// Whether nothing of the pod is to be started any more: all of it is over, or what initializes
    /// it failed for good.
    pub fn is_over(&self) -> bool {
        let keys = self.keys();
        let code = |key: &ContainerKey| self.exit_code(key).filter(|code| !self.again(key, *code));
        let (init, app): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.is_init());
        init.iter()
            .any(|key| code(key).is_some_and(|code| code != 0))
            || app.iter().all(|key| code(key).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(policy: &str, first: Option<i32>, stays: Option<i32>) -> Record {
        let status = |name: &str, code: Option<i32>| {
            let state = code.map(|code| serde_json::json!({"terminated": {"exitCode": code}}));
            serde_json::json!({"name": name, "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": state})
        };
        let pod = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "web", "uid": "1"},
            "spec": {
                "restartPolicy": policy,
                "initContainers": [{"name": "first"}],
                "containers": [{"name": "stays"}],
            },
            "status": {
                "initContainerStatuses": [status("first", first)],
                "containerStatuses": [status("stays", stays)],
            },
        }));
        Record::new(pod.unwrap(), "192.0.2.1".into())
    }

    #[test]
    fn a_pod_is_over_when_nothing_of_it_starts_again() {
        for (policy, first, stays, is_over) in [
            ("Never", Some(0), Some(1), true),
            ("Never", Some(0), None, false),
            ("Never", Some(1), None, true),
            ("OnFailure", Some(0), Some(0), true),
            ("OnFailure", Some(0), Some(1), false),
            ("OnFailure", Some(1), None, false),
            ("Always", Some(0), Some(0), false),
        ] {
            let record = record(policy, first, stays);
            assert_eq!(record.is_over(), is_over, "{policy} {first:?} {stays:?}");
        }
    }
}
