use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::cluster::Address;

/// A cluster that nobody is to ask.
fn cluster() -> Cluster {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let address = Address {
        url: "https://127.0.0.1:1".into(),
        ca: about.self_signed(&key).unwrap().pem().into_bytes(),
    };
    Cluster::with_token(address, "token").unwrap()
}

/// What the door says to a request of this method and header.
async fn said(method: &str, header: &str) -> String {
    let cluster = cluster();
    let (mut client, server) = tokio::io::duplex(4096);
    let service = service_fn(|request| pass(request, &cluster, "Bearer right"));
    let serving = http1::Builder::new().serve_connection(TokioIo::new(server), service);
    let asking = async {
        let head = format!("{method} /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        let request = format!("{head}{header}\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        said
    };
    let (said, served) = tokio::join!(asking, serving);
    served.unwrap();
    said
}

#[tokio::test]
async fn nobody_without_the_secret_gets_in_and_nothing_is_deleted_by_its_name() {
    for (method, header, status) in [
        ("GET", "", "401 Unauthorized"),
        ("GET", "authorization: Bearer wrong\r\n", "401 Unauthorized"),
        ("DELETE", "", "401 Unauthorized"),
        ("DELETE", "authorization: Bearer right\r\n", "404 Not Found"),
    ] {
        let said = said(method, header).await;
        assert!(
            said.starts_with(&format!("HTTP/1.1 {status}")),
            "{method} {header}: {said}"
        );
    }
}
