//! The command line. Where Krustlet had an option, it keeps its name and its variable.

use std::collections::BTreeMap;
use std::net::{IpAddr, UdpSocket};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

/// A node for WebAssembly: runs the pods of one Kubernetes node as WASI programs.
#[derive(Parser)]
#[command(name = "krustlet-wasi", version)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Ask a cluster for this node's certificate, as `kubeadm join` does for an ordinary node
    Join(Join),
    /// Be the node until a signal ends it
    Run(Run),
    /// Compile a module for the node that runs this
    #[command(hide = true)]
    Compile,
}

#[derive(Args)]
pub struct Common {
    /// Where the node's certificates, modules, volumes and logs are
    #[arg(long, env = "KRUSTLET_DATA_DIR", default_value = "/var/lib/krustlet")]
    pub data_dir: PathBuf,
    /// The node's name; the host's with `-wasm` when it is not given
    #[arg(long, env = "KRUSTLET_NODE_NAME")]
    pub node_name: Option<String>,
    /// Seconds that a certificate is asked for, 600 at least; the signer's own when it is not given
    #[arg(long, env = "KRUSTLET_CERTIFICATE_SECONDS", value_parser = clap::value_parser!(u32).range(600..))]
    pub certificate_seconds: Option<u32>,
}

impl Common {
    pub fn node_name(&self) -> Result<String> {
        if let Some(name) = &self.node_name {
            return Ok(name.clone());
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
            .context("the host's name cannot be read; give --node-name")?;
        Ok(format!("{}-wasm", host.trim().to_lowercase()))
    }
}

#[derive(Args)]
pub struct Join {
    #[command(flatten)]
    pub common: Common,
    /// A kubeconfig with the cluster's address, its CA and a bootstrap token
    #[arg(
        long,
        env = "KRUSTLET_BOOTSTRAP_FILE",
        default_value = "/etc/kubernetes/bootstrap-krustlet.conf"
    )]
    pub bootstrap_file: PathBuf,
    /// Seconds to wait for somebody to approve the request
    #[arg(long, default_value_t = 300)]
    pub timeout: u64,
}

#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    pub common: Common,
    /// The node's address; the one that reaches the API server when it is not given
    #[arg(long, env = "KRUSTLET_NODE_IP")]
    pub node_ip: Option<IpAddr>,
    /// The address that the API server asks for logs at; the node's own when it is not given
    #[arg(long, env = "KRUSTLET_ADDRESS")]
    pub addr: Option<IpAddr>,
    /// The port that the API server asks for logs at
    #[arg(long, env = "KRUSTLET_PORT", default_value_t = 3000)]
    pub port: u16,
    /// Addresses of API servers that the cluster does not tell of
    #[arg(long, env = "KRUSTLET_API_SERVERS", value_delimiter = ',')]
    pub api_servers: Vec<IpAddr>,
    /// How many pods the scheduler may place here
    #[arg(long, env = "MAX_PODS", default_value_t = 110)]
    pub max_pods: u16,
    /// Labels of the node, as name=value
    #[arg(long, env = "NODE_LABELS", value_delimiter = ',', value_parser = label)]
    pub node_labels: Vec<(String, String)>,
    /// Registries that are asked without TLS
    #[arg(long, env = "KRUSTLET_INSECURE_REGISTRIES", value_delimiter = ',')]
    pub insecure_registries: Vec<String>,
    /// Where it is written which mirrors each registry has, as containerd reads it
    #[arg(
        long,
        env = "KRUSTLET_REGISTRY_HOSTS",
        default_value = "/etc/containerd/certs.d"
    )]
    pub registry_hosts: PathBuf,
    /// Run modules of this machine's files, by images named fs/PATH
    #[arg(long, env = "KRUSTLET_ALLOW_LOCAL_MODULES")]
    pub allow_local_modules: bool,
}

impl Run {
    pub fn labels(&self) -> BTreeMap<String, String> {
        self.node_labels.iter().cloned().collect()
    }

    /// The node's address; `server` is the API server's host and port.
    pub fn node_ip(&self, server: &str) -> Result<IpAddr> {
        if let Some(address) = self.node_ip {
            return Ok(address);
        }
        // Connecting a datagram socket sends nothing; it asks the kernel for the way.
        let way = |any: &str| {
            let socket = UdpSocket::bind((any, 0))?;
            socket.connect(server)?;
            socket.local_addr()
        };
        let address = way("0.0.0.0")
            .or_else(|_| way("::"))
            .with_context(|| format!("no way to {server}; give --node-ip"))?;
        Ok(address.ip())
    }
}

fn label(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => bail!("a label is name=value"),
    }
}
