//! Wasmtime: WASI preview 1 modules, preview 2 commands, `wasi:http/proxy` and wasi-nn.

use std::hash::Hash;

use anyhow::Result;
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Module, Precompiled};

use crate::container::program;
use crate::engine::{self, End};
use crate::onnx;

mod host;

mod component;
mod module;

mod http;

const HTTP_HANDLER: &str = "wasi:http/incoming-handler";

pub struct Wasmtime(Engine);

/// Open what a container's process must inherit; the first thing that the shim does.
///
/// containerd also runs the binary for a moment to start a shim and to clean up after one: no
/// container comes from those.
pub fn prepare() {
    let momentary = ["start", "delete", "-v", "-info"];
    if !std::env::args().any(|argument| momentary.contains(&argument.as_str())) {
        onnx::open();
    }
}

impl engine::Engine for Wasmtime {
    const NAME: &'static str = "wasmtime";

    fn new() -> Result<Self> {
        Ok(Self(Engine::new(&Config::new())?))
    }

    fn cache_key(&self) -> impl Hash + Send {
        self.0.precompile_compatibility_hash()
    }

    fn compile(&self, bytes: &[u8], kind: WasmBinaryType) -> Result<Option<Vec<u8>>> {
        Ok(Some(match kind {
            WasmBinaryType::Module => self.0.precompile_module(bytes)?,
            WasmBinaryType::Component => self.0.precompile_component(bytes)?,
        }))
    }

    async fn run(&self, ctx: &impl RuntimeContext) -> End {
        let engine = &self.0;
        match load(engine, ctx) {
            Err(error) => End::CannotRun(error),
            Ok(Loaded::Module(module)) => module::run(engine, &module, ctx).await,
            Ok(Loaded::Component(component)) => {
                let serves = component
                    .component_type()
                    .exports(engine)
                    .any(|(name, _)| name.starts_with(HTTP_HANDLER));
                if serves {
                    http::serve(engine, &component, ctx).await
                } else {
                    component::run(engine, &component, ctx).await
                }
            }
        }
    }
}

/// A guest's code, which can be instantiated.
enum Loaded {
    Module(Module),
    Component(Component),
}

fn load(engine: &Engine, ctx: &impl RuntimeContext) -> Result<Loaded> {
    let source = ctx.entrypoint().source;
    if source.is_precompiled().unwrap_or(false) {
        let bytes = source.as_bytes()?;
        // SAFETY: containerd's store says that this shim's compiler made it. A file of an image or a
        // layer that somebody else compiled is never taken for compiled code.
        return Ok(match Engine::detect_precompiled(&bytes) {
            Some(Precompiled::Component) => {
                Loaded::Component(unsafe { Component::deserialize(engine, &bytes)? })
            }
            _ => Loaded::Module(unsafe { Module::deserialize(engine, &bytes)? }),
        });
    }
    let (bytes, kind) = program(ctx)?;
    Ok(match kind {
        WasmBinaryType::Module => Loaded::Module(Module::from_binary(engine, &bytes)?),
        WasmBinaryType::Component => Loaded::Component(Component::from_binary(engine, &bytes)?),
    })
}
