//! What pods this node does not take.

use serde_json::Value;

/// Containers of a pod of one kind: each is a thread of the process that all pods are in.
const CONTAINERS: usize = 40;

/// Why this node cannot do what a pod's specification asks for.
///
/// What the library's types do not know yet they drop, so the API server's own words are read.
pub fn refusal(object: &Value) -> Option<String> {
    let containers = |kind: &str| object["spec"][kind].as_array().cloned().unwrap_or_default();
    for kind in ["containers", "initContainers"] {
        if containers(kind).len() > CONTAINERS {
            return Some(format!(
                "this node has no pods of more than {CONTAINERS} {kind}"
            ));
        }
    }
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

#[cfg(test)]
mod tests;
