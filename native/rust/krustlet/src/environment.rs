//! The environment of a container and the arguments that refer to it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, EnvVarSource, Pod, ResourceFieldSelector, Secret,
};
use kube::Api;

use crate::{node, quantity};

/// Name and value, in order; a later one of a name takes the place of the earlier.
#[derive(Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// Of a container; fails with a sentence for people when something that it names is not there.
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
                environment.set(format!("{prefix}{name}"), value);
            }
        }
        for variable in &container.env {
            let value = match (&variable.value, &variable.value_from) {
                (_, Some(from)) => source
                    .value(from)
                    .await
                    .with_context(|| format!("variable {}", variable.name))?,
                (value, None) => Some(environment.expand(value.as_deref().unwrap_or_default())),
            };
            if let Some(value) = value {
                environment.set(variable.name.clone(), value);
            }
        }
        Ok(environment)
    }

    fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some(pair) => pair.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// `text` with each `$(NAME)` that there is; `$$` is a `$`, as Kubernetes has it.
    pub fn expand(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
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
                    expanded.push_str(value);
                    rest = after;
                }
                None => expanded.push('$'),
            }
        }
        expanded.push_str(rest);
        expanded
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
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
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let mut environment = Environment::default();
        for (name, value) in pairs {
            environment.set((*name).into(), (*value).into());
        }
        environment
    }

    #[test]
    fn a_reference_is_replaced_and_what_is_none_stays() {
        let known = environment(&[("A", "1"), ("B", "two")]);
        for (text, expanded) in [
            ("$(A)", "1"),
            ("-$(A)$(B)-", "-1two-"),
            ("$$(A)", "$(A)"),
            ("$(C)", "$(C)"),
            ("$A $( $", "$A $( $"),
            ("", ""),
        ] {
            assert_eq!(known.expand(text), expanded, "{text}");
        }
    }

    #[test]
    fn a_later_value_takes_the_place_of_the_earlier() {
        let pairs = environment(&[("A", "1"), ("B", "2"), ("A", "3")]).into_pairs();
        assert_eq!(
            pairs,
            [
                ("A".to_owned(), "3".to_owned()),
                ("B".to_owned(), "2".to_owned())
            ]
        );
    }

    #[test]
    fn fields_of_a_pod() {
        let pod: Pod = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "web", "labels": {"tier": "front"}},
            "spec": {"containers": [], "nodeName": "here"},
        }))
        .unwrap();
        assert_eq!(field_of(&pod, "192.0.2.1", "metadata.name").unwrap(), "web");
        assert_eq!(
            field_of(&pod, "192.0.2.1", "metadata.labels['tier']").unwrap(),
            "front"
        );
        assert_eq!(
            field_of(&pod, "192.0.2.1", "spec.nodeName").unwrap(),
            "here"
        );
        assert_eq!(
            field_of(&pod, "192.0.2.1", "status.hostIP").unwrap(),
            "192.0.2.1"
        );
        assert!(field_of(&pod, "192.0.2.1", "status.podIP").is_err());
    }
}
