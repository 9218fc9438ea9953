//! The node object: made, kept alive by its lease, and made again when somebody deleted it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::cluster::{Cluster, is_missing};

/// What Krustlet's nodes are known by: label and taint of the architecture, label of the system.
pub const ARCHITECTURE: &str = "wasm32-wasi";
const BEAT: Duration = Duration::from_secs(10);
/// The status is told again after so many beats though nothing changed.
const TOLD_AFTER: u32 = 6;
const LEASE_SECONDS: u32 = 40;

pub struct Node {
    pub name: String,
    pub address: IpAddr,
    pub port: u16,
    pub labels: BTreeMap<String, String>,
    pub max_pods: u16,
}

impl Node {
    pub fn path(&self) -> String {
        format!("/api/v1/nodes/{}", self.name)
    }

    /// Source of labels and taints: Krustlet, crates/kubelet/src/node and crates/wasi-provider.
    fn object(&self) -> Value {
        let mut labels = json!({
            "kubernetes.io/arch": ARCHITECTURE,
            "kubernetes.io/os": ARCHITECTURE,
            "beta.kubernetes.io/arch": ARCHITECTURE,
            "beta.kubernetes.io/os": ARCHITECTURE,
            "kubernetes.io/hostname": self.name,
            "type": "krustlet",
        });
        for (name, value) in &self.labels {
            labels[name] = value.as_str().into();
        }
        let taint =
            |effect| json!({"key": "kubernetes.io/arch", "value": ARCHITECTURE, "effect": effect});
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "spec": {"taints": [taint("NoSchedule"), taint("NoExecute")]},
            "status": self.status(true),
        })
    }

    fn status(&self, ready: bool) -> Value {
        let resources = |memory: u64| {
            json!({
                "cpu": processors().to_string(),
                "memory": memory.to_string(),
                "pods": self.max_pods.to_string(),
            })
        };
        let now = now();
        let (status, reason, message) = match ready {
            true => ("True", "KrustletReady", "Krustlet runs pods"),
            false => ("False", "KrustletStopped", "Krustlet was told to stop"),
        };
        json!({
            "capacity": resources(memory()),
            "allocatable": resources(allocatable()),
            "addresses": [
                {"type": "InternalIP", "address": self.address.to_string()},
                {"type": "Hostname", "address": self.name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}},
            "nodeInfo": {
                "architecture": "wasm-wasi",
                "operatingSystem": "linux",
                "osImage": "WebAssembly",
                "containerRuntimeVersion": concat!("krustlet-wasi://", env!("CARGO_PKG_VERSION")),
                "kubeletVersion": "v1.0.0-alpha.1",
                "kubeProxyVersion": "",
                "kernelVersion": read("/proc/sys/kernel/osrelease"),
                "machineID": read("/etc/machine-id"),
                "bootID": read("/proc/sys/kernel/random/boot_id"),
                "systemUUID": "",
            },
            "conditions": [{
                "type": "Ready",
                "status": status,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            }],
        })
    }

    /// Be a node of the cluster for ever.
    pub async fn keep(&self, cluster: Arc<Cluster>) {
        let mut beats = 0;
        loop {
            match self.beat(&cluster, beats == 0).await {
                Ok(()) => beats = (beats + 1) % TOLD_AFTER,
                Err(error) => {
                    tracing::warn!("the node's beat: {error:#}");
                    beats = 0;
                }
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    async fn beat(&self, cluster: &Cluster, tell: bool) -> Result<()> {
        let found = match cluster.get(&self.path()).await {
            Err(error) if is_missing(&error) => {
                let made = cluster.create("/api/v1/nodes", &self.object()).await?;
                tracing::info!(node = self.name, "the node object is made");
                made
            }
            found => found?,
        };
        let mine = found["spec"]["taints"].as_array().is_some_and(|taints| {
            taints
                .iter()
                .any(|taint| taint["key"] == "kubernetes.io/arch" && taint["value"] == ARCHITECTURE)
        });
        if !mine {
            // A node may not change its own taints: only its deletion brings them back.
            tracing::warn!(
                "node {} lacks its taints; kubectl delete node {0} mends it",
                self.name
            );
        }
        self.renew(cluster, &found).await?;
        if tell || !is_ready(&found) {
            let object = self.object();
            let patch = json!({"metadata": {"labels": object["metadata"]["labels"]}});
            cluster.patch(&self.path(), &patch).await?;
            self.tell(cluster, &found, true).await?;
        }
        Ok(())
    }

    /// Say that no pods run here any more. The pods are left: they run again when this does.
    pub async fn leave(&self, cluster: &Cluster) -> Result<()> {
        let found = cluster.get(&self.path()).await?;
        self.tell(cluster, &found, false).await
    }

    async fn tell(&self, cluster: &Cluster, found: &Value, ready: bool) -> Result<()> {
        let mut status = self.status(ready);
        if let Some(before) = condition(found)
            && before["status"] == status["conditions"][0]["status"]
        {
            status["conditions"][0]["lastTransitionTime"] = before["lastTransitionTime"].clone();
        }
        let path = format!("{}/status", self.path());
        cluster
            .patch(&path, &json!({"status": status}))
            .await
            .map(|_| ())
    }

    async fn renew(&self, cluster: &Cluster, node: &Value) -> Result<()> {
        let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        let uid = node["metadata"]["uid"]
            .as_str()
            .context("the node object has no uid")?;
        let owner = json!({"apiVersion": "v1", "kind": "Node", "name": self.name, "uid": uid});
        let mut lease = json!({
            "metadata": {"name": self.name, "ownerReferences": [owner]},
            "spec": {
                "holderIdentity": self.name,
                "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            },
        });
        match cluster
            .patch(&format!("{leases}/{}", self.name), &lease)
            .await
        {
            Err(error) if is_missing(&error) => {
                lease["apiVersion"] = "coordination.k8s.io/v1".into();
                lease["kind"] = "Lease".into();
                cluster.create(leases, &lease).await.map(|_| ())
            }
            renewed => renewed.map(|_| ()),
        }
    }
}

fn condition(node: &Value) -> Option<&Value> {
    let conditions = node["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == "Ready")
}

fn is_ready(node: &Value) -> bool {
    condition(node).is_some_and(|condition| condition["status"] == "True")
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(file)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

/// Bytes that pods may have: what is left is this process' own, and what modules are compiled to.
pub fn allocatable() -> u64 {
    memory() / 8 * 7
}

/// Bytes that this process may have: the machine's, or what this process' own control groups allow.
pub fn memory() -> u64 {
    let total = read("/proc/meminfo");
    let total = total
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|text| {
        text.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    let mut least = kib.unwrap_or(0) * 1024;
    let own = read("/proc/self/cgroup");
    let own = own
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .unwrap_or_default();
    let mut place = std::path::PathBuf::from("/sys/fs/cgroup").join(own);
    while place.starts_with("/sys/fs/cgroup") {
        if let Ok(limit) = read(&place.join("memory.max").to_string_lossy()).parse::<u64>() {
            least = least.min(limit);
        }
        place.pop();
    }
    least
}
