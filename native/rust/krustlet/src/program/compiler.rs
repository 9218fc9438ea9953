//! Compiling, each module in a process of its own: what its compiler takes is counted with the memory
//! of the node's pods, and ends with it when that is too much.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::Signal;
use tokio::sync::Semaphore;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use super::memory::{Budget, Held};
use super::{Executable, Program, config, short};

/// Compilers that run at once.
const AT_ONCE: usize = 2;
/// For one module.
const LONGEST: Duration = Duration::from_secs(120);
/// Between two looks at what a compiler takes.
const LOOK: Duration = Duration::from_millis(10);

pub struct Compiler {
    engine: Engine,
    budget: Arc<Budget>,
    turns: Semaphore,
    longest: Duration,
    /// Runs `compile`, below.
    command: fn() -> Command,
}

impl Compiler {
    pub fn new(engine: Engine, budget: Arc<Budget>) -> Self {
        Self::with(engine, budget, || {
            let mut command = Command::new("/proc/self/exe");
            command.arg("compile");
            command
        })
    }

    pub fn with(engine: Engine, budget: Arc<Budget>, command: fn() -> Command) -> Self {
        Self {
            engine,
            budget,
            turns: Semaphore::new(AT_ONCE),
            longest: LONGEST,
            command,
        }
    }

    /// Compile a module; fails with a sentence for people.
    pub async fn compile(&self, module: File) -> Result<Executable> {
        let kind = Kind::of(&module)?;
        let _turn = self.turns.acquire().await?;
        let (engine, budget) = (self.engine.clone(), self.budget.clone());
        let (longest, command) = (self.longest, self.command);
        tokio::task::spawn_blocking(move || {
            let flags = rustix::fs::MemfdFlags::CLOEXEC;
            let artifact = File::from(rustix::fs::memfd_create("compiled", flags)?);
            let mut command = command();
            command
                .env_clear()
                .stdin(module)
                .stdout(artifact.try_clone()?)
                .stderr(Stdio::piped());
            command.env("RAYON_NUM_THREADS", threads().to_string());
            let child = command.spawn().context("the compiler")?;
            let held = watch(child, &artifact, budget, longest)?;
            let path = format!("/proc/self/fd/{}", artifact.as_raw_fd());
            // SAFETY: this process' own program has written it, and nobody else has the file.
            let program = unsafe {
                match kind {
                    Kind::Module => Module::deserialize_file(&engine, path).map(Program::Module),
                    Kind::Component => {
                        Component::deserialize_file(&engine, path).map(Program::Component)
                    }
                }
            };
            Ok(Executable::new(program?, held))
        })
        .await?
    }
}

/// Half of the processors: the others are the pods'.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().div_ceil(2))
}

/// Wait for a compiler; what its artifact takes is held for as long as that is used.
fn watch(child: Child, artifact: &File, budget: Arc<Budget>, longest: Duration) -> Result<Held> {
    let mut child = Ends(child);
    let most = budget.most() / 2;
    let mut held = budget.clone().hold(0)?;
    let begun = Instant::now();
    let ended = loop {
        if let Some(ended) = child.0.try_wait()? {
            break ended;
        }
        let takes = resident(child.0.id()) + artifact.metadata()?.len() as usize;
        if takes > most {
            bail!("compiling it takes more than {} MiB of memory", most >> 20);
        }
        let grown = held.grow_to(takes).map_err(anyhow::Error::from);
        grown.context("compiling it")?;
        if begun.elapsed() > longest {
            bail!("compiling it takes longer than {} s", longest.as_secs());
        }
        std::thread::sleep(LOOK);
    };
    if !ended.success() {
        bail!("{}", child.said(ended));
    }
    // Once where it is, and once what is written to of it.
    let kept = budget.hold(2 * artifact.metadata()?.len() as usize)?;
    Ok(kept)
}

/// A compiler, which ends with who waits for it.
struct Ends(Child);

impl Ends {
    fn said(&mut self, ended: ExitStatus) -> String {
        let mut said = String::new();
        if let Some(stderr) = self.0.stderr.take() {
            let _ = stderr.take(64 << 10).read_to_string(&mut said); // no text is no cause
        }
        match (ended.signal(), said.trim()) {
            (Some(signal), said) => format!("the compiler failed, by signal {signal}: {said}"),
            (None, said) => short(said.to_owned()),
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill(); // most often it has ended
        let _ = self.0.wait();
    }
}

/// Bytes of memory that a process of this one has.
fn resident(process: u32) -> usize {
    let said = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = said
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * rustix::param::page_size()
}

#[derive(Clone, Copy)]
enum Kind {
    Module,
    Component,
}

impl Kind {
    /// By the first bytes. What they are is not said: a pod may have named a file of another's.
    fn of(mut module: &File) -> Result<Self> {
        let mut first = Vec::new();
        module.rewind()?;
        module.take(8).read_to_end(&mut first)?;
        module.rewind()?;
        match first[..] {
            [0, b'a', b's', b'm', 1, 0, 0, 0] => Ok(Self::Module),
            [0, b'a', b's', b'm', _, 0, 1, 0] => Ok(Self::Component),
            _ => bail!("this is not WebAssembly: it does not begin with 00 61 73 6d"),
        }
    }
}

/// Be the compiler of the module on standard input. Standard output is the file for what it becomes.
pub fn compile() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // Where the kernel has to end somebody for memory, it is this one rather than all pods.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    let kind = Kind::of(&input)?;
    let mut module = Vec::new();
    (&input).read_to_end(&mut module)?;
    let engine = Engine::new(&config())?;
    let artifact = match kind {
        Kind::Module => engine.precompile_module(&module),
        Kind::Component => engine.precompile_component(&module),
    };
    let artifact = artifact.map_err(|error| anyhow!("{}", short(format!("{error:#}"))))?;
    Ok(output.write_all(&artifact)?)
}

#[cfg(test)]
pub mod tests;
