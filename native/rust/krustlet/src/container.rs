//! One container of a pod: its program, run again for as long as the pod's restart policy says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::Container;
use kubelet::backoff::{BackoffStrategy, ExponentialBackoffStrategy};
use kubelet::container::{ContainerKey, PullPolicy};
use kubelet::secret::RegistryAuthResolver;
use oci_distribution::secrets::RegistryAuth;

use crate::environment::Environment;
use crate::images::Login;
use crate::logs::{self, Log};
use crate::program::{Executable, HANDLES, Job, Mount, Running};
use crate::provider::Provider;
use crate::record::Record;
use crate::volumes::{self, Volumes};
use crate::{images, quantity};

/// A program that ran so long starts again at once.
const STEADY: Duration = Duration::from_secs(600);
/// Logs that are kept: of what runs, and of what ran before it.
const KEPT_LOGS: i32 = 2;

/// A container of a pod, with what its programs are run with.
pub struct PodContainer<'a> {
    pub record: &'a Arc<Record>,
    pub provider: &'a Provider,
    pub volumes: &'a Volumes,
    pub key: ContainerKey,
    pub name: String,
}

impl PodContainer<'_> {
    /// Run it until it is not to be started again; whether it succeeded.
    pub async fn supervise(&self) -> bool {
        let record = self.record;
        // It may have ended in the life before of this node's process.
        if let Some(code) = record.exit_code(&self.key) {
            if !record.again(&self.key, code) {
                return code == 0;
            }
            record.starts_again(&self.key);
        }
        let mut backoff = ExponentialBackoffStrategy::default();
        let mut first = true;
        loop {
            let running = self.begin().await;
            let began = Instant::now();
            record.runs(&self.key, running.clone());
            let end = running.ended().await;
            record.ended(&self.key, &end);
            tracing::info!(
                pod = record.pod.name(),
                container = self.name,
                ?end,
                "ended"
            );
            let code = record.exit_code(&self.key).unwrap_or(0);
            if !record.again(&self.key, code) {
                return code == 0;
            }
            if began.elapsed() > STEADY {
                backoff.reset();
                first = true;
            }
            // As kubelet does, the first time at once.
            if !std::mem::take(&mut first) {
                self.crash_loop(backoff.next_duration()).await;
            }
            record.starts_again(&self.key);
        }
    }

    /// A program of it, for which it waits as long as none can be begun.
    async fn begin(&self) -> Arc<Running> {
        let mut backoff = ExponentialBackoffStrategy::default();
        loop {
            let failure = match self.try_to_begin().await {
                Ok(running) => return running,
                Err(failure) => failure,
            };
            let why = format!("{:#}", failure.cause);
            tracing::warn!(pod = self.record.pod.name(), container = self.name, "{why}");
            self.record.waits(&self.key, failure.reason, why);
            backoff.wait().await;
        }
    }

    async fn crash_loop(&self, pause: Duration) {
        let why = format!(
            "back-off {} s restarting failed container {}",
            pause.as_secs(),
            self.name
        );
        self.record.waits(&self.key, "CrashLoopBackOff", why);
        tokio::time::sleep(pause).await;
    }

    async fn try_to_begin(&self) -> Result<Arc<Running>, Failure> {
        let provider = self.provider;
        let pod = self.record.pod.as_kube_pod();
        let container = self.spec().or_failure("CreateContainerConfigError")?;
        let kinds = pod
            .spec
            .as_ref()
            .map(|spec| spec.volumes.as_slice())
            .unwrap_or_default();
        let mounts = volumes::mounts(&container, self.volumes, kinds, &provider.reach)
            .or_failure("CreateContainerConfigError")?;
        let environment = Environment::of(&container, pod, &provider.host, &provider.client).await;
        let mut environment = environment.or_failure("CreateContainerConfigError")?;
        let memory = limit(&container, "memory").or_failure("CreateContainerConfigError")?;
        let processors = limit(&container, "cpu").or_failure("CreateContainerConfigError")?;

        let words = container.command.iter().chain(&container.args);
        let arguments = environment.arguments(words);
        let mut arguments = arguments.or_failure("CreateContainerConfigError")?;
        if container.command.is_empty() {
            arguments.insert(0, container.image.clone().unwrap_or_default());
        }
        let executable = self.executable(&container, &arguments[0], &mounts).await?;
        let job = Job {
            name: self.name.clone(),
            executable,
            arguments,
            environment: environment.into_pairs(),
            mounts,
            memory: memory.map_or(u64::MAX, |bytes| bytes as u64),
            processors: processors.filter(|share| *share > 0.0),
            handles: HANDLES / self.record.pod.containers().len().max(1),
            budget: provider.memory.clone(),
            log: self.log().or_failure("CreateContainerError")?,
        };
        Running::start(&provider.engine, job)
            .map(Arc::new)
            .or_failure("CreateContainerError")
    }

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

    /// What it runs, which people call `name`: a file of its volumes, or its image's module.
    async fn executable(
        &self,
        container: &Container,
        name: &str,
        mounts: &[Mount],
    ) -> Result<Arc<Executable>, Failure> {
        let images = &self.provider.images;
        let image = container.image.clone().unwrap_or_default();
        let module = if image == images::NONE && !container.command.is_empty() {
            let file = volumes::file_of(name, mounts)
                .ok_or_else(|| anyhow!("{name} is no file of the container's volumes"));
            let file = file.or_failure("CreateContainerError")?;
            images.copy(name, file).or_failure("CreateContainerError")?
        } else {
            let login = self.login(&image).await.or_failure("ErrImagePull")?;
            let policy = policy(container, &image).or_failure("InvalidImageName")?;
            images
                .get(&image, policy, login.as_ref())
                .await
                .or_failure("ErrImagePull")?
        };
        let executable = images.compile(name, module).await;
        executable.or_failure("CreateContainerError")
    }

    /// What the pod's pull secrets say of the image's registry.
    async fn login(&self, image: &str) -> Result<Option<Login>> {
        if image.starts_with(images::LOCAL) {
            return Ok(None);
        }
        let reference =
            oci_distribution::Reference::try_from(image).with_context(|| image.to_owned())?;
        let resolver = RegistryAuthResolver::new(self.provider.client.clone(), &self.record.pod);
        let login = resolver.resolve_registry_auth(&reference).await;
        Ok(match login.context("a pull secret")? {
            RegistryAuth::Anonymous => None,
            RegistryAuth::Basic(user, password) => Some((user, password)),
        })
    }

    /// The log of the run that begins; that of the run before the last one goes.
    fn log(&self) -> Result<Log> {
        let run = self.record.restarts(&self.key);
        let directory = self.provider.logs(&self.record.pod);
        let old = logs::file(&directory, &self.name, run - KEPT_LOGS);
        for file in [old.with_extension("log.old"), old] {
            let _ = std::fs::remove_file(file); // most often there is none
        }
        Log::create(&logs::file(&directory, &self.name, run))
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

/// What the container's program may have of a resource; no number is as much as there is.
fn limit(container: &Container, resource: &str) -> Result<Option<f64>> {
    let resources = container.resources.as_ref();
    let limit = resources.and_then(|resources| resources.limits.get(resource));
    let number = limit.map(|limit| quantity::parse(&limit.0));
    number
        .transpose()
        .with_context(|| format!("the limit of {resource}"))
}

fn policy(container: &Container, image: &str) -> Result<PullPolicy> {
    let reference = oci_distribution::Reference::try_from(image).ok();
    PullPolicy::parse_effective(container.image_pull_policy.as_deref(), reference)
}
