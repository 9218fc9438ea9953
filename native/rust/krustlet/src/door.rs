//! A door on the loopback address through which Krustlet's library speaks to the API server.
//!
//! The library's own TLS is of 2021: it cannot verify a server that is named by its address, as
//! kubeadm's is, and it takes one certificate for its whole life, where a node's is renewed. So it
//! speaks plain HTTP to this door, with a secret that only this process has, and what goes on from
//! here has today's TLS and today's certificate. The library asks again at once when it is refused or
//! the API server is away; the door makes it wait.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::cluster::{Body, Cluster};

/// Between two tries of a request that the API server could not be asked.
const PAUSE: Duration = Duration::from_secs(1);

/// Open it. What is given back is all that the library needs to know of the cluster.
pub async fn open(cluster: Arc<Cluster>) -> Result<kube::Config> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("the door of the library")?;
    let port = listener.local_addr()?.port();
    let secret = rcgen::KeyPair::generate()?.serialize_der();
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = Arc::new(format!("Bearer {secret}"));
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve(stream, cluster.clone(), expected.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the library's door");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    });
    let config: Kubeconfig = serde_json::from_value(json!({
        "clusters": [{"name": "door", "cluster": {"server": format!("http://127.0.0.1:{port}")}}],
        "users": [{"name": "door", "user": {"token": secret}}],
        "contexts": [{"name": "door", "context": {"cluster": "door", "user": "door"}}],
        "current-context": "door",
    }))?;
    Ok(kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?)
}

async fn serve(stream: TcpStream, cluster: Arc<Cluster>, expected: Arc<String>) {
    let service = service_fn(|request| {
        let (cluster, expected) = (cluster.clone(), expected.clone());
        async move { pass(request, &cluster, &expected).await }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(30));
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "the library's door");
    }
}

async fn pass(
    mut request: Request<Incoming>,
    cluster: &Cluster,
    expected: &str,
) -> Result<Response<Body>> {
    let given = request.headers_mut().remove(AUTHORIZATION);
    if given.is_none_or(|given| given.as_bytes() != expected.as_bytes()) {
        return Ok(answer(
            StatusCode::UNAUTHORIZED,
            "this door is the node's own",
        ));
    }
    if request.method() == Method::DELETE {
        // The library removes a pod by its name, and once: src/record/telling.rs has removed it by its identity.
        return Ok(answer(
            StatusCode::NOT_FOUND,
            "what is deleted is deleted by the node itself",
        ));
    }
    request.headers_mut().remove(HOST);
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut tries = 0;
    loop {
        let mut request = Request::new(full(body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        match cluster.send(request).await {
            Ok(response) => {
                if !response.status().is_success() && parts.method == Method::GET {
                    tokio::time::sleep(PAUSE).await;
                }
                return Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()));
            }
            Err(error) if tries == 10 => {
                return Ok(answer(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &format!("{error:#}"),
                ));
            }
            Err(_) => tries += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A refusal in the form that the API server gives it.
fn answer(code: StatusCode, message: &str) -> Response<Body> {
    let status = json!({
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "message": message,
        "reason": code.canonical_reason(),
        "code": code.as_u16(),
    });
    let mut response = Response::new(full(status.to_string().into()));
    *response.status_mut() = code;
    response
}

fn full(bytes: bytes::Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

#[cfg(test)]
mod tests;
