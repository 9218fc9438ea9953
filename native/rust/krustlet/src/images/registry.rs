//! A registry's pull API, by way of one of the hosts that have its images.
//!
//! Sources: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md, pull, and
//! https://distribution.github.io/distribution/spec/auth/token/. All that a host answers has a bound.

use std::fs::File;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE,
};
use reqwest::{Client, Proxy, Response, StatusCode, Url};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::hosts::Host;
use super::store::{Login, written};
use super::trust::tls;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Bytes of a manifest, as the specification has it.
const LARGEST_MANIFEST: u64 = 4 << 20;
/// Bytes of the answer of a token server, and of a refusal that is told.
const LARGEST_ANSWER: u64 = 1 << 20;
/// Without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// One repository, on one host.
pub struct Registry {
    pub host: Host,
    repository: String,
    login: Option<Login>,
    client: Option<Client>,
    authorization: Option<HeaderValue>,
}

impl Registry {
    /// A host that is not trusted to resolve gets no login.
    pub fn new(host: Host, repository: &str, login: Option<&Login>) -> Self {
        Self {
            login: login.filter(|_| host.resolves).cloned(),
            host,
            repository: repository.to_owned(),
            client: None,
            authorization: None,
        }
    }

    /// Whether the host asked for the login, and got it.
    pub fn used_login(&self) -> bool {
        self.login.is_some() && self.authorization.is_some()
    }

    /// The manifest of a tag or digest.
    pub async fn manifest(&mut self, wanted: &str) -> Result<Vec<u8>> {
        let response = self.get(&format!("manifests/{wanted}")).await?;
        bounded(response, LARGEST_MANIFEST)
            .await
            .context("the manifest")
    }

    /// Write the blob of a digest, which the caller compares, of `size` bytes at most; the digest of
    /// what it is.
    pub async fn blob(&mut self, digest: &str, size: u64, to: &File) -> Result<String> {
        let mut response = self.get(&format!("blobs/{digest}")).await?;
        let mut whole = Sha256::new();
        let mut to = tokio::fs::File::from_std(to.try_clone()?);
        let mut left = size;
        while let Some(piece) = response.chunk().await.context("the module")? {
            let more = piece.len() as u64;
            left = left
                .checked_sub(more)
                .with_context(|| format!("the module: it is larger than {size} bytes"))?;
            whole.update(&piece);
            to.write_all(&piece).await?;
        }
        to.flush().await?;
        Ok(written(whole))
    }

    async fn get(&mut self, path: &str) -> Result<Response> {
        let mut url = self.host.root.clone();
        url.set_path(&format!("{}/{}/{path}", url.path(), self.repository));
        if let Some(registry) = &self.host.stands_for {
            url.query_pairs_mut().append_pair("ns", registry);
        }
        let mut response = self.ask(&url).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(authorization) = self.answer(&response).await?
        {
            self.authorization = Some(authorization);
            response = self.ask(&url).await?;
        }
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let said = bounded(response, LARGEST_ANSWER).await.unwrap_or_default();
        bail!("{status}{}", told(&said))
    }

    async fn ask(&mut self, url: &Url) -> Result<Response> {
        let mut request = self.client()?.get(url.clone()).header(ACCEPT, MANIFEST);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        Ok(request.send().await?)
    }

    /// What answers a challenge; None when this one has nothing to answer.
    async fn answer(&mut self, response: &Response) -> Result<Option<HeaderValue>> {
        for header in response.headers().get_all(WWW_AUTHENTICATE) {
            let challenges = header.to_str().context("its challenge")?;
            let challenges = http_auth::parse_challenges(challenges);
            for challenge in challenges.map_err(|error| anyhow!("its challenge: {error}"))? {
                let value = |name: &str| {
                    let mut found = challenge.params.iter();
                    let (_, value) = found.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
                    Some(value.to_unescaped())
                };
                if challenge.scheme.eq_ignore_ascii_case("bearer") {
                    let realm = value("realm").context("a challenge without a realm")?;
                    return self.token(&realm, value("service")).await.map(Some);
                }
                if challenge.scheme.eq_ignore_ascii_case("basic") && self.login.is_some() {
                    return self.basic();
                }
            }
        }
        Ok(None)
    }

    async fn token(&mut self, realm: &str, service: Option<String>) -> Result<HeaderValue> {
        let what = || format!("the token of {realm}");
        let mut url: Url = realm.parse().with_context(what)?;
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let scope = format!("repository:{}:pull", self.repository);
        url.query_pairs_mut().append_pair("scope", &scope);
        let basic = self.basic()?;
        let mut request = self.client()?.get(url);
        if let Some(basic) = basic {
            request = request.header(AUTHORIZATION, basic);
        }
        let response = request.send().await.with_context(what)?;
        let status = response.status();
        let said = bounded(response, LARGEST_ANSWER).await.with_context(what)?;
        if !status.is_success() {
            bail!("{}: {status}{}: not authorized", what(), told(&said));
        }
        let answer: Value = serde_json::from_slice(&said).with_context(what)?;
        let token = answer["token"].as_str().or(answer["access_token"].as_str());
        let token = token.with_context(what)?;
        secret(format!("Bearer {token}"))
    }

    fn basic(&self) -> Result<Option<HeaderValue>> {
        let encoded = |(user, password): &Login| {
            let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
            secret(format!("Basic {pair}"))
        };
        self.login.as_ref().map(encoded).transpose()
    }

    /// The client of this host alone: a login, a proxy or an authority is never another one's.
    fn client(&mut self) -> Result<&Client> {
        if self.client.is_none() {
            self.client = Some(client(&self.host)?);
        }
        Ok(self.client.as_ref().expect("it was made"))
    }
}

/// Without a proxy of its own it goes by the environment's.
fn client(host: &Host) -> Result<Client> {
    let mut headers = HeaderMap::new();
    for (name, value) in &host.header {
        let what = || format!("header {name}");
        let name: HeaderName = name.parse().with_context(what)?;
        headers.append(name, secret(value.clone()).with_context(what)?);
    }
    let mut builder = Client::builder()
        .connect_timeout(host.dial_timeout)
        .read_timeout(SILENCE)
        .default_headers(headers)
        .tls_backend_preconfigured(tls(host)?);
    if let Some(proxy) = &host.proxy {
        let proxy = Proxy::all(proxy).with_context(|| format!("proxy {proxy}"))?;
        builder = builder.proxy(proxy);
    }
    Ok(builder.build()?)
}

fn secret(value: String) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(&value).context("it is no value of a header")?;
    header.set_sensitive(true);
    Ok(header)
}

/// All of an answer, which has `largest` bytes at most.
async fn bounded(mut response: Response, largest: u64) -> Result<Vec<u8>> {
    let too_large = || anyhow!("it is larger than {largest} bytes");
    if response
        .content_length()
        .is_some_and(|length| length > largest)
    {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if (bytes.len() + piece.len()) as u64 > largest {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The message of a registry's refusal, if there is one.
fn told(said: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(said).unwrap_or_default();
    let error = &answer["errors"][0];
    let message = error["message"].as_str().or(error["code"].as_str());
    let short = |message: &str| message.chars().take(200).collect::<String>();
    message.map_or_else(String::new, |message| format!(": {}", short(message)))
}

/// The digest of what was read.
pub fn digest(bytes: &[u8]) -> String {
    written(Sha256::new_with_prefix(bytes))
}

#[cfg(test)]
pub mod tests;
