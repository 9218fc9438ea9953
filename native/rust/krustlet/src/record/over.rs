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

    /// End the pod: it has taken more than it may.
    pub fn evict(&self, why: String) {
        self.evicted.send_replace(Some(why));
    }

    /// Wait until the pod has to end, and why.
    pub async fn evicted(&self) -> String {
        let mut evicted = self.evicted.subscribe();
        let why = evicted.wait_for(Option::is_some).await;
        why.expect("the record has the sender")
            .clone()
            .unwrap_or_default()
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
    use serde_json::{Value, json};

    use super::super::tests::told;

    fn ended(code: Option<i32>) -> Value {
        code.map_or(
            Value::Null,
            |code| json!({"terminated": {"exitCode": code}}),
        )
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
            let record = told(policy, "Pending", ended(first), ended(stays));
            assert_eq!(record.is_over(), is_over, "{policy} {first:?} {stays:?}");
        }
    }
}
