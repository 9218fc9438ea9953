//! Wasmer: WASI preview 1 modules, and WASIX.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use containerd_shim_wasm::sandbox::Sandbox;
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use containerd_shim_wasm::shim::{Shim, Version};
use wasmer::sys::{Cranelift, EngineBuilder};
use wasmer::{Engine, Module};
use wasmer_types::ModuleHash;
use wasmer_wasix::bin_factory::spawn_exec_module;
use wasmer_wasix::virtual_fs::{FileSystem, host_fs};
use wasmer_wasix::wasmer_wasix_types::wasi::ExitCode;
use wasmer_wasix::{WasiEnvBuilder, WasiRuntimeError};

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
    // WASIX blocks on a runtime of its own, which no thread of another runtime may do.
    match std::thread::spawn(move || start(engine, module, hash, given, function)).join() {
        Err(_) => End::Trap(anyhow!("the engine panicked")),
        Ok(Err(error)) => End::CannotRun(error),
        Ok(Ok(ended)) => end(ended),
    }
}

fn start(
    engine: Engine,
    module: Module,
    hash: ModuleHash,
    given: Given,
    function: String,
) -> Result<Result<ExitCode, Arc<WasiRuntimeError>>> {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = {
        let _inside = tokio.enter();
        // Not the library's WasiRunner: what a guest writes under a directory mapped to / stays in
        // the memory of its overlay and never comes to the container's volumes.
        let root: Arc<dyn FileSystem + Send + Sync> =
            Arc::new(host_fs::FileSystem::new(tokio.handle().clone(), "/")?);
        let name = given.args.first().map_or("", String::as_str);
        let mut builder = WasiEnvBuilder::new(name)
            .args(given.args.iter().skip(1))
            .envs(given.envs)
            .entry_function(function)
            .engine(engine)
            .fs(root)
            .current_dir("/")
            .map_dir(".", "/")?
            .preopen_dir("/")?;
        builder.set_module_hash(hash);
        let env = builder.build()?;
        let runtime = env.runtime.clone();
        let mut task = spawn_exec_module(module, env, &runtime)?;
        runtime.task_manager().spawn_and_block_on(async move { task.wait_finished().await })?
    };
    tokio.shutdown_background(); // a thread of it may be reading standard input for ever
    Ok(ended)
}

fn end(ended: Result<ExitCode, Arc<WasiRuntimeError>>) -> End {
    match ended {
        Ok(code) => End::Exit(code.raw()),
        Err(error) => match error.as_exit_code() {
            Some(code) => End::Exit(code.raw()),
            None if matches!(*error, WasiRuntimeError::Runtime(_)) => End::Trap(error.into()),
            None => End::CannotRun(error.into()),
        },
    }
}
