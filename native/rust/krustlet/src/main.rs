//! A kubelet that runs WebAssembly only, built of Krustlet's own library.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use krator::{ControllerBuilder, Manager};
use kube::api::ListParams;
use tokio::signal::unix::{SignalKind, signal};

use crate::certificates::Wanted;
use crate::cluster::{Address, Cluster};
use crate::node::Node;
use crate::operator::PodOperator;
use crate::options::{Command, Options};
use crate::places::Places;
use crate::provider::Provider;
use crate::reach::Reach;
use crate::server::{Server, Shown};

// A module uses modules of its own group and of those above it. The unit test of these declarations
// is tests/unit/native/test_rust_import_order.py.

mod disk;
mod options;
mod places;
mod quantity;
mod reach;

mod certificates;
mod cluster;
mod door;
mod node;

mod environment;
mod images;
mod logs;
mod program;
mod record;
mod volumes;

mod admission;
mod container;
mod pod;
mod provider;

mod operator;
mod pod_state;
mod states;

mod server;

fn main() -> Result<()> {
    let options = Options::parse();
    if matches!(options.command, Command::Compile) {
        if let Err(error) = program::compiler::compile() {
            eprintln!("{error:#}");
            std::process::exit(1);
        }
        return Ok(());
    }
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
            Command::Compile => unreachable!("it is done"),
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
    let cluster = joined(&places)?;
    let seconds = options.common.certificate_seconds;
    let renewing = cluster.clone();
    tokio::spawn(certificates::keep(
        cluster.clone(),
        Wanted::client(&name, seconds),
        places.client(),
        move |identity| renewing.take(identity),
    ));

    let node = Arc::new(Node {
        name: name.clone(),
        address: options.node_ip(&cluster.address.host()?)?,
        port: options.port,
        labels: options.labels(),
        max_pods: options.max_pods,
    });
    let door = door::open(cluster.clone()).await?;
    let client = kube::Client::try_from(door.clone())?;
    let provider = provider(&options, &node, cluster.clone(), client, &places)?;
    let server = server(&options, &node, provider.clone())?;
    let listen = SocketAddr::new(options.addr.unwrap_or(node.address), options.port);
    let beating = node.clone();
    let alive = cluster.clone();
    let beats = tokio::spawn(async move { beating.keep(alive).await });
    let looks = provider.clone();
    tokio::spawn(async move { looks.keep_disk().await });
    tokio::select! {
        ended = server.serve(listen) => ended?,
        () = watch(&door, &provider) => bail!("the watch of the node's pods ended"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
        _ = terminate.recv() => tracing::info!("told to end"),
    }
    beats.abort();
    let leave = tokio::time::timeout(Duration::from_secs(5), node.leave(&cluster));
    match leave.await {
        Ok(left) => left,
        Err(_) => bail!("the API server was not told in time that this node stops"),
    }
}

/// The cluster that this node has joined, with a certificate that is good.
fn joined(places: &Places) -> Result<Arc<Cluster>> {
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
    Ok(Arc::new(Cluster::with_identity(address, &identity)?))
}

fn provider(
    options: &options::Run,
    node: &Node,
    cluster: Arc<Cluster>,
    client: kube::Client,
    places: &Places,
) -> Result<Arc<Provider>> {
    let engine = program::engine()?;
    let memory = Arc::new(program::Budget::new(node::allocatable()));
    let reach = Arc::new(Reach::new(&options.common.data_dir));
    let compiler = program::compiler::Compiler::new(engine.clone(), memory.clone());
    Ok(Arc::new(Provider {
        client,
        cluster,
        engine,
        memory,
        images: images::Images::new(
            compiler,
            images::store::Store::new(places.modules(), disk::FREE),
            images::hosts::Hosts {
                directory: options.registry_hosts.clone(),
                insecure: options.insecure_registries.clone(),
            },
            options.allow_local_modules.then(|| reach.clone()),
        ),
        reach,
        places: places.clone(),
        name: node.name.clone(),
        host: node.address.to_string(),
        pods: Default::default(),
    }))
}

/// The server of logs. It shows a certificate of its own until the cluster has signed one.
fn server(options: &options::Run, node: &Node, provider: Arc<Provider>) -> Result<Arc<Server>> {
    let seconds = options.common.certificate_seconds;
    let wanted = || Wanted::serving(&node.name, node.address, seconds);
    let file = provider.places.serving();
    let before = certificates::read(&file);
    let before = before.filter(|identity| {
        certificates::is_good(identity) && certificates::is_for(identity, &wanted())
    });
    if before.is_none() {
        let _ = std::fs::remove_file(&file); // it may not be there
    }
    let shown = match before {
        Some(identity) => identity,
        None => certificates::self_signed(&wanted())?,
    };
    let shown = Arc::new(Shown::new(&shown)?);
    let cluster = provider.cluster.clone();
    let name = node.name.clone();
    let server = Server::new(provider, name, shown.clone(), options.api_servers.clone())?;
    tokio::spawn(certificates::keep(
        cluster,
        wanted(),
        file,
        move |identity| shown.take(identity),
    ));
    Ok(server)
}

/// Run the node's pods for as long as they can be watched, by way of the library's door.
async fn watch(door: &kube::Config, provider: &Arc<Provider>) {
    while let Err(error) = provider.sweep().await {
        tracing::warn!("pods that were deleted meanwhile: {error:#}");
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    let params = ListParams::default().fields(&format!("spec.nodeName={}", provider.name));
    let mut manager = Manager::new(door);
    manager.register_controller(
        ControllerBuilder::new(PodOperator(provider.clone())).with_params(params),
    );
    manager.start().await;
}
