//! Wasmer: WASI preview 1 modules, and WASIX.

use std::hash::Hash;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use containerd_shim_wasm::sandbox::Sandbox;
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType, WasmLayer};
use containerd_shim_wasm::shim::{Compiler, Shim, Version};
use wasmer::sys::{Cranelift, EngineBuilder, NativeEngineExt};
use wasmer::{Engine, Module, Store};
use wasmer_types::{ModuleHash, VERSION};
use wasmer_wasix::virtual_fs::{FileSystem, host_fs};
use wasmer_wasix::{WasiEnvBuilder, WasiError};

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

    async fn compiler() -> Option<impl Compiler> {
        Some(Ahead(engine()))
    }
}

fn engine() -> Engine {
    EngineBuilder::new(Cranelift::default()).engine().into()
}

/// Compiles the layers of an OCI artifact once; containerd keeps the result.
struct Ahead(Engine);

impl Compiler for Ahead {
    fn cache_key(&self) -> impl Hash {
        // Code for a processor that can more would be refused.
        (
            VERSION,
            self.0.deterministic_id(),
            format!("{:?}", self.0.target()),
        )
    }

    async fn compile(&self, layers: &[WasmLayer]) -> Result<Vec<Option<Vec<u8>>>> {
        let compile = |layer: &WasmLayer| match WasmBinaryType::from_bytes(&layer.layer) {
            Some(WasmBinaryType::Module) => Ok(Some(
                Module::new(&self.0, &layer.layer)?.serialize()?.to_vec(),
            )),
            _ => Ok(None), // compiled already, a component, or no WebAssembly
        };
        layers.iter().map(compile).collect()
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
    let (engine, module, hash) = match load(ctx) {
        Ok(loaded) => loaded,
        Err(error) => return End::CannotRun(error),
    };
    let (given, function) = (Given::of(ctx), ctx.entrypoint().func);
    // WASIX blocks on a runtime of its own, which no thread of another runtime may do.
    std::thread::spawn(move || start(engine, module, hash, given, &function))
        .join()
        .unwrap_or_else(|_| End::Trap(anyhow!("the engine panicked")))
}

fn load(ctx: &impl RuntimeContext) -> Result<(Engine, Module, ModuleHash)> {
    let (engine, source) = (engine(), ctx.entrypoint().source);
    if source.is_precompiled().unwrap_or(false) {
        let bytes = source.as_bytes()?;
        // SAFETY: containerd's store says that this shim's compiler made it. A file of an image or a
        // layer that somebody else compiled is never taken for compiled code.
        let module = unsafe { Module::deserialize(&engine, &*bytes)? };
        return Ok((engine, module, ModuleHash::new(&bytes)));
    }
    let (bytes, kind) = program(ctx)?;
    if matches!(kind, WasmBinaryType::Component) {
        bail!("Wasmer runs no components (WASI preview 2); the runtime class wasmtime does");
    }
    let module = Module::new(&engine, &bytes)?;
    Ok((engine, module, ModuleHash::new(&bytes)))
}

fn start(engine: Engine, module: Module, hash: ModuleHash, given: Given, function: &str) -> End {
    let tokio = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(tokio) => tokio,
        Err(error) => return End::CannotRun(error.into()),
    };
    let inside = tokio.enter();
    let mut store = Store::new(engine.clone());
    let prepared = || -> Result<_> {
        // Not the library's WasiRunner: what a guest writes under a directory mapped to / stays in
        // the memory of its overlay and never comes to the container's volumes.
        let root: Arc<dyn FileSystem + Send + Sync> =
            Arc::new(host_fs::FileSystem::new(tokio.handle().clone(), "/")?);
        let name = given.args.first().map_or("", String::as_str);
        let builder = WasiEnvBuilder::new(name)
            .args(given.args.iter().skip(1))
            .envs(given.envs)
            .engine(engine)
            .fs(root)
            .current_dir("/")
            .map_dir(".", "/")?
            .preopen_dir("/")?;
        let (instance, env) = builder.instantiate_ext(module, hash, &mut store)?;
        Ok((instance.exports.get_function(function)?.clone(), env))
    };
    let (entry, env) = match prepared() {
        Ok(prepared) => prepared,
        Err(error) => return End::CannotRun(error),
    };
    let ended = match entry.call(&mut store, &[]) {
        Ok(_) => End::Exit(0),
        Err(error) => match error.downcast::<WasiError>() {
            Ok(WasiError::Exit(code)) => End::Exit(code.raw()),
            Ok(error) => End::CannotRun(error.into()),
            Err(trap) => End::Trap(trap.into()),
        },
    };
    env.on_exit(&mut store, None); // what is written must be in the files
    drop(inside);
    tokio.shutdown_background(); // a thread of it may be reading standard input for ever
    ended
}
