//! The cluster's API server, and how this node is known to it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::config::Kubeconfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::sync::Semaphore;

/// An API server that has not answered in this time is asked anew.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pods that are told of at once.
const TELLING: usize = 2;

pub type Body = UnsyncBoxBody<Bytes, anyhow::Error>;
type Http = Client<HttpsConnector<HttpConnector>, Body>;

/// Where a cluster is and what signs its certificates.
#[derive(Clone, PartialEq)]
pub struct Address {
    pub url: String,
    /// PEM.
    pub ca: Vec<u8>,
}

impl Address {
    /// Of a kubeconfig's first cluster, and the token of its first user if it has one.
    pub fn read(file: &Path) -> Result<(Self, Option<String>)> {
        let what = || format!("{} is not a kubeconfig that can be used", file.display());
        let config = Kubeconfig::read_from(file).with_context(what)?;
        let cluster = &config
            .clusters
            .first()
            .ok_or_else(|| anyhow!("it has no cluster"))
            .with_context(what)?
            .cluster;
        if !cluster.server.starts_with("https://") {
            return Err(anyhow!("{} is not https", cluster.server)).with_context(what);
        }
        let ca = match (
            &cluster.certificate_authority_data,
            &cluster.certificate_authority,
        ) {
            (Some(data), _) => BASE64_STANDARD.decode(data).with_context(what)?,
            (None, Some(path)) => std::fs::read(path).with_context(|| path.clone())?,
            (None, None) => {
                return Err(anyhow!("it names no certificate authority")).with_context(what);
            }
        };
        let token = config
            .auth_infos
            .first()
            .and_then(|user| user.auth_info.token.clone());
        let url = cluster.server.trim_end_matches('/').to_owned();
        Ok((Self { url, ca }, token))
    }

    /// HOST:PORT.
    pub fn host(&self) -> Result<String> {
        let uri: Uri = self.url.parse().with_context(|| self.url.clone())?;
        let host = uri
            .host()
            .ok_or_else(|| anyhow!("{} names no host", self.url))?;
        Ok(format!("{host}:{}", uri.port_u16().unwrap_or(443)))
    }

    pub fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&self.ca) {
            roots.add(certificate.context("the cluster's CA")?)?;
        }
        if roots.is_empty() {
            bail!("the cluster's CA is no PEM certificate");
        }
        Ok(roots)
    }
}

/// A certificate with its key, in one PEM file.
#[derive(Clone)]
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: Arc<PrivateKeyDer<'static>>,
}

impl Identity {
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
        if chain.is_empty() {
            bail!("there is no certificate in it");
        }
        Ok(Self {
            chain,
            key: Arc::new(PrivateKeyDer::from_pem_slice(pem)?),
        })
    }
}

/// What the API server answered instead of what was asked for.
#[derive(Debug)]
struct Refused {
    code: StatusCode,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "the API server answers {}: {}",
            self.code.as_u16(),
            self.message
        )
    }
}

impl std::error::Error for Refused {}

/// What the API server answered, if it did.
pub fn refused(error: &anyhow::Error) -> Option<StatusCode> {
    error.downcast_ref::<Refused>().map(|refused| refused.code)
}

/// Whether `error` says that there is no such thing.
pub fn is_missing(error: &anyhow::Error) -> bool {
    refused(error) == Some(StatusCode::NOT_FOUND)
}

pub struct Cluster {
    pub address: Address,
    /// Whose turn it is to tell of a pod: a connection for each pod at once would keep an API server
    /// that comes back from doing so.
    pub telling: Semaphore,
    token: Option<HeaderValue>,
    http: Mutex<Http>,
}

impl Cluster {
    pub fn with_token(address: Address, token: &str) -> Result<Self> {
        let mut header = HeaderValue::from_str(&format!("Bearer {token}"))?;
        header.set_sensitive(true);
        let http = Mutex::new(connector(&address, None)?);
        Ok(Self {
            address,
            telling: Semaphore::new(TELLING),
            token: Some(header),
            http,
        })
    }

    pub fn with_identity(address: Address, identity: &Identity) -> Result<Self> {
        let http = Mutex::new(connector(&address, Some(identity))?);
        Ok(Self {
            address,
            telling: Semaphore::new(TELLING),
            token: None,
            http,
        })
    }

    /// Go on with another certificate. What is under way ends on the connection that it has.
    pub fn take(&self, identity: &Identity) -> Result<()> {
        let http = connector(&self.address, Some(identity))?;
        *self.http.lock().expect("nothing panics with it") = http;
        Ok(())
    }

    /// Send a request whose URI is a path; the answer is whatever the API server says.
    pub async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>> {
        *request.uri_mut() = format!("{}{}", self.address.url, request.uri()).parse()?;
        if let Some(token) = &self.token {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        let http = self.http.lock().expect("nothing panics with it").clone();
        http.request(request).await.map_err(|error| {
            let host = &self.address.url;
            anyhow::Error::new(error).context(format!("the API server at {host} cannot be asked"))
        })
    }

    /// What the API server has at `path`, or made of `body`; fails with `Refused` when it did not.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value> {
        let mut request = Request::builder().method(method).uri(path);
        let mut bytes = Bytes::new();
        if let Some((kind, value)) = body {
            request = request.header(CONTENT_TYPE, kind);
            bytes = serde_json::to_vec(value)?.into();
        }
        let body = Full::new(bytes)
            .map_err(|never| match never {})
            .boxed_unsync();
        let request = request.body(body)?;
        let answer = async {
            let response = self.send(request).await?;
            let code = response.status();
            Ok::<_, anyhow::Error>((code, response.into_body().collect().await?.to_bytes()))
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let (code, bytes) = answer
            .map_err(|_| anyhow!("the API server at {} does not answer", self.address.url))??;
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if code.is_success() {
            return Ok(value);
        }
        let message = match value["message"].as_str() {
            Some(message) => message.to_owned(),
            None => String::from_utf8_lossy(&bytes).into_owned(),
        };
        Err(Refused { code, message }.into())
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    pub async fn create(&self, path: &str, object: &Value) -> Result<Value> {
        self.ask(Method::POST, path, Some(("application/json", object)))
            .await
    }

    pub async fn delete(&self, path: &str, options: &Value) -> Result<Value> {
        self.ask(Method::DELETE, path, Some(("application/json", options)))
            .await
    }

    pub async fn patch(&self, path: &str, patch: &Value) -> Result<Value> {
        let kind = "application/strategic-merge-patch+json";
        self.ask(Method::PATCH, path, Some((kind, patch))).await
    }
}

fn connector(address: &Address, identity: Option<&Identity>) -> Result<Http> {
    let config = ClientConfig::builder().with_root_certificates(address.roots()?);
    let config = match identity {
        Some(identity) => {
            config.with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())?
        }
        None => config.with_no_client_auth(),
    };
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(PATIENCE));
    // A watch waits for minutes: so it is found out that the other end is gone.
    tcp.set_keepalive(Some(PATIENCE));
    tcp.set_keepalive_interval(Some(PATIENCE));
    tcp.set_keepalive_retries(Some(3));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}
