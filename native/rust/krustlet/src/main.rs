//! A kubelet that runs WebAssembly only, built of Krustlet's own library.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Parser;
use krator::{ControllerBuilder, Manager};
use kube::api::ListParams;
use tokio::signal::unix::{SignalKind, signal};

use crate::certificates::Wanted;
use crate::cluster::{Address, Cluster};
use crate::options::{Command, Options};
use crate::places::Places;

mod certificates;
mod cluster;
mod container;
mod door;
mod environment;
mod images;
mod logs;
mod node;
mod options;
mod places;
mod pods;
mod program;
mod quantity;
mod record;
mod server;
mod states;
mod volumes;

fn main() -> Result<()> {
    let options = Options::parse();
    // What a node has is nobody else's.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn,krustlet_wasi=info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time() // the journal has it
        .init();
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("this is the first thing that asks for TLS");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match options.command {
            Command::Join(join) => certificates::join(&join).await,
            Command::Run(run) => be(run).await,
        }
    })
}

/// Be the node until SIGINT or SIGTERM.
async fn be(options: options::Run) -> Result<()> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let places = Places::new(&options.common.data_dir);
    let name = options.common.node_name()?;
    let (address, _) =
        Address::read(&places.kubeconfig()).context("this node has not joined a cluster")?;
    let identity = certificates::read(&places.client());
    let identity =
        identity.with_context(|| format!("{} is no certificate", places.client().display()))?;
    if !certificates::is_good(&identity) {
        bail!(
            "this node's certificate is no longer good: it has to join again, with a new bootstrap file"
        );
    }
    let cluster = Arc::new(Cluster::with_identity(address, &identity)?);
    let seconds = options.common.certificate_seconds;

    let renewing = cluster.clone();
    tokio::spawn(certificates::keep(
        cluster.clone(),
        Wanted::client(&name, seconds),
        places.client(),
        move |identity| renewing.take(identity),
    ));

    let node = Arc::new(node::Node {
        name: name.clone(),
        address: options.node_ip(&cluster.address.host()?)?,
        port: options.port,
        labels: options.labels(),
        max_pods: options.max_pods,
    });
    let door = door::open(cluster.clone()).await?;
    let engine = program::engine()?;
    let pods = Arc::new(pods::Node {
        client: kube::Client::try_from(door.clone())?,
        cluster: cluster.clone(),
        engine: engine.clone(),
        memory: Arc::new(program::Budget::new(node::allocatable())),
        images: images::Images::new(
            engine,
            places.modules(),
            options.insecure_registries.clone(),
            options.allow_local_modules,
        ),
        places: places.clone(),
        name: name.clone(),
        host: node.address.to_string(),
        pods: Default::default(),
    });

    let wanted = || Wanted::serving(&name, node.address, seconds);
    let before = certificates::read(&places.serving());
    let before = before.filter(|identity| {
        certificates::is_good(identity) && certificates::is_for(identity, &wanted())
    });
    if before.is_none() {
        let _ = std::fs::remove_file(places.serving()); // it may not be there
    }
    let shown = match before {
        Some(identity) => identity,
        None => certificates::self_signed(&wanted())?,
    };
    let shown = Arc::new(server::Shown::new(&shown)?);
    let server = server::Server::new(
        pods.clone(),
        name.clone(),
        shown.clone(),
        options.api_servers.clone(),
    )?;
    tokio::spawn(certificates::keep(
        cluster.clone(),
        wanted(),
        places.serving(),
        move |identity| shown.take(identity),
    ));

    let listen = SocketAddr::new(options.addr.unwrap_or(node.address), options.port);
    let beating = node.clone();
    let alive = cluster.clone();
    let beats = tokio::spawn(async move { beating.keep(alive).await });
    let swept = async {
        while let Err(error) = pods.sweep(&name).await {
            tracing::warn!("pods that were deleted meanwhile: {error:#}");
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
    };
    let operator = async {
        swept.await;
        let params = ListParams::default().fields(&format!("spec.nodeName={name}"));
        let mut manager = Manager::new(&door);
        manager.register_controller(
            ControllerBuilder::new(pods::Pods(pods.clone())).with_params(params),
        );
        manager.start().await;
    };
    tokio::select! {
        ended = server.serve(listen) => ended?,
        () = operator => bail!("the watch of the node's pods ended"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
        _ = terminate.recv() => tracing::info!("told to end"),
    }
    beats.abort();
    let leave = tokio::time::timeout(std::time::Duration::from_secs(5), node.leave(&cluster));
    match leave.await {
        Ok(left) => left,
        Err(_) => bail!("the API server was not told in time that this node stops"),
    }
}
