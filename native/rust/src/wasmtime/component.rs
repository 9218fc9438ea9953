//! Runs a WASI preview 2 command, and makes what any component needs.

use anyhow::Result;
use containerd_shim_wasm::sandbox::context::RuntimeContext;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wasmtime_wasi_nn::wit;

use super::host::{Watch, end, nn_backends, ready_nn, wasi};
use crate::container::Given;
use crate::engine::End;

const NN_INTERFACE: &str = "wasi:nn/";

pub struct ComponentState {
    watch: Watch,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    nn: wit::WasiNnCtx,
    table: ResourceTable,
}

impl ComponentState {
    /// A store for one instance.
    pub fn store(engine: &Engine, given: &Given) -> Result<Store<Self>> {
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
pub fn linker(engine: &Engine, component: &Component) -> Result<Linker<ComponentState>> {
    let kind = component.component_type();
    let imports: Vec<_> = kind.imports(engine).map(|(name, _)| name).collect();
    ready_nn(imports.iter().copied(), NN_INTERFACE)?;
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wit::add_to_linker(&mut linker, |state: &mut ComponentState| {
        wit::WasiNnView::new(&mut state.table, &mut state.nn)
    })?;
    Ok(linker)
}

pub async fn run(engine: &Engine, component: &Component, ctx: &impl RuntimeContext) -> End {
    let prepared = async {
        let linker = linker(engine, component)?;
        let mut store = ComponentState::store(engine, &Given::of(ctx))?;
        let command = Command::instantiate_async(&mut store, component, &linker).await?;
        Ok::<_, anyhow::Error>((store, command))
    };
    match prepared.await {
        Err(error) => End::CannotRun(error),
        Ok((mut store, command)) => end(command.wasi_cli_run().call_run(&mut store).await),
    }
}
