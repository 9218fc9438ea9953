//! containerd shims that run WebAssembly pods, one engine a file.
//!
//! The library `containerd-shim-wasm` makes the container (namespaces, cgroup, root file system) and
//! calls an engine inside it. What the engine prints there is the container's own output, so a cause
//! written to standard error is what `kubectl logs` shows.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use containerd_shim_wasm::shim::Version;

#[cfg(feature = "wasmtime")]
mod onnx;
#[cfg(feature = "wasmer")]
pub mod wasmer;
#[cfg(feature = "wasmtime")]
pub mod wasmtime;

/// What sh(1) exits with for a program that it found but cannot run.
const CANNOT_RUN: i32 = 126;
/// What a program that trapped exits with: the shell's number for SIGABRT.
const TRAPPED: i32 = 134;

/// What a shim says of itself. The library's macro asks git, and two trees would give two binaries.
fn version() -> Version {
    Version {
        version: env!("CARGO_PKG_VERSION"),
        revision: "",
    }
}

/// How a guest ended: its own exit code, or why there is none.
pub enum End {
    Exit(i32),
    /// It never began.
    CannotRun(anyhow::Error),
    Trap(anyhow::Error),
}

/// The exit code of the container; the cause goes to its standard error.
pub fn exit_code(end: End) -> i32 {
    match end {
        End::Exit(code) => code,
        End::CannotRun(error) => {
            eprintln!("cannot run: {error:#}");
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

/// The bytes of the container's entry point and what kind of WebAssembly they are.
///
/// Fails with a sentence for people.
pub fn program<'a>(ctx: &'a impl RuntimeContext) -> Result<(Cow<'a, [u8]>, WasmBinaryType)> {
    let entrypoint = ctx.entrypoint();
    let name = entrypoint
        .arg0
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let bytes = entrypoint.source.as_bytes().with_context(|| name.clone())?;
    match WasmBinaryType::from_bytes(&bytes) {
        Some(kind) => Ok((bytes, kind)),
        None => bail!(
            "{name}: this is not WebAssembly: it begins with {:02x?}, not with 00 61 73 6d",
            &bytes[..bytes.len().min(4)]
        ),
    }
}

/// What the container gives its guest.
pub struct Given {
    pub args: Vec<String>,
    pub envs: Vec<(String, String)>,
}

impl Given {
    pub fn of(ctx: &impl RuntimeContext) -> Self {
        let pair = |text: &String| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        Self {
            args: ctx.args().to_vec(),
            envs: ctx.envs().iter().map(pair).collect(),
        }
    }

    pub fn env(&self, name: &str) -> Option<&str> {
        self.envs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A guest's process ends on SIGTERM, on SIGINT, and when the engine panics while this is held.
///
/// It is process 1 of its container, and the kernel gives that one no default action for a signal;
/// a panic would go on in the library's code that made the container.
pub struct Ends;

impl Ends {
    pub fn new() -> Self {
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
