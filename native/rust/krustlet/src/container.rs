//! One container of a pod: its program, run again for as long as the pod's restart policy says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::Container;
use kubelet::backoff::{BackoffStrategy, ExponentialBackoffStrategy};
use kubelet::container::{ContainerKey, PullPolicy};
use kubelet::secret::RegistryAuthResolver;
use oci_client::secrets::RegistryAuth;

use crate::environment::Environment;
use crate::logs::{self, Log};
use crate::pods::Node;
use crate::program::{Job, Running};
use crate::record::Record;
use crate::volumes::{self, Volumes};
use crate::{images, quantity};

/// A program that ran so long starts again at once.
const STEADY: Duration = Duration::from_secs(600);
/// Logs that are kept: of what runs, and of what ran before it.
const KEPT_LOGS: i32 = 2;

pub struct Place<'a> {
    pub record: &'a Arc<Record>,
    pub node: &'a Node,
    pub volumes: &'a Volumes,
    pub key: ContainerKey,
    pub name: String,
}

impl Place<'_> {
    fn spec(&self) -> Result<Container> {
        let spec = self.record.pod.as_kube_pod().spec.as_ref();
        let all = spec.map(|spec| {
            if self.key.is_init() {
                &spec.init_containers
            } else {
                &spec.containers
            }
        });
        let found = all.and_then(|all| all.iter().find(|container| container.name == self.name));
        found
            .cloned()
            .ok_or_else(|| anyhow!("the pod has no container {}", self.name))
    }
}

/// Run a container until it is not to be started again; whether it succeeded.
pub async fn supervise(place: &Place<'_>) -> bool {
    let record = place.record;
    let (mut backoff, mut pulling) = (
        ExponentialBackoffStrategy::default(),
        ExponentialBackoffStrategy::default(),
    );
    // It may have ended in the life before of this node's process.
    if let Some(code) = record.exit_code(&place.key) {
        if !record.again(&place.key, code) {
            return code == 0;
        }
        record.starts_again(&place.key);
    }
    let mut first = true;
    loop {
        let began = match begin(place).await {
            Err(error) => {
                let (reason, error) = (error.reason, format!("{:#}", error.cause));
                tracing::warn!(pod = record.pod.name(), container = place.name, "{error}");
                record.waits(&place.key, reason, error);
                pulling.wait().await;
                continue;
            }
            Ok(running) => {
                pulling.reset();
                let began = Instant::now();
                record.runs(&place.key, running.clone());
                let end = running.ended().await;
                record.ended(&place.key, &end);
                tracing::info!(
                    pod = record.pod.name(),
                    container = place.name,
                    ?end,
                    "ended"
                );
                began
            }
        };
        let code = record.exit_code(&place.key).unwrap_or(0);
        if !record.again(&place.key, code) {
            return code == 0;
        }
        if began.elapsed() > STEADY {
            backoff.reset();
            first = true;
        }
        // As kubelet does, the first time at once.
        if !std::mem::take(&mut first) {
            let pause = backoff.next_duration();
            let why = format!(
                "back-off {} s restarting failed container {}",
                pause.as_secs(),
                place.name
            );
            record.waits(&place.key, "CrashLoopBackOff", why);
            tokio::time::sleep(pause).await;
        }
        record.starts_again(&place.key);
    }
}

/// Why a container's program did not begin, by kubelet's name for it.
struct Failure {
    reason: &'static str,
    cause: anyhow::Error,
}

trait Or<T> {
    fn or_failure(self, reason: &'static str) -> Result<T, Failure>;
}

impl<T> Or<T> for Result<T> {
    fn or_failure(self, reason: &'static str) -> Result<T, Failure> {
        self.map_err(|cause| Failure { reason, cause })
    }
}

async fn begin(place: &Place<'_>) -> Result<Arc<Running>, Failure> {
    let (record, node) = (place.record, place.node);
    let pod = record.pod.as_kube_pod();
    let container = place.spec().or_failure("CreateContainerConfigError")?;
    let kinds = pod
        .spec
        .as_ref()
        .map(|spec| spec.volumes.as_slice())
        .unwrap_or_default();
    let mounts = volumes::mounts(&container, place.volumes, kinds)
        .or_failure("CreateContainerConfigError")?;
    let environment = Environment::of(&container, pod, &node.host, &node.client).await;
    let environment = environment.or_failure("CreateContainerConfigError")?;
    let memory = limit(&container).or_failure("CreateContainerConfigError")?;

    let image = container.image.clone().unwrap_or_default();
    let words = container.command.iter().chain(&container.args);
    let mut arguments: Vec<_> = words.map(|word| environment.expand(word)).collect();
    let turn = node.images.turn(&image).await;
    let module = if image == images::NONE && !container.command.is_empty() {
        let name = &arguments[0];
        let file = volumes::file_of(name, &mounts)
            .ok_or_else(|| anyhow!("{name} is no file of the container's volumes"));
        let file = file.or_failure("CreateContainerError")?;
        images::whole(name, file)
            .await
            .or_failure("CreateContainerError")?
    } else {
        if container.command.is_empty() {
            arguments.insert(0, image.clone());
        }
        let login = login(place, &image).await.or_failure("ErrImagePull")?;
        let policy = policy(&container, &image).or_failure("InvalidImageName")?;
        node.images
            .get(&image, policy, &login)
            .await
            .or_failure("ErrImagePull")?
    };
    let program = node
        .images
        .compile(&arguments[0], module)
        .await
        .or_failure("CreateContainerError")?;
    drop(turn);

    let run = record.restarts(&place.key);
    let directory = node.logs(&record.pod);
    let old = logs::file(&directory, &place.name, run - KEPT_LOGS);
    for file in [old.with_extension("log.old"), old] {
        let _ = std::fs::remove_file(file); // most often there is none
    }
    let job = Job {
        name: place.name.clone(),
        program,
        arguments,
        environment: environment.into_pairs(),
        mounts,
        memory,
        budget: node.memory.clone(),
        log: Log::create(&logs::file(&directory, &place.name, run))
            .or_failure("CreateContainerError")?,
    };
    Running::start(&node.engine, job)
        .map(Arc::new)
        .or_failure("CreateContainerError")
}

/// Bytes that the container's program may have, if the node has so many left.
fn limit(container: &Container) -> Result<u64> {
    let limits = container
        .resources
        .as_ref()
        .map(|resources| &resources.limits);
    match limits.and_then(|limits| limits.get("memory")) {
        Some(limit) => Ok(quantity::parse(&limit.0).context("the memory limit")? as u64),
        None => Ok(u64::MAX),
    }
}

fn policy(container: &Container, image: &str) -> Result<PullPolicy> {
    let reference = oci_distribution::Reference::try_from(image).ok();
    PullPolicy::parse_effective(container.image_pull_policy.as_deref(), reference)
}

/// What the pod's pull secrets say of the image's registry.
async fn login(place: &Place<'_>, image: &str) -> Result<RegistryAuth> {
    if image.starts_with(images::LOCAL) {
        return Ok(RegistryAuth::Anonymous);
    }
    let reference =
        oci_distribution::Reference::try_from(image).with_context(|| image.to_owned())?;
    let resolver = RegistryAuthResolver::new(place.node.client.clone(), &place.record.pod);
    Ok(
        match resolver
            .resolve_registry_auth(&reference)
            .await
            .context("a pull secret")?
        {
            oci_distribution::secrets::RegistryAuth::Anonymous => RegistryAuth::Anonymous,
            oci_distribution::secrets::RegistryAuth::Basic(user, password) => {
                RegistryAuth::Basic(user, password)
            }
        },
    )
}
