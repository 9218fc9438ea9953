use super::*;

#[test]
fn what_this_node_cannot_do_is_refused() {
    let pod = |spec: Value| serde_json::json!({"spec": spec});
    assert_eq!(
        refusal(&pod(serde_json::json!({"containers": [{"name": "a"}]}))),
        None
    );
    let many = vec![serde_json::json!({"name": "a"}); CONTAINERS + 1];
    for (spec, what) in [
        (
            serde_json::json!({"initContainers": many}),
            "more than 40 initContainers",
        ),
        (
            serde_json::json!({"containers": many}),
            "more than 40 containers",
        ),
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

#[test]
fn what_a_container_of_either_kind_cannot_have_is_refused() {
    for (field, what) in [
        ("readinessProbe", "probes"),
        ("startupProbe", "probes"),
        ("lifecycle", "lifecycle hooks"),
        ("restartPolicyRules", "restart policy"),
    ] {
        for kind in ["containers", "initContainers"] {
            let why = refusal(&serde_json::json!({"spec": {kind: [{"name": "a", field: {}}]}}));
            assert!(why.is_some_and(|why| why.contains(what)), "{kind} {field}");
        }
    }
}
