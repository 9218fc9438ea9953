//! The environment of a container and the arguments that refer to it.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, EnvVarSource, Pod, ResourceFieldSelector, Secret,
};
use kube::Api;

use crate::{node, quantity};

/// Bytes of all variables and arguments of a program, as Linux has it for a process whose stack is as
/// large as it is by default. Each may refer to others, so a few lines can ask for any number.
const LARGEST: usize = 2 << 20;

/// Name and value, in order; a later one of a name takes the place of the earlier.
#[derive(Default)]
pub struct Environment {
    pairs: Vec<(String, String)>,
    /// Name -> where it is.
    places: HashMap<String, usize>,
    /// Bytes of all names and values, and of the arguments.
    size: usize,
}

impl Environment {
    /// Of a container; fails with a sentence for people when something that it names is not there, or
    /// when it is too much.
    pub async fn of(
        container: &Container,
        pod: &Pod,
        host: &str,
        client: &kube::Client,
    ) -> Result<Self> {
        let mut environment = Self::default();
        let source = Source {
            pod,
            container,
            host,
            client,
        };
        for from in &container.env_from {
            let prefix = from.prefix.as_deref().unwrap_or_default();
            let mut found = BTreeMap::new();
            if let Some(map) = &from.config_map_ref {
                found = source.config_map(map.name.as_deref(), map.optional).await?;
            } else if let Some(secret) = &from.secret_ref {
                let name = secret.name.as_deref();
                found = text(name, source.secret(name, secret.optional).await?)?;
            }
            for (name, value) in found {
                environment.set(format!("{prefix}{name}"), value)?;
            }
        }
        for variable in &container.env {
            let what = || format!("variable {}", variable.name);
            let value = match (&variable.value, &variable.value_from) {
                (_, Some(from)) => source.value(from).await.with_context(what)?,
                (value, None) => {
                    let value = value.as_deref().unwrap_or_default();
                    Some(environment.expand(value).with_context(what)?)
                }
            };
            if let Some(value) = value {
                environment
                    .set(variable.name.clone(), value)
                    .with_context(what)?;
            }
        }
        Ok(environment)
    }

    fn set(&mut self, name: String, value: String) -> Result<()> {
        let place = self.places.get(&name).copied();
        let before = match place {
            Some(place) => self.pairs[place].1.len(),
            None => 0,
        };
        let name_size = if place.is_none() { name.len() } else { 0 };
        self.size = fitting(self.size - before + name_size + value.len())?;
        match place {
            Some(place) => self.pairs[place].1 = value,
            None => {
                self.places.insert(name.clone(), self.pairs.len());
                self.pairs.push((name, value));
            }
        }
        Ok(())
    }

    /// The arguments of these words, which count with the variables.
    pub fn arguments<'a>(
        &mut self,
        words: impl Iterator<Item = &'a String>,
    ) -> Result<Vec<String>> {
        let mut arguments = Vec::new();
        for word in words {
            let argument = self.expand(word).context("an argument")?;
            self.size = fitting(self.size + argument.len() + 1).context("the arguments")?;
            arguments.push(argument);
        }
        Ok(arguments)
    }

    /// `text` with each `$(NAME)` that there is; `$$` is a `$`, as Kubernetes has it.
    fn expand(&self, text: &str) -> Result<String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                expanded.push('$');
                rest = after;
                continue;
            }
            let name = rest
                .strip_prefix('(')
                .and_then(|inner| inner.split_once(')'));
            match name.and_then(|(name, after)| Some((self.get(name)?, after))) {
                Some((value, after)) => {
                    fitting(self.size + expanded.len() + value.len())?;
                    expanded.push_str(value);
                    rest = after;
                }
                None => expanded.push('$'),
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let place = self.places.get(name)?;
        Some(self.pairs[*place].1.as_str())
    }

    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }
}

fn fitting(size: usize) -> Result<usize> {
    if size > LARGEST {
        bail!(
            "variables and arguments have more than {} MiB together",
            LARGEST >> 20
        );
    }
    Ok(size)
}

struct Source<'a> {
    pod: &'a Pod,
    container: &'a Container,
    /// The node's address.
    host: &'a str,
    client: &'a kube::Client,
}

