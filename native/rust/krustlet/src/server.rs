//! What the API server asks a node: the logs of its containers.
//!
//! Asked by nobody else: a connection comes from an API server's address, has a certificate that the
//! cluster's CA signed, and its user may read what is of this node.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use kubelet::log::Options;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::cluster::{Cluster, Identity};
use crate::logs;
use crate::provider::Provider;

const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the addresses of the API servers are looked up.
const LOOKED_UP: Duration = Duration::from_secs(60);

type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// The certificate that is shown, which is another one each time it was renewed.
#[derive(Debug)]
pub struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    pub fn new(identity: &Identity) -> Result<Self> {
        Ok(Self(RwLock::new(certified(identity)?)))
    }

    pub fn take(&self, identity: &Identity) -> Result<()> {
        *self.0.write().expect("nothing panics with it") = certified(identity)?;
        Ok(())
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().ok()?.clone())
    }
}

fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>> {
    let key = rustls::crypto::ring::sign::any_supported_type(&identity.key)?;
    Ok(Arc::new(CertifiedKey::new(identity.chain.clone(), key)))
}

pub struct Server {
    provider: Arc<Provider>,
    name: String,
    acceptor: TlsAcceptor,
    /// Addresses of API servers that people name.
    told: Vec<IpAddr>,
    allowed: RwLock<HashSet<IpAddr>>,
}

impl Server {
    pub fn new(
        provider: Arc<Provider>,
        name: String,
        shown: Arc<Shown>,
        told: Vec<IpAddr>,
    ) -> Result<Arc<Self>> {
        let roots = Arc::new(provider.cluster.address.roots()?);
        let verifier = WebPkiClientVerifier::builder(roots).build()?;
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(shown);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Arc::new(Self {
            provider,
            name,
            acceptor,
            told,
            allowed: RwLock::default(),
        }))
    }

    /// Answer for ever.
    pub async fn serve(self: Arc<Self>, address: SocketAddr) -> Result<()> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("port of the logs {address}"))?;
        tokio::spawn(self.clone().look_up());
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection to the logs");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            if !self
                .allowed
                .read()
                .expect("nothing panics with it")
                .contains(&peer.ip().to_canonical())
            {
                tracing::debug!(%peer, "no API server has this address: refused");
                continue;
            }
            let server = self.clone();
            tokio::spawn(async move {
                if let Err(error) = server.answer(stream).await {
                    tracing::debug!(%peer, "a connection to the logs: {error:#}");
                }
            });
        }
    }

    /// Where API servers are: what the cluster says, and where this node finds one.
    async fn look_up(self: Arc<Self>) {
        loop {
            match addresses(&self.provider.cluster, &self.told).await {
                Ok(found) => *self.allowed.write().expect("nothing panics with it") = found,
                Err(error) => tracing::warn!("the addresses of the API servers: {error:#}"),
            }
            tokio::time::sleep(LOOKED_UP).await;
        }
    }

    async fn answer(self: Arc<Self>, stream: TcpStream) -> Result<()> {
        let stream = tokio::time::timeout(HANDSHAKE, self.acceptor.accept(stream)).await??;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let user = Arc::new(User::of(
            certificates.first().context("it has no certificate")?,
        )?);
        let service = service_fn(|request| {
            let (server, user) = (self.clone(), user.clone());
            async move { Ok::<_, std::convert::Infallible>(server.respond(request, &user).await) }
        });
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await?;
        Ok(())
    }

    async fn respond(&self, request: Request<Incoming>, user: &User) -> Response<Body> {
        match self.may_read(user).await {
            Ok(true) => {}
            Ok(false) => {
                return text(
                    StatusCode::FORBIDDEN,
                    format!("{} may not read what is of node {}", user.name, self.name),
                );
            }
            Err(error) => return text(StatusCode::SERVICE_UNAVAILABLE, format!("{error:#}")),
        }
        let parts: Vec<_> = request.uri().path().trim_matches('/').split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["healthz"]) => text(StatusCode::OK, "ok".into()),
            (&Method::GET, ["containerLogs", namespace, pod, container]) => {
                let options = serde_urlencoded::from_str(request.uri().query().unwrap_or_default());
                match options {
                    Ok(options) => self.logs(namespace, pod, container, options),
                    Err(error) => text(StatusCode::BAD_REQUEST, error.to_string()),
                }
            }
            (_, ["exec" | "attach" | "portForward" | "run", ..]) => text(
                StatusCode::NOT_IMPLEMENTED,
                "a WebAssembly program has no other process beside it, and no network".into(),
            ),
            _ => text(StatusCode::NOT_FOUND, "this node has no such thing".into()),
        }
    }

    fn logs(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        options: Options,
    ) -> Response<Body> {
        let Some(record) = self.provider.pod(namespace, pod) else {
            return text(
                StatusCode::NOT_FOUND,
                format!("pod {namespace}/{pod} is not on this node"),
            );
        };
        let Some((key, _)) = record.container(container) else {
            return text(
                StatusCode::NOT_FOUND,
                format!("pod {namespace}/{pod} has no container {container}"),
            );
        };
        let run = record.run(&key, options.previous);
        let file = logs::file(&self.provider.logs(&record.pod), container, run);
        if !file.exists() {
            let which = if options.previous {
                "previous run of "
            } else {
                ""
            };
            return text(
                StatusCode::BAD_REQUEST,
                format!("{which}container {container} has no log"),
            );
        }
        let (sender, receiver) = mpsc::channel::<Bytes>(64);
        let container = container.to_owned();
        tokio::spawn(async move {
            let goes_on = || {
                record
                    .container(&container)
                    .is_some_and(|(key, runs)| runs && record.restarts(&key) == run)
            };
            if let Err(error) = logs::send(&file, &options, sender, goes_on).await {
                tracing::warn!("a log: {error:#}");
            }
        });
        stream(receiver)
    }

    /// Source: kubelet authentication and authorization; logs are of the subresource proxy.
    async fn may_read(&self, user: &User) -> Result<bool> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user.name,
                "groups": user.groups,
                "resourceAttributes": {"verb": "get", "resource": "nodes", "subresource": "proxy", "name": self.name},
            },
        });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let answer = self.provider.cluster.create(path, &review).await?;
        Ok(answer["status"]["allowed"] == true)
    }
}

