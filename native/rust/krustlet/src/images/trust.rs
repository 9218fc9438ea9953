//! Whom a pull by TLS trusts: the machine's authorities, and those that a host's file names.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::hosts::Host;

/// How `host` is spoken to by TLS.
pub fn tls(host: &Host) -> Result<ClientConfig> {
    let provider = CryptoProvider::get_default()
        .context("no cryptography")?
        .clone();
    // What the machine has and nobody can read is as if it were not there: OpenSSL does the same.
    let mut known = rustls_native_certs::load_native_certs().certs;
    for file in &host.ca {
        known.extend(authorities(file)?);
    }
    let verifier = Arc::new(Verifier::new(known, host.skip_verify, provider));
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = host.client.first() else {
        return Ok(config.with_no_client_auth());
    };
    let chain = authorities(certificate)?;
    let file = key.as_ref().unwrap_or(certificate);
    let key = PrivateKeyDer::from_pem_slice(&read(file)?).with_context(|| name(file))?;
    let config = config.with_client_auth_cert(chain, key);
    config.with_context(|| name(certificate))
}

/// The certificates of a PEM file.
fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.with_context(|| name(file))?;
    if found.is_empty() {
        bail!("{} holds no certificate", name(file));
    }
    Ok(found)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| anyhow!("{}: {error}", name(file)))
}

fn name(file: &Path) -> String {
    file.display().to_string()
}

/// As Go has it, and so containerd: a certificate is trusted that an authority signed, or that is
/// itself among what is trusted. rustls alone takes no authority's own certificate for a server's,
/// which is what `openssl req -x509` makes.
#[derive(Debug)]
struct Verifier {
    /// None where nothing is trusted.
    chains: Option<Arc<WebPkiServerVerifier>>,
    known: Vec<CertificateDer<'static>>,
    skips: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(
        known: Vec<CertificateDer<'static>>,
        skips: bool,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(known.iter().cloned());
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        Self {
            chains: chains.build().ok(),
            known,
            skips,
            provider,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.skips {
            return Ok(ServerCertVerified::assertion());
        }
        if self.known.iter().any(|known| known == shown) {
            verify_server_name(&ParsedCertificate::try_from(shown)?, server)?;
            return in_time(shown, now).map(|()| ServerCertVerified::assertion());
        }
        match &self.chains {
            Some(chains) => chains.verify_server_cert(shown, intermediates, server, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn in_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let now = now.as_secs() as i64;
    if now > parsed.validity().not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    if now < parsed.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    Ok(())
}
