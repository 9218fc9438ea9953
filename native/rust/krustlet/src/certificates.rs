//! The node's certificates: asked for by a request that the cluster signs, and renewed in time.
//!
//! Source of the signers' rules: Kubernetes' certificate signing requests, `certificates.k8s.io/v1`.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hyper::StatusCode;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::cluster::{Address, Cluster, Identity, refused};
use crate::options;
use crate::places::{Places, write_private};

const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING: &str = "kubernetes.io/kubelet-serving";
/// Of a certificate's life, when another one is asked for.
const RENEWED_AT: f64 = 0.75;
const LOOKED_AT: Duration = Duration::from_secs(60);
/// Until one is asked for again: at first, and at most where somebody keeps denying it.
const AGAIN: Duration = Duration::from_secs(10);
const AGAIN_DENIED: Duration = Duration::from_secs(3600);

/// Become a node of the cluster that a bootstrap file names.
pub async fn join(options: &options::Join) -> Result<()> {
    let common = &options.common;
    let places = Places::new(&common.data_dir);
    let (address, token) = Address::read(&options.bootstrap_file)?;
    let before = Address::read(&places.kubeconfig()).is_ok_and(|(joined, _)| joined == address);
    if before && read(&places.client()).is_some_and(|identity| is_good(&identity)) {
        tracing::info!("this node has joined before");
        return Ok(());
    }
    let token = token.with_context(|| {
        format!(
            "{} has no bootstrap token",
            options.bootstrap_file.display()
        )
    })?;
    let cluster = Cluster::with_token(address.clone(), &token)?;
    let wanted = Wanted::client(&common.node_name()?, common.certificate_seconds);
    let signed = tokio::time::timeout(
        Duration::from_secs(options.timeout),
        sign(&cluster, &wanted),
    );
    let pem = signed.await.map_err(|_| {
        anyhow!(
            "nobody approved this node's certificate for {} s: kubectl get certificatesigningrequests",
            options.timeout
        )
    })??;
    write_private(&places.client(), pem.as_bytes())?;
    // Last, since it says that the node has joined.
    write_private(
        &places.kubeconfig(),
        kubeconfig(&address, &places)?.as_bytes(),
    )?;
    tracing::info!(node = wanted.node, "joined");
    Ok(())
}

/// JSON, which is YAML.
fn kubeconfig(address: &Address, places: &Places) -> Result<String> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "default", "cluster": {
            "server": address.url,
            "certificate-authority-data": BASE64_STANDARD.encode(&address.ca),
        }}],
        "users": [{"name": "default", "user": {
            "client-certificate": places.client(),
            "client-key": places.client(),
        }}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
        "current-context": "default",
    });
    Ok(serde_json::to_string_pretty(&config)?)
}

/// A certificate to ask for.
pub struct Wanted {
    pub node: String,
    signer: &'static str,
    usages: &'static [&'static str],
    addresses: Vec<IpAddr>,
    seconds: Option<u32>,
}

impl Wanted {
    /// What the API server knows the node by.
    pub fn client(node: &str, seconds: Option<u32>) -> Self {
        let usages = &["digital signature", "client auth"];
        Self {
            node: node.into(),
            signer: CLIENT,
            usages,
            addresses: Vec::new(),
            seconds,
        }
    }

    /// What the node shows to whom asks it for logs.
    pub fn serving(node: &str, address: IpAddr, seconds: Option<u32>) -> Self {
        let usages = &["digital signature", "server auth"];
        Self {
            node: node.into(),
            signer: SERVING,
            usages,
            addresses: vec![address],
            seconds,
        }
    }

    fn parameters(&self) -> Result<CertificateParams> {
        let mut parameters = CertificateParams::default();
        let name = &mut parameters.distinguished_name;
        *name = rcgen::DistinguishedName::new();
        name.push(DnType::OrganizationName, "system:nodes");
        name.push(DnType::CommonName, format!("system:node:{}", self.node));
        if !self.addresses.is_empty() {
            let names = &mut parameters.subject_alt_names;
            names.push(SanType::DnsName(self.node.as_str().try_into()?));
            names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        }
        Ok(parameters)
    }
}

/// A certificate that nobody signed, for as long as the cluster has not.
pub fn self_signed(wanted: &Wanted) -> Result<Identity> {
    let key = KeyPair::generate()?;
    let certificate = wanted.parameters()?.self_signed(&key)?;
    Identity::from_pem(format!("{}{}", certificate.pem(), key.serialize_pem()).as_bytes())
}

/// Ask for a certificate and wait for it: PEM, with its key. Fails when it is denied.
async fn sign(cluster: &Cluster, wanted: &Wanted) -> Result<String> {
    let key = KeyPair::generate()?;
    let request = wanted.parameters()?.serialize_request(&key)?;
    let name = request_certificate(cluster, wanted, request.pem()?).await?;
    let certificate = signed(cluster, &name).await?;
    Ok(format!(
        "{}\n{}",
        certificate.trim_end(),
        key.serialize_pem()
    ))
}

