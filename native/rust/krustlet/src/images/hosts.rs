//! Where a registry's images are had: the `hosts.toml` that containerd reads, too.
//!
//! Source of the format: https://github.com/containerd/containerd/blob/main/docs/hosts.md. As in
//! containerd, the file is read for each pull, so a change of it takes effect at once.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::Url;
use serde::Deserialize;
use toml::{Table, Value};

const FILE: &str = "hosts.toml";
/// The directory for registries that have none of their own.
const ANY: &str = "_default";
const DIAL: Duration = Duration::from_secs(30);

/// One server that has images of a registry.
#[derive(Clone, Debug)]
pub struct Host {
    /// The root of its API, as `https://mirror.example.com/v2`.
    pub root: Url,
    /// The registry that it is told to stand for, when it is another one.
    pub stands_for: Option<String>,
    /// Whether it is trusted with what has a digest.
    pub pulls: bool,
    /// Whether it is trusted to say which digest a tag has, and with a login.
    pub resolves: bool,
    pub ca: Vec<PathBuf>,
    /// Certificate and key of this client; both are in the first file when there is no second.
    pub client: Vec<(PathBuf, Option<PathBuf>)>,
    pub skip_verify: bool,
    pub header: Vec<(String, String)>,
    pub dial_timeout: Duration,
    pub proxy: Option<String>,
}

impl Host {
    fn at(root: Url) -> Self {
        Self {
            root,
            stands_for: None,
            pulls: true,
            resolves: true,
            ca: Vec::new(),
            client: Vec::new(),
            skip_verify: false,
            header: Vec::new(),
            dial_timeout: DIAL,
            proxy: None,
        }
    }
}

/// What is known of registries.
pub struct Hosts {
    /// containerd's `config_path`.
    pub directory: PathBuf,
    /// Registries that are asked without TLS when no file says how.
    pub insecure: Vec<String>,
}

#[derive(Deserialize)]
struct HostsFile {
    server: Option<String>,
    #[serde(default)]
    host: Table,
    #[serde(flatten)]
    own: Entry,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    capabilities: Vec<String>,
    ca: Several,
    client: Pairs,
    skip_verify: Option<bool>,
    header: BTreeMap<String, Several>,
    override_path: bool,
    dial_timeout: Option<String>,
    proxy: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    Many(Vec<String>),
}

impl Default for Several {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Several {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Pairs {
    One(String),
    Many(Vec<Several>),
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Hosts {
    /// The hosts of `registry` in the order in which they are tried; the registry itself is the last
    /// unless its file names another server.
    pub fn of(&self, registry: &str) -> Result<Vec<Host>> {
        for name in names(registry) {
            let directory = self.directory.join(name);
            match std::fs::metadata(&directory) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                found => found.with_context(|| directory.display().to_string())?,
            };
            let file = directory.join(FILE);
            let hosts = match std::fs::read_to_string(&file) {
                Ok(text) => self.read(registry, &directory, &text),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return self.by_certificates(registry, &directory);
                }
                Err(error) => Err(error.into()),
            };
            return hosts.with_context(|| file.display().to_string());
        }
        Ok(vec![self.upstream(registry)?])
    }

    fn read(&self, registry: &str, directory: &Path, text: &str) -> Result<Vec<Host>> {
        let file: HostsFile = toml::from_str(text)?;
        let mut hosts = Vec::new();
        for (address, entry) in file.host {
            let what = || format!("host {address}");
            let entry = Value::try_into(entry).with_context(what)?;
            hosts.extend(host(registry, &address, entry, directory).with_context(what)?);
        }
        match file.server.as_deref().filter(|server| !server.is_empty()) {
            Some(server) => hosts.extend(host(registry, server, file.own, directory)?),
            None => {
                let mut upstream = self.upstream(registry)?;
                settle(&mut upstream, file.own, directory)?;
                hosts.extend(with_tls_first(upstream)?);
            }
        }
        Ok(hosts)
    }

    /// As Docker has it: authorities are `*.crt`, and a client's `*.cert` has a `*.key` beside it.
    fn by_certificates(&self, registry: &str, directory: &Path) -> Result<Vec<Host>> {
        let what = || directory.display().to_string();
        let mut upstream = self.upstream(registry)?;
        let entries = std::fs::read_dir(directory).with_context(what)?;
        let files: std::io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut files = files.with_context(what)?;
        files.sort();
        for file in files {
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("crt") => upstream.ca.push(file),
                Some("cert") => {
                    let key = file.with_extension("key");
                    upstream.client.push((file, Some(key)));
                }
                _ => {}
            }
        }
        with_tls_first(upstream)
    }

