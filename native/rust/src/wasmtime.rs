//! Wasmtime: WASI preview 1 modules, preview 2 commands, `wasi:http/proxy` and wasi-nn.

use std::hash::Hash;

use anyhow::{Result, anyhow};
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};
use wasmtime::component::{self, Component, ResourceTable};
use wasmtime::{Config, Engine, Linker, Module, Precompiled, ResourceLimiter, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wasmtime_wasi_nn::{Backend, InMemoryRegistry, Registry, wit, witx};

use crate::container::{Given, program};
use crate::engine::{self, End};
use crate::{memory, onnx};

mod http;

const NN_MODULE: &str = "wasi_ephemeral_nn";
const NN_INTERFACE: &str = "wasi:nn/";
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
            Ok(Program::Module(module)) => run_module(engine, &module, ctx).await,
            Ok(Program::Component(component)) => {
                let serves = component
                    .component_type()
                    .exports(engine)
                    .any(|(name, _)| name.starts_with(HTTP_HANDLER));
                if serves {
                    http::serve(engine, &component, ctx).await
                } else {
                    run_command(engine, &component, ctx).await
                }
            }
        }
    }
}

enum Program {
    Module(Module),
    Component(Component),
}

fn load(engine: &Engine, ctx: &impl RuntimeContext) -> Result<Program> {
    let source = ctx.entrypoint().source;
    if source.is_precompiled().unwrap_or(false) {
        let bytes = source.as_bytes()?;
        // SAFETY: containerd's store says that this shim's compiler made it. A file of an image or a
        // layer that somebody else compiled is never taken for compiled code.
        return Ok(match Engine::detect_precompiled(&bytes) {
            Some(Precompiled::Component) => {
                Program::Component(unsafe { Component::deserialize(engine, &bytes)? })
            }
            _ => Program::Module(unsafe { Module::deserialize(engine, &bytes)? }),
        });
    }
    let (bytes, kind) = program(ctx)?;
    Ok(match kind {
        WasmBinaryType::Module => Program::Module(Module::from_binary(engine, &bytes)?),
        WasmBinaryType::Component => Program::Component(Component::from_binary(engine, &bytes)?),
    })
}

/// What a guest sees: the container's arguments, environment, files and network.
fn wasi(given: &Given) -> Result<WasiCtxBuilder> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .inherit_stdio()
        .args(&given.args)
        .envs(&given.envs)
        .inherit_network()
        .allow_ip_name_lookup(true)
        .preopened_dir("/", "/", FsPerms::ReadWrite)?;
    Ok(builder)
}

/// Watches what a guest asks for.
struct Watch;

impl ResourceLimiter for Watch {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        memory::asked((desired - current) as u64);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

fn nn_backends() -> (Vec<Backend>, Registry) {
    let backends = onnx::available().map(|()| vec![Backend::from(onnx::Quiet::default())]);
    (
        backends.unwrap_or_default(),
        Registry::from(InMemoryRegistry::new()),
    )
}

/// Ready wasi-nn when one of the `imports` begins with `name`.
fn ready_nn<'a>(mut imports: impl Iterator<Item = &'a str>, name: &str) -> Result<()> {
    if !imports.any(|import| import.starts_with(name)) {
        return Ok(());
    }
    onnx::available().map_err(|reason| {
        anyhow!("it needs wasi-nn, and this node's ONNX Runtime is missing: {reason}")
    })
}

struct ModuleState {
    watch: Watch,
    wasi: WasiP1Ctx,
    nn: witx::WasiNnCtx,
}

async fn run_module(engine: &Engine, module: &Module, ctx: &impl RuntimeContext) -> End {
    let prepared = async {
        ready_nn(module.imports().map(|import| import.module()), NN_MODULE)?;
        let mut linker = Linker::new(engine);
        p1::add_to_linker_async(&mut linker, |state: &mut ModuleState| &mut state.wasi)?;
        witx::add_to_linker(&mut linker, |state: &mut ModuleState| &mut state.nn)?;
        let (backends, registry) = nn_backends();
        let state = ModuleState {
            watch: Watch,
            wasi: wasi(&Given::of(ctx))?
                .allow_blocking_current_thread(true)
                .build_p1(),
            nn: witx::WasiNnCtx::new(backends, registry),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.watch);
        let instance = linker.instantiate_async(&mut store, module).await?;
        let start = instance.get_typed_func::<(), ()>(&mut store, &ctx.entrypoint().func)?;
        Ok::<_, anyhow::Error>((store, start))
    };
    match prepared.await {
        Err(error) => End::CannotRun(error),
        Ok((mut store, start)) => end(start.call_async(&mut store, ()).await.map(|()| Ok(()))),
    }
}

pub(crate) struct ComponentState {
    watch: Watch,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    nn: wit::WasiNnCtx,
    table: ResourceTable,
}

impl ComponentState {
    /// A store for one instance.
    fn store(engine: &Engine, given: &Given) -> Result<Store<Self>> {
        let (backends, registry) = nn_backends();
        let state = Self {
            watch: Watch,
            wasi: wasi(given)?.build(),
            http: WasiHttpCtx::new(),
            nn: wit::WasiNnCtx::new(backends, registry),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.watch);
        Ok(store)
    }
}

impl WasiView for ComponentState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for ComponentState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: Default::default(),
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// A linker that has all that a component may import.
fn component_linker(
    engine: &Engine,
    component: &Component,
) -> Result<component::Linker<ComponentState>> {
    let kind = component.component_type();
    let imports: Vec<_> = kind.imports(engine).map(|(name, _)| name).collect();
    ready_nn(imports.iter().copied(), NN_INTERFACE)?;
    let mut linker = component::Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wit::add_to_linker(&mut linker, |state: &mut ComponentState| {
        wit::WasiNnView::new(&mut state.table, &mut state.nn)
    })?;
    Ok(linker)
}

async fn run_command(engine: &Engine, component: &Component, ctx: &impl RuntimeContext) -> End {
    let prepared = async {
        let linker = component_linker(engine, component)?;
        let mut store = ComponentState::store(engine, &Given::of(ctx))?;
        let command = Command::instantiate_async(&mut store, component, &linker).await?;
        Ok::<_, anyhow::Error>((store, command))
    };
    match prepared.await {
        Err(error) => End::CannotRun(error),
        Ok((mut store, command)) => end(command.wasi_cli_run().call_run(&mut store).await),
    }
}

/// `wasi:cli/run` says only whether it went well; `exit` and `proc_exit` come as an error.
fn end(result: wasmtime::Result<Result<(), ()>>) -> End {
    match result {
        Ok(Ok(())) => End::Exit(0),
        Ok(Err(())) => End::Exit(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => End::Exit(exit.0),
            None => End::Trap(error.into()),
        },
    }
}
