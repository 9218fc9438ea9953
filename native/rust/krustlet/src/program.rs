//! Running WebAssembly: one program, in a thread of its own, inside of this process.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{Notify, watch};
use wasmtime::component::{self, Component, ResourceTable};
use wasmtime::{Config, Engine, Linker, Module, Store, UpdateDeadline};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::logs::Log;
use memory::{Held, Limit, OverLimit, PROGRAMS};
use pace::Pace;

mod memory;
mod pace;

pub mod compiler;

pub use memory::Budget;

/// How often a program that only computes is asked whether it has to stop.
const EPOCH: Duration = Duration::from_millis(50);
/// Things of the host that the programs of a pod may hold at once, as open files: this process has
/// those of 110 such pods.
pub const HANDLES: usize = 4096;
/// Random bytes of one call, which this process has before it looks whether the program has room for
/// them.
const RANDOM: u64 = 256 << 10;
/// Threads of a program besides its own: they wait for files.
const WAITING: usize = 2;
/// Characters of a cause that is told: a program chooses the names in it.
const TOLD: usize = 2048;

/// The engine that all programs of this process share.
pub fn engine() -> Result<Engine> {
    let engine = Engine::new(&config())?;
    let ticks = engine.clone();
    std::thread::Builder::new()
        .name("epochs".into())
        .spawn(move || {
            loop {
                std::thread::sleep(EPOCH);
                ticks.increment_epoch();
            }
        })?;
    Ok(engine)
}

/// Of the engine that programs run in, and of those that compile them.
fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config
}

/// Compiled WebAssembly.
pub struct Executable {
    program: Program,
    /// What its code takes of the node's memory.
    _held: Held,
}

/// A WASI preview 1 module or a preview 2 command.
enum Program {
    Module(Module),
    Component(Component),
}

impl Executable {
    fn new(program: Program, held: Held) -> Self {
        Self {
            program,
            _held: held,
        }
    }
}

/// A directory of the host and where a program finds it.
#[derive(Clone)]
pub struct Mount {
    pub directory: Arc<OwnedFd>,
    pub guest: String,
    pub read_only: bool,
}

pub struct Job {
    pub name: String,
    pub executable: Arc<Executable>,
    /// The first is the program's own name.
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub mounts: Vec<Mount>,
    /// Bytes.
    pub memory: u64,
    /// As many as it may use; all without a number.
    pub processors: Option<f64>,
    /// Of `HANDLES`.
    pub handles: usize,
    pub budget: Arc<Budget>,
    pub log: Log,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Exit(i32),
    Trap(String),
    /// It asked for more memory than it may have.
    OverLimit(String),
    CannotRun(String),
    Stopped,
}

/// A program that runs. It is stopped when this is dropped.
pub struct Running {
    stop: Arc<Notify>,
    end: watch::Receiver<Option<End>>,
}

