//! Serves a `wasi:http/proxy` component: each request has an instance of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use containerd_shim_wasm::sandbox::context::RuntimeContext;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use super::component::{ComponentState, linker};
use crate::container::Given;
use crate::engine::End;

/// Where it listens: the variable that runwasi's shim knows, and its default.
const VARIABLE: &str = "WASMTIME_HTTP_PROXY_SOCKET_ADDR";
const ADDRESS: &str = "0.0.0.0:8080";

pub async fn serve(engine: &Engine, component: &Component, ctx: &impl RuntimeContext) -> End {
    let guest = Arc::new(Given::of(ctx));
    let address = guest.env(VARIABLE).unwrap_or(ADDRESS);
    let prepared = async {
        let address: SocketAddr = address
            .parse()
            .with_context(|| format!("{VARIABLE}: {address:?} is no address and port"))?;
        let linker = linker(engine, component)?;
        let pre = ProxyPre::new(linker.instantiate_pre(component)?)?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        Ok::<_, anyhow::Error>((listener, pre))
    };
    let (listener, pre) = match prepared.await {
        Ok(prepared) => prepared,
        Err(error) => return End::CannotRun(error),
    };
    loop {
        let (client, pre, guest) = match listener.accept().await {
            Ok((client, _)) => (client, pre.clone(), guest.clone()),
            Err(_) => {
                // That client went away, or there are too many: no reason to end, nor to spin.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(pre.clone(), guest.clone(), request));
            if let Err(error) = http1::Builder::new()
                .serve_connection(TokioIo::new(client), service)
                .await
            {
                eprintln!("connection: {error}");
            }
        });
    }
}

async fn answer(
    pre: ProxyPre<ComponentState>,
    guest: Arc<Given>,
    request: Request<Incoming>,
) -> Result<Response<HyperOutgoingBody>, Infallible> {
    Ok(handle(pre, guest, request).await.unwrap_or_else(|error| {
        eprintln!("trapped: {error:#}");
        let body = Full::new(Bytes::from_static(b"the component failed\n"))
            .map_err(|never| match never {})
            .boxed_unsync();
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}

async fn handle(
    pre: ProxyPre<ComponentState>,
    guest: Arc<Given>,
    request: Request<Incoming>,
) -> Result<Response<HyperOutgoingBody>> {
    let mut store = ComponentState::store(pre.engine(), &guest)?;
    let (sender, receiver) = oneshot::channel();
    let incoming = store
        .data_mut()
        .http()
        .new_incoming_request(Scheme::Http, request)?;
    let outparam = store.data_mut().http().new_response_outparam(sender)?;
    // The guest may go on after its first bytes were sent: it is a task of its own.
    let task = tokio::spawn(async move {
        let proxy = pre.instantiate_async(&mut store).await?;
        proxy
            .wasi_http_incoming_handler()
            .call_handle(&mut store, incoming, outparam)
            .await
    });
    match receiver.await {
        Ok(response) => Ok(response?),
        Err(_) => {
            task.await.context("the guest panicked")??;
            anyhow::bail!("the guest gave no response")
        }
    }
}