    fn upstream(&self, registry: &str) -> Result<Host> {
        let server = match registry {
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        let is_insecure = self.insecure.iter().any(|name| name == registry);
        let scheme = if is_insecure { "http" } else { "https" };
        let root = format!("{scheme}://{server}/v2");
        Ok(Host::at(root.parse().with_context(|| root.clone())?))
    }
}

/// The directories that a registry's file may be in, the first that is there counts.
fn names(registry: &str) -> Vec<String> {
    let mut names = vec![registry.to_owned(), ANY.to_owned()];
    if let Some((host, port)) = registry.rsplit_once(':') {
        names.insert(0, format!("{host}_{port}_"));
    }
    names
}

fn host(registry: &str, address: &str, entry: Entry, directory: &Path) -> Result<Vec<Host>> {
    let mut host = Host::at(root(address, entry.override_path)?);
    let name = host.root.host_str().unwrap_or_default();
    let authority = match host.root.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    };
    if authority != registry && (registry, name) != ("docker.io", "registry-1.docker.io") {
        host.stands_for = Some(registry.to_owned());
    }
    if !entry.capabilities.is_empty() {
        (host.pulls, host.resolves) = (false, false);
    }
    for capability in &entry.capabilities {
        match capability.to_lowercase().as_str() {
            "pull" => host.pulls = true,
            "resolve" => host.resolves = true,
            "push" | "referrers" => {}
            _ => bail!("{capability} is no capability"),
        }
    }
    settle(&mut host, entry, directory)?;
    with_tls_first(host)
}

/// The root of the API at an address of the file.
fn root(address: &str, override_path: bool) -> Result<Url> {
    let whole = match address.starts_with("http") {
        true => address.to_owned(),
        false => format!("https://{address}"),
    };
    let mut root: Url = whole.parse().with_context(|| address.to_owned())?;
    if !matches!(root.scheme(), "http" | "https") || !root.has_host() {
        bail!("{address} is no address of a server");
    }
    let path = root.path().trim_end_matches('/').to_owned();
    let path = match override_path || path.ends_with("/v2") {
        true => path,
        false => format!("{path}/v2"),
    };
    root.set_path(&path);
    root.set_query(None);
    root.set_fragment(None);
    Ok(root)
}

/// Take over how `entry` says that a host is asked.
fn settle(host: &mut Host, entry: Entry, directory: &Path) -> Result<()> {
    let place = |name: String| directory.join(name);
    host.ca = entry.ca.list().into_iter().map(place).collect();
    let pairs = match entry.client {
        Pairs::One(file) => vec![Several::One(file)],
        Pairs::Many(pairs) => pairs,
    };
    for pair in pairs {
        let mut names = pair.list().into_iter();
        match (names.next(), names.next(), names.next()) {
            (Some(certificate), key, None) => {
                let key = key.filter(|key| !key.is_empty()).map(place);
                host.client.push((place(certificate), key));
            }
            _ => bail!("client: a pair is a certificate and its key"),
        }
    }
    host.skip_verify = entry.skip_verify.unwrap_or(false);
    for (name, values) in entry.header {
        for value in values.list() {
            host.header.push((name.clone(), value));
        }
    }
    if let Some(text) = entry.dial_timeout {
        host.dial_timeout = duration(&text)
            .ok_or_else(|| anyhow!("dial_timeout: {text} is no duration, as 5s is"))?;
    }
    host.proxy = entry.proxy;
    Ok(())
}

/// A host that is named by `http:` and has settings of TLS is asked by TLS first.
fn with_tls_first(host: Host) -> Result<Vec<Host>> {
    let has_tls = host.skip_verify || !host.ca.is_empty() || !host.client.is_empty();
    if host.root.scheme() != "http" || host.root.port().is_none() || !has_tls {
        return Ok(vec![host]);
    }
    let mut first = host.clone();
    let root = host.root.as_str().replacen("http:", "https:", 1);
    first.root = root.parse().context(root)?;
    Ok(vec![first, host])
}

/// A duration as Go writes it: `1m30s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(number);
        let unit = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let seconds = match &after[..unit] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        let amount = amount.parse::<f64>().ok()? * seconds;
        whole = whole.checked_add(Duration::try_from_secs_f64(amount).ok()?)?;
        rest = &after[unit..];
    }
    (!whole.is_zero()).then_some(whole)
}

#[cfg(test)]
mod tests;
