//! Wasmer: WASI preview 1 modules, and WASIX.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use containerd_shim_wasm::sandbox::Sandbox;
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use containerd_shim_wasm::shim::{Shim, Version};
use wasmer::sys::{EngineBuilder, Features};
use wasmer::{Engine, Module};
use wasmer_cranelift::Cranelift;
use wasmer_wasix::runners::MappedDirectory;
use wasmer_wasix::runners::wasi::{RuntimeOrEngine, WasiRunner};
use wasmer_wasix::{WasiError, WasiRuntimeError};
use wasmer_types::ModuleHash;

use crate::{End, Ends, Given, exit_code, program};

pub struct Wasmer;

impl Shim for Wasmer {
    type Sandbox = Guest;

    fn name() -> &'static str {
        "wasmer"
    }

    fn version() -> Version {
        crate::version()
    }
}

#[derive(Default)]
pub struct Guest;

impl Sandbox for Guest {
    async fn can_handle(&self, _ctx: &impl RuntimeContext) -> Result<()> {
        Ok(()) // run_wasi says what is wrong where people look: in the container's log
    }

    async fn run_wasi(&self, ctx: &impl RuntimeContext) -> Result<i32> {
        let _ends = Ends::new();
        Ok(exit_code(run(ctx)))
    }
}

/// Run the container's entry point to its end.
pub fn run(ctx: &impl RuntimeContext) -> End {
    let prepared = || -> Result<_> {
        let (bytes, kind) = program(ctx)?;
        if matches!(kind, WasmBinaryType::Component) {
            bail!("Wasmer runs no components (WASI preview 2); the runtime class wasmtime does");
        }
        let engine: Engine = EngineBuilder::new(Cranelift::default()).engine().into();
        let module = Module::new(&engine, &bytes)?;
        Ok((engine, module, ModuleHash::new(&bytes)))
    };
    let (engine, module, hash) = match prepared() {
        Ok(prepared) => prepared,
        Err(error) => return End::CannotRun(error),
    };
    let (given, function) = (Given::of(ctx), ctx.entrypoint().func);
    // The runner blocks on a runtime of its own, which no thread of another runtime may do.
    let runner = move || {
        let mut runner = WasiRunner::new();
        runner
            .with_args(given.args.iter().skip(1))
            .with_envs(given.envs.iter().cloned())
            .with_entry_function(function)
            .with_mapped_directories([MappedDirectory { host: "/".into(), guest: "/".into() }])
            .with_current_dir("/");
        let name = given.args.first().map_or("", String::as_str);
        runner.run_wasm(RuntimeOrEngine::Engine(engine), name, module, hash)
    };
    match std::thread::spawn(runner).join() {
        Err(_) => End::Trap(anyhow!("the engine panicked")),
        Ok(Ok(())) => End::Exit(0),
        Ok(Err(error)) => ended(error),
    }
}

/// `proc_exit` comes as an error, wrapped in others.
fn ended(error: anyhow::Error) -> End {
    let code = error.chain().find_map(|cause| {
        let wasi = cause.downcast_ref::<WasiRuntimeError>().and_then(WasiRuntimeError::as_exit_code);
        wasi.or_else(|| match cause.downcast_ref::<WasiError>() {
            Some(WasiError::Exit(code)) => Some(*code),
            _ => None,
        })
    });
    match code {
        Some(code) => End::Exit(code.raw()),
        None => End::Trap(error),
    }
}
