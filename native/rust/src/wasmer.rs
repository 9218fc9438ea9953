//! Wasmer: WASI preview 1 modules, and WASIX.

use std::hash::Hash;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use wasmer::sys::{Cranelift, EngineBuilder, NativeEngineExt};
use wasmer::{Engine, Module, Store};
use wasmer_types::{ModuleHash, VERSION};
use wasmer_wasix::virtual_fs::FileSystem;
use wasmer_wasix::{WasiEnvBuilder, WasiError};

use crate::container::{Given, program};
use crate::engine::{self, End};

mod files;
mod watched;

pub struct Wasmer(Engine);

impl engine::Engine for Wasmer {
    const NAME: &'static str = "wasmer";

    fn new() -> Result<Self> {
        let mut engine = EngineBuilder::new(Cranelift::default()).engine();
        engine.set_tunables(watched::Watched::new(engine.target()));
        Ok(Self(engine.into()))
    }

    fn cache_key(&self) -> impl Hash + Send {
        // Code for a processor that can more would be refused.
        (
            VERSION,
            self.0.deterministic_id(),
            format!("{:?}", self.0.target()),
        )
    }

    fn compile(&self, bytes: &[u8], kind: WasmBinaryType) -> Result<Option<Vec<u8>>> {
        Ok(match kind {
            WasmBinaryType::Module => Some(Module::new(&self.0, bytes)?.serialize()?.to_vec()),
            WasmBinaryType::Component => None,
        })
    }

    async fn run(&self, ctx: &impl RuntimeContext) -> End {
        let engine = self.0.clone();
        let (module, hash) = match load(&engine, ctx) {
            Ok(loaded) => loaded,
            Err(error) => return End::CannotRun(error),
        };
        let (given, function) = (Given::of(ctx), ctx.entrypoint().func);
        // WASIX blocks on a runtime of its own, which no thread of another runtime may do.
        std::thread::spawn(move || start(engine, module, hash, given, &function))
            .join()
            .unwrap_or_else(|_| End::Trap(anyhow!("the engine panicked")))
    }
}

fn load(engine: &Engine, ctx: &impl RuntimeContext) -> Result<(Module, ModuleHash)> {
    let source = ctx.entrypoint().source;
    if source.is_precompiled().unwrap_or(false) {
        let bytes = source.as_bytes()?;
        // SAFETY: containerd's store says that this shim's compiler made it. A file of an image or a
        // layer that somebody else compiled is never taken for compiled code.
        let module = unsafe { Module::deserialize(engine, &*bytes)? };
        return Ok((module, ModuleHash::new(&bytes)));
    }
    let (bytes, kind) = program(ctx)?;
    if matches!(kind, WasmBinaryType::Component) {
        bail!("Wasmer runs no components (WASI preview 2); the runtime class wasmtime does");
    }
    Ok((Module::new(engine, &bytes)?, ModuleHash::new(&bytes)))
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
            Arc::new(files::Files::new(tokio.handle().clone())?);
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
