//! What an engine must say of itself; a shim is made of that.

use std::fmt::Write;
use std::hash::Hash;
use std::marker::PhantomData;

use anyhow::{Result, anyhow};
use containerd_shim_wasm::sandbox::Sandbox;
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType, WasmLayer};
use containerd_shim_wasm::shim::{Compiler, Shim, Version};

use crate::confined::{confine, give_up_descriptors};

/// What sh(1) exits with for a program that it found but cannot run.
const CANNOT_RUN: i32 = 126;
/// What a program that trapped exits with: the shell's number for SIGABRT.
const TRAPPED: i32 = 134;

/// How a guest ended: its own exit code, or why there is none.
pub enum End {
    Exit(i32),
    /// It never began.
    CannotRun(anyhow::Error),
    Trap(anyhow::Error),
}

pub trait Engine: Sized + Send + Sync + 'static {
    /// Of the shim: containerd-shim-NAME-v1.
    const NAME: &'static str;

    fn new() -> Result<Self>;

    /// What compiled code depends on: it is kept, and taken where this is the same.
    fn cache_key(&self) -> impl Hash + Send;

    /// Machine code that `run` takes from a layer; `None` when the engine runs no such WebAssembly.
    fn compile(&self, bytes: &[u8], kind: WasmBinaryType) -> Result<Option<Vec<u8>>>;

    /// Run the container's entry point to its end.
    fn run(&self, ctx: &impl RuntimeContext) -> impl Future<Output = End> + Send;
}

/// A shim of an engine.
pub struct ShimOf<E> {
    confined: Result<()>,
    engine: PhantomData<E>,
}

impl<E> Default for ShimOf<E> {
    /// The library makes one in a container's process, at last and before it starts threads there.
    fn default() -> Self {
        Self {
            confined: confine(),
            engine: PhantomData,
        }
    }
}

impl<E: Engine> Shim for ShimOf<E> {
    type Sandbox = Self;

    fn name() -> &'static str {
        E::NAME
    }

    /// The library's macro asks git, and two trees would give two binaries.
    fn version() -> Version {
        Version {
            version: env!("CARGO_PKG_VERSION"),
            revision: "",
        }
    }

    async fn compiler() -> Option<impl Compiler> {
        Some(Ahead(E::new().ok()?))
    }
}

/// Compiles the layers of an OCI artifact once; containerd keeps the result.
struct Ahead<E>(E);

impl<E: Engine> Compiler for Ahead<E> {
    fn cache_key(&self) -> impl Hash + Send {
        self.0.cache_key()
    }

    /// `None` for what is compiled already, or is no WebAssembly.
    async fn compile(&self, layers: &[WasmLayer]) -> Result<Vec<Option<Vec<u8>>>> {
        let compile = |layer: &WasmLayer| match WasmBinaryType::from_bytes(&layer.layer) {
            Some(kind) => self.0.compile(&layer.layer, kind),
            None => Ok(None),
        };
        layers.iter().map(compile).collect()
    }
}

impl<E: Engine> Sandbox for ShimOf<E> {
    async fn can_handle(&self, _ctx: &impl RuntimeContext) -> Result<()> {
        Ok(()) // run_wasi says what is wrong where people look: in the container's log
    }

    async fn run_wasi(&self, ctx: &impl RuntimeContext) -> Result<i32> {
        let _ends = Ends::new();
        let ready = match &self.confined {
            Ok(()) => give_up_descriptors().and_then(|()| E::new()),
            Err(error) => Err(anyhow!("{error:#}")),
        };
        Ok(exit_code(match ready {
            Ok(engine) => engine.run(ctx).await,
            Err(error) => End::CannotRun(error),
        }))
    }
}

/// The exit code of the container; the cause goes to its standard error.
pub fn exit_code(end: End) -> i32 {
    match end {
        End::Exit(code) => code,
        End::CannotRun(error) => {
            eprintln!("cannot run: {}", told(&error));
            CANNOT_RUN
        }
        End::Trap(error) => {
            // The cause is the innermost; what is around it is where it happened.
            let mut causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            causes.reverse();
            eprintln!("trapped: {}", causes.join("\n"));
            TRAPPED
        }
    }
}

/// An error and its causes, without those that are in the text of another one already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let between = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{between}{cause}");
        }
    }
    text
}

/// A guest's process ends on SIGTERM, on SIGINT, and when the engine panics while this is held.
///
/// It is process 1 of its container, and the kernel gives that one no default action for a signal;
/// a panic would go on in the library's code that made the container.
struct Ends;

impl Ends {
    fn new() -> Self {
        extern "C" fn end(signal: libc::c_int) {
            unsafe { libc::_exit(128 + signal) }
        }
        for signal in [libc::SIGTERM, libc::SIGINT] {
            unsafe { libc::signal(signal, end as *const () as libc::sighandler_t) };
        }
        Self
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::exit(TRAPPED)
        }
    }
}