/// Who a client's certificate says it is.
struct User {
    name: String,
    groups: Vec<String>,
}

impl User {
    fn of(certificate: &CertificateDer<'_>) -> Result<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate)?;
        let subject = certificate.subject();
        let name = subject
            .iter_common_name()
            .next()
            .context("the certificate names nobody")?
            .as_str()?;
        let groups = subject
            .iter_organization()
            .map(|group| Ok(group.as_str()?.to_owned()));
        Ok(Self {
            name: name.to_owned(),
            groups: groups.collect::<Result<_>>()?,
        })
    }
}

async fn addresses(cluster: &Cluster, told: &[IpAddr]) -> Result<HashSet<IpAddr>> {
    let mut found: HashSet<IpAddr> = told.iter().copied().collect();
    for address in tokio::net::lookup_host(cluster.address.host()?).await? {
        found.insert(address.ip().to_canonical());
    }
    let endpoints = cluster
        .get("/api/v1/namespaces/default/endpoints/kubernetes")
        .await;
    let endpoints = endpoints.unwrap_or_else(|error| {
        tracing::warn!("the cluster does not tell where its API servers are: {error:#}");
        serde_json::Value::Null
    });
    for subset in endpoints["subsets"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
    {
        for address in subset["addresses"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
        {
            found.extend(
                address["ip"]
                    .as_str()
                    .and_then(|ip| ip.parse::<IpAddr>().ok()),
            );
        }
    }
    if found.is_empty() {
        bail!("there are none");
    }
    Ok(found)
}

fn stream(receiver: mpsc::Receiver<Bytes>) -> Response<Body> {
    let frames = futures_util::stream::unfold(receiver, |mut receiver| async {
        let bytes = receiver.recv().await?;
        Some((Ok(Frame::data(bytes)), receiver))
    });
    Response::new(StreamBody::new(frames).boxed_unsync())
}

fn text(code: StatusCode, message: String) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(message)).boxed_unsync());
    *response.status_mut() = code;
    response
}