impl Running {
    pub fn start(engine: &Engine, job: Job) -> Result<Self> {
        let stop = Arc::new(Notify::new());
        let (sender, end) = watch::channel(None);
        let (engine, stopped) = (engine.clone(), stop.clone());
        let place = job.budget.clone().place();
        let place = place.with_context(|| format!("{PROGRAMS} programs run on this node"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(WAITING)
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name(job.name.chars().take(15).collect())
            .spawn(move || {
                let log = job.log.clone();
                let end = runtime.block_on(async {
                    tokio::select! {
                        biased;
                        () = stopped.notified() => End::Stopped,
                        end = run(&engine, job) => end,
                    }
                });
                match &end {
                    End::Trap(cause) => log.say(&format!("trapped: {cause}")),
                    End::CannotRun(cause) => log.say(&format!("cannot run: {cause}")),
                    End::OverLimit(cause) => log.say(cause),
                    End::Exit(_) | End::Stopped => {}
                }
                drop(place);
                sender.send_replace(Some(end));
            })?;
        Ok(Self { stop, end })
    }

    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// Wait for the end.
    pub async fn ended(&self) -> End {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(end) => end.clone().expect("it was waited for"),
            // The thread is gone without a word: it panicked.
            Err(_) => End::CannotRun("the engine failed; the node's journal says why".into()),
        }
    }

    pub fn is_running(&self) -> bool {
        self.end.borrow().is_none() && self.end.has_changed().is_ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(engine: &Engine, job: Job) -> End {
    let _held = match held(&job) {
        Ok(held) => held,
        Err(error) => return cannot_run(error),
    };
    match &job.executable.program {
        Program::Module(module) => run_module(engine, module, &job).await,
        Program::Component(component) => run_component(engine, component, &job).await,
    }
}

struct ModuleState {
    limit: Limit,
    wasi: WasiP1Ctx,
}

struct ComponentState {
    limit: Limit,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for ComponentState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn limit(job: &Job) -> Limit {
    Limit::new(job.memory, job.budget.clone())
}

/// What this process keeps of variables and arguments: once here, and once where the program asks for
/// them.
fn held(job: &Job) -> Result<Held> {
    let pairs = job.environment.iter();
    let variables: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
    let arguments: usize = job.arguments.iter().map(String::len).sum();
    Ok(job.budget.clone().hold(2 * (variables + arguments))?)
}

/// No network: a pod of this node has no address of its own. And nothing may block the program's
/// thread, or a program that sleeps cannot be stopped.
fn wasi(job: &Job) -> Result<WasiCtxBuilder> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .args(&job.arguments)
        .envs(&job.environment)
        .max_random_size(RANDOM)
        .stdout(job.log.stream("stdout"))
        .stderr(job.log.stream("stderr"));
    for mount in &job.mounts {
        let permissions = if mount.read_only {
            FsPerms::ReadOnly
        } else {
            FsPerms::ReadWrite
        };
        builder
            .preopened_dir(
                format!("/proc/self/fd/{}", mount.directory.as_raw_fd()),
                &mount.guest,
                permissions,
            )
            .map_err(anyhow::Error::from)
            .with_context(|| format!("{} cannot be mounted", mount.guest))?;
    }
    Ok(builder)
}

fn store<T: Send + 'static>(
    engine: &Engine,
    state: T,
    limit: fn(&mut T) -> &mut Limit,
    processors: Option<f64>,
) -> Store<T> {
    let mut store = Store::new(engine, state);
    store.limiter(move |state| limit(state));
    // It gives way at each epoch: that is where it can be stopped.
    store.set_epoch_deadline(1);
    match processors.map(Pace::new) {
        None => store.epoch_deadline_async_yield_and_update(1),
        Some(mut pace) => store.epoch_deadline_callback(move |_| {
            Ok(match pace.pause() {
                None => UpdateDeadline::Yield(1),
                Some(pause) => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep(pause))),
            })
        }),
    }
    store
}

async fn run_module(engine: &Engine, module: &Module, job: &Job) -> End {
    let prepared = async {
        let mut linker = Linker::new(engine);
        p1::add_to_linker_async(&mut linker, |state: &mut ModuleState| &mut state.wasi)?;
        let mut state = ModuleState {
            limit: limit(job),
            wasi: wasi(job)?.build_p1(),
        };
        state.wasi.ctx().table.set_max_capacity(job.handles);
        let mut store = store(engine, state, |state| &mut state.limit, job.processors);
        let instance = linker.instantiate_async(&mut store, module).await?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        Ok::<_, anyhow::Error>((store, start))
    };
    match prepared.await {
        Err(error) => cannot_run(error),
        Ok((mut store, start)) => ended(start.call_async(&mut store, ()).await.map(|()| Ok(()))),
    }
}

async fn run_component(engine: &Engine, component: &Component, job: &Job) -> End {
    let prepared = async {
        let mut linker = component::Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let mut table = ResourceTable::new();
        table.set_max_capacity(job.handles);
        let state = ComponentState {
            limit: limit(job),
            wasi: wasi(job)?.build(),
            table,
        };
        let mut store = store(engine, state, |state| &mut state.limit, job.processors);
        let command = Command::instantiate_async(&mut store, component, &linker).await?;
        Ok::<_, anyhow::Error>((store, command))
    };
    match prepared.await {
        Err(error) => cannot_run(error),
        Ok((mut store, command)) => ended(command.wasi_cli_run().call_run(&mut store).await),
    }
}

fn cannot_run(error: anyhow::Error) -> End {
    // A start function may exit, too.
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return End::Exit(exit.0);
    }
    match error
        .chain()
        .find_map(|cause| cause.downcast_ref::<OverLimit>())
    {
        Some(limit) => End::OverLimit(limit.to_string()),
        None => End::CannotRun(short(format!("{error:#}"))),
    }
}

fn ended(result: wasmtime::Result<Result<(), ()>>) -> End {
    match result {
        Ok(Ok(())) => End::Exit(0),
        Ok(Err(())) => End::Exit(1),
        Err(error) => match (
            error.downcast_ref::<I32Exit>(),
            error.downcast_ref::<OverLimit>(),
        ) {
            (Some(exit), _) => End::Exit(exit.0),
            (None, Some(limit)) => End::OverLimit(limit.to_string()),
            (None, None) => {
                // The cause is the innermost; what is around it is where it happened.
                let mut causes: Vec<_> = error.chain().map(ToString::to_string).collect();
                causes.reverse();
                End::Trap(short(causes.join("\n")))
            }
        },
    }
}

fn short(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(TOLD) {
        text.truncate(at);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
