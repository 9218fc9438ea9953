//! Registries on the loopback address, of a private authority, and a proxy.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::digest;

pub const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A directory for one test, with an authority that nobody trusts.
pub struct World {
    pub place: PathBuf,
    pub authority: Issuer<'static, KeyPair>,
}

/// A registry, or a proxy, and what it was asked.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

pub type Answer = fn(&Request<Incoming>) -> (u16, Vec<u8>);

impl World {
    pub fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        switch_loopback_on();
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("krustlet-pull-{}-{number}", std::process::id());
        let place = std::env::temp_dir().join(name);
        std::fs::create_dir_all(place.join("hosts/registry.test")).unwrap();
        let mut about = CertificateParams::new(Vec::new()).unwrap();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let ca = about.self_signed(&key).unwrap().pem();
        std::fs::write(place.join("hosts/registry.test/ca.pem"), ca).unwrap();
        let authority = Issuer::new(about, key);
        Self { place, authority }
    }

    pub fn ca(&self) -> PathBuf {
        self.place.join("hosts/registry.test/ca.pem")
    }

    pub fn hosts(&self, text: &str) {
        std::fs::write(self.place.join("hosts/registry.test/hosts.toml"), text).unwrap();
    }

    pub fn tls(&self) -> Option<TlsAcceptor> {
        let names = ["127.0.0.1", "registry.test"].map(String::from);
        let key = KeyPair::generate().unwrap();
        let about = CertificateParams::new(names).unwrap();
        let certificate = about.signed_by(&key, &self.authority).unwrap();
        acceptor(certificate.der(), &key)
    }

    pub async fn serve(&self, tls: Option<TlsAcceptor>, answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, noted) = (tls.clone(), noted.clone());
                tokio::spawn(async move {
                    match tls {
                        None => speak(stream, noted, answer).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                speak(stream, noted, answer).await;
                            }
                        }
                    }
                });
            }
        });
        Server { port, asked }
    }
}

pub fn acceptor(certificate: &CertificateDer<'static>, key: &KeyPair) -> Option<TlsAcceptor> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    Some(TlsAcceptor::from(Arc::new(config)))
}

impl Server {
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn speak<S>(stream: S, noted: Arc<Mutex<Vec<String>>>, answer: Answer)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let login = request.headers().get("authorization");
        let login = login.map_or("", |value| value.to_str().unwrap());
        noted
            .lock()
            .unwrap()
            .push(format!("{} {login}", request.uri()).trim_end().to_owned());
        let (status, body) = answer(&request);
        let mut response = Response::builder().status(status);
        if status == 401 {
            let host = request.headers()["host"].to_str().unwrap();
            let challenge = format!(r#"Bearer realm="https://{host}/token",service="me""#);
            response = response.header("www-authenticate", challenge);
        }
        let response = response.body(Full::new(Bytes::from(body))).unwrap();
        async move { Ok::<_, Infallible>(response) }
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

pub fn manifest() -> Vec<u8> {
    let layer = json!({
        "mediaType": "application/wasm", "digest": digest(MODULE), "size": MODULE.len(),
    });
    json!({"schemaVersion": 2, "layers": [layer]})
        .to_string()
        .into_bytes()
}

pub fn good(request: &Request<Incoming>) -> (u16, Vec<u8>) {
    let path = request.uri().path();
    if path.ends_with("/hello/manifests/1") || path.ends_with(&digest(&manifest())) {
        return (200, manifest());
    }
    match path.ends_with(&format!("/hello/blobs/{}", digest(MODULE))) {
        true => (200, MODULE.to_vec()),
        false => (404, br#"{"errors": [{"code": "NOT_FOUND"}]}"#.to_vec()),
    }
}

pub fn only_manifest(request: &Request<Incoming>) -> (u16, Vec<u8>) {
    match request.uri().path().contains("/blobs/") {
        true => (404, Vec::new()),
        false => (200, manifest()),
    }
}

pub fn broken(_: &Request<Incoming>) -> (u16, Vec<u8>) {
    (500, b"out of order".to_vec())
}

pub fn spoilt(request: &Request<Incoming>) -> (u16, Vec<u8>) {
    match good(request) {
        (200, bytes) if bytes == MODULE => (200, b"\0asm\x02\0\0\0".to_vec()),
        other => other,
    }
}

pub fn endless(request: &Request<Incoming>) -> (u16, Vec<u8>) {
    match good(request) {
        (200, bytes) if bytes == MODULE => (200, vec![0; 1000]),
        _ => (200, vec![b' '; 5 << 20]),
    }
}

pub fn guarded(request: &Request<Incoming>) -> (u16, Vec<u8>) {
    let login = request.headers().get("authorization");
    let login = login.map_or("", |value| value.to_str().unwrap());
    match (request.uri().path(), login) {
        ("/token", "Basic bWU6c2VjcmV0") => (200, br#"{"token": "yes"}"#.to_vec()),
        ("/token", "") => (200, br#"{"access_token": "no"}"#.to_vec()),
        (_, "Bearer yes") => good(request),
        _ => (401, Vec::new()),
    }
}

/// A proxy that knows where `registry.test` and `plain.test` are.
pub async fn proxy(by_tls: u16, plain: u16) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let noted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let noted = noted.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let line = head.lines().next().unwrap().to_owned();
                let is_connect = line.starts_with("CONNECT registry.test:443 ");
                noted.lock().unwrap().push(line);
                let port = if is_connect { by_tls } else { plain };
                let mut other = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                match is_connect {
                    true => stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap(),
                    false => other.write_all(head.as_bytes()).await.unwrap(),
                }
                let _ = copy_bidirectional(&mut stream, &mut other).await;
            });
        }
    });
    Server { port, asked }
}

/// In a network namespace without a network, where tests are built, it is off.
fn switch_loopback_on() {
    use std::os::fd::AsRawFd;
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // SAFETY: the request is a whole one, and lives until the call is over.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
            *to = *from as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
        libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &request); // who may not has one that is on
    }
}