impl Source<'_> {
    /// `None` for what is optional and not there.
    async fn value(&self, from: &EnvVarSource) -> Result<Option<String>> {
        if let Some(key) = &from.config_map_key_ref {
            let map = self.config_map(key.name.as_deref(), key.optional).await?;
            return of_key(
                map,
                "ConfigMap",
                key.name.as_deref(),
                &key.key,
                key.optional,
            );
        }
        if let Some(key) = &from.secret_key_ref {
            let mut secret = self.secret(key.name.as_deref(), key.optional).await?;
            // Another key may be no text.
            secret.retain(|name, _| *name == key.key);
            return of_key(
                text(key.name.as_deref(), secret)?,
                "Secret",
                key.name.as_deref(),
                &key.key,
                key.optional,
            );
        }
        if let Some(field) = &from.field_ref {
            return field_of(self.pod, self.host, &field.field_path).map(Some);
        }
        if let Some(resource) = &from.resource_field_ref {
            return self.resource(resource).map(Some);
        }
        bail!("it comes from something that this node does not know")
    }

    async fn config_map(
        &self,
        name: Option<&str>,
        optional: Option<bool>,
    ) -> Result<BTreeMap<String, String>> {
        let name = name.unwrap_or_default();
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace(self.pod));
        match api.get(name).await {
            Ok(map) => Ok(map.data),
            Err(error) if optional == Some(true) && is_missing(&error) => Ok(BTreeMap::new()),
            Err(error) => Err(anyhow!("ConfigMap {name}: {error}")),
        }
    }

    async fn secret(
        &self,
        name: Option<&str>,
        optional: Option<bool>,
    ) -> Result<BTreeMap<String, ByteString>> {
        let name = name.unwrap_or_default();
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace(self.pod));
        match api.get(name).await {
            Ok(secret) => Ok(secret.data),
            Err(error) if optional == Some(true) && is_missing(&error) => Ok(BTreeMap::new()),
            Err(error) => Err(anyhow!("Secret {name}: {error}")),
        }
    }

    /// In parts of the divisor, rounded up. A limit that there is not is the node's.
    fn resource(&self, wanted: &ResourceFieldSelector) -> Result<String> {
        let spec = self.pod.spec.as_ref();
        let container = match wanted
            .container_name
            .as_deref()
            .filter(|name| !name.is_empty())
        {
            None => Some(self.container),
            Some(name) => {
                spec.and_then(|spec| spec.containers.iter().find(|other| other.name == name))
            }
        };
        let resources = container
            .and_then(|container| container.resources.clone())
            .unwrap_or_default();
        let (kind, resource) = wanted
            .resource
            .split_once('.')
            .unwrap_or(("", &wanted.resource));
        let found = match kind {
            "limits" => resources.limits.get(resource),
            "requests" => resources.requests.get(resource),
            _ => None,
        };
        let amount = match (kind, resource, found) {
            (_, _, Some(found)) => quantity::parse(&found.0)?,
            ("limits", "memory", None) => node::allocatable() as f64,
            ("limits", "cpu", None) => node::processors() as f64,
            ("requests", "memory" | "cpu", None) => 0.0,
            _ => bail!(
                "{} is nothing that this node knows of a container",
                wanted.resource
            ),
        };
        let divisor = wanted
            .divisor
            .as_ref()
            .map(|divisor| quantity::parse(&divisor.0))
            .transpose()?;
        let divisor = divisor.filter(|divisor| *divisor > 0.0).unwrap_or(1.0);
        Ok(((amount / divisor).ceil() as u64).to_string())
    }
}

/// What a Secret holds, where all of it is text.
fn text(
    name: Option<&str>,
    data: BTreeMap<String, ByteString>,
) -> Result<BTreeMap<String, String>> {
    let text = |(key, value): (String, ByteString)| match String::from_utf8(value.0) {
        Ok(value) => Ok((key, value)),
        Err(_) => bail!("Secret {}: {key} is no text", name.unwrap_or_default()),
    };
    data.into_iter().map(text).collect()
}

fn of_key(
    mut map: BTreeMap<String, String>,
    kind: &str,
    name: Option<&str>,
    key: &str,
    optional: Option<bool>,
) -> Result<Option<String>> {
    match map.remove(key) {
        None if optional != Some(true) => bail!("{kind} {} has no {key}", name.unwrap_or_default()),
        found => Ok(found),
    }
}

fn is_missing(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(answer) if answer.code == 404)
}

pub fn namespace(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or("default")
}

fn field_of(pod: &Pod, host: &str, path: &str) -> Result<String> {
    let (meta, spec) = (&pod.metadata, pod.spec.as_ref());
    let keyed = |name: &str| {
        Some(
            path.strip_prefix(name)?
                .strip_prefix("['")?
                .strip_suffix("']")?
                .to_owned(),
        )
    };
    if let Some(key) = keyed("metadata.labels") {
        return Ok(meta.labels.get(&key).cloned().unwrap_or_default());
    }
    if let Some(key) = keyed("metadata.annotations") {
        return Ok(meta.annotations.get(&key).cloned().unwrap_or_default());
    }
    let found = match path {
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => Some(namespace(pod).to_owned()),
        "metadata.uid" => meta.uid.clone(),
        "spec.nodeName" => spec.and_then(|spec| spec.node_name.clone()),
        "spec.serviceAccountName" => spec.and_then(|spec| spec.service_account_name.clone()),
        "status.hostIP" | "status.hostIPs" => Some(host.to_owned()),
        _ => bail!("{path} is nothing that this node knows of a pod"),
    };
    found.ok_or_else(|| anyhow!("the pod has no {path}"))
}

#[cfg(test)]
mod tests;