/// Make a certificate signing request of a PEM request; its name.
async fn request_certificate(cluster: &Cluster, wanted: &Wanted, pem: String) -> Result<String> {
    let mut spec = json!({
        "request": BASE64_STANDARD.encode(pem),
        "signerName": wanted.signer,
        "usages": wanted.usages,
    });
    if let Some(seconds) = wanted.seconds {
        spec["expirationSeconds"] = seconds.into();
    }
    let object = json!({
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"generateName": format!("krustlet-{}-", wanted.node)},
        "spec": spec,
    });
    let made = cluster.create(REQUESTS, &object).await?;
    let name = made["metadata"]["name"]
        .as_str()
        .context("the request has no name")?
        .to_owned();
    tracing::info!(
        request = name,
        signer = wanted.signer,
        "a certificate is asked for"
    );
    Ok(name)
}

/// Wait for the certificate of a request: PEM. Fails when it is denied.
async fn signed(cluster: &Cluster, name: &str) -> Result<String> {
    for seconds in 0_u64.. {
        let found = match cluster.get(&format!("{REQUESTS}/{name}")).await {
            Ok(found) => found,
            // There is no such request any more, or this node is not known any more.
            Err(error)
                if matches!(
                    refused(&error),
                    Some(StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED)
                ) =>
            {
                return Err(error);
            }
            // The request is there, and so is its key: whatever else it is, it passes.
            Err(error) => {
                tracing::warn!("request {name}: {error:#}");
                tokio::time::sleep(Duration::from_secs(5)).await;
                continue;
            }
        };
        if let Some(certificate) = found["status"]["certificate"].as_str() {
            return Ok(String::from_utf8(BASE64_STANDARD.decode(certificate)?)?);
        }
        refusal(name, &found["status"]["conditions"])?;
        if seconds % 30 == 10 {
            tracing::info!("waiting for: kubectl certificate approve {name}");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    unreachable!("a request is answered, or its cluster cannot be asked")
}

/// Somebody, or some program, does not want the certificate signed.
#[derive(Debug)]
struct Denied(String);

impl std::fmt::Display for Denied {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Denied {}

fn refusal(name: &str, conditions: &Value) -> Result<()> {
    let all = conditions.as_array().map(Vec::as_slice).unwrap_or_default();
    match all
        .iter()
        .find(|each| matches!(each["type"].as_str(), Some("Denied" | "Failed")))
    {
        Some(found) => {
            let what = format!("request {name} is {}: {}", found["type"], found["message"]);
            Err(Denied(what).into())
        }
        None => Ok(()),
    }
}

/// Since when and until when a certificate is good.
fn life(identity: &Identity) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let (_, certificate) = X509Certificate::from_der(&identity.chain[0])?;
    let time = |at: x509_parser::time::ASN1Time| DateTime::from_timestamp(at.timestamp(), 0);
    let validity = certificate.validity();
    let both = time(validity.not_before).zip(time(validity.not_after));
    both.context("a certificate's time is out of all bounds")
}

/// The identity in a file; nothing when there is none.
pub fn read(file: &Path) -> Option<Identity> {
    Identity::from_pem(&std::fs::read(file).ok()?).ok()
}

/// Whether a certificate is good now.
pub fn is_good(identity: &Identity) -> bool {
    life(identity).is_ok_and(|(from, until)| (from..until).contains(&Utc::now()))
}

/// Whether a certificate has the names and addresses that are wanted of it.
pub fn is_for(identity: &Identity, wanted: &Wanted) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(&identity.chain[0]) else {
        return false;
    };
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return false;
    };
    let has = |wanted: GeneralName<'_>| names.value.general_names.contains(&wanted);
    let address = |address: &IpAddr| match address {
        IpAddr::V4(address) => has(GeneralName::IPAddress(&address.octets())),
        IpAddr::V6(address) => has(GeneralName::IPAddress(&address.octets())),
    };
    has(GeneralName::DNSName(&wanted.node)) && wanted.addresses.iter().all(address)
}

/// How long a certificate need not be renewed.
fn rest(identity: &Identity) -> Duration {
    let left = life(identity).map(|(from, until)| {
        let whole = (until - from).num_seconds() as f64 * RENEWED_AT;
        from.timestamp() as f64 + whole - Utc::now().timestamp() as f64
    });
    Duration::from_secs(left.unwrap_or(0.0).max(0.0) as u64)
}

/// Keep a certificate good for ever: `file` has it, and `take` is given each new one.
///
/// One that cannot be had is asked for again, and what there is goes on being used.
pub async fn keep(
    cluster: Arc<Cluster>,
    wanted: Wanted,
    file: impl AsRef<Path>,
    take: impl Fn(&Identity) -> Result<()>,
) {
    let file = file.as_ref();
    let mut pause = AGAIN;
    loop {
        // Looked at often, as a clock may be set, or a machine sleep.
        loop {
            let left = read(file).map(|now| rest(&now)).unwrap_or_default();
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left.min(LOOKED_AT)).await;
        }
        let renewed = async {
            let pem = sign(&cluster, &wanted).await?;
            write_private(file, pem.as_bytes())?;
            take(&Identity::from_pem(pem.as_bytes())?)
        };
        match renewed.await {
            Ok(()) => {
                tracing::info!(signer = wanted.signer, "a new certificate");
                pause = AGAIN;
                tokio::time::sleep(LOOKED_AT).await;
            }
            Err(error) => {
                tracing::warn!("no new certificate of {}: {error:#}", wanted.signer);
                pause = match error.is::<Denied>() {
                    true => (pause * 2).min(AGAIN_DENIED),
                    false => AGAIN,
                };
                tokio::time::sleep(pause).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
