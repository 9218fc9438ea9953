//! containerd shims that run WebAssembly pods, one engine a file.
//!
//! The library `containerd-shim-wasm` makes the container (namespaces, cgroup, root file system) and
//! calls an engine inside it. What the engine prints there is the container's own output, so a cause
//! written to standard error is what `kubectl logs` shows.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};

#[cfg(feature = "wasmtime")]
mod onnx;
#[cfg(feature = "wasmtime")]
pub mod wasmtime;

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

/// The exit code of the container; the cause goes to its standard error.
pub fn exit_code(end: End) -> i32 {
    let (word, error, code) = match end {
        End::Exit(code) => return code,
        End::CannotRun(error) => ("cannot run", error, CANNOT_RUN),
        End::Trap(error) => ("trapped", error, TRAPPED),
    };
    eprintln!("{word}: {error:#}");
    code
}

/// The bytes of the container's entry point and what kind of WebAssembly they are.
///
/// WebAssembly text is taken, too. Fails with a sentence for people.
pub fn program<'a>(ctx: &'a impl RuntimeContext) -> Result<(Cow<'a, [u8]>, WasmBinaryType)> {
    let entrypoint = ctx.entrypoint();
    let name = entrypoint
        .arg0
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let bytes = entrypoint
        .source
        .as_bytes()
        .with_context(|| format!("{name:?}"))?;
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

/// Let SIGTERM and SIGINT end the guest.
///
/// It is process 1 of its container, and the kernel gives that one no default action.
pub fn end_on_signals() {
    extern "C" fn end(signal: libc::c_int) {
        unsafe { libc::_exit(128 + signal) }
    }
    for signal in [libc::SIGTERM, libc::SIGINT] {
        unsafe { libc::signal(signal, end as *const () as libc::sighandler_t) };
    }
}
