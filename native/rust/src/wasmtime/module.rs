//! Runs a WASI preview 1 module.

use containerd_shim_wasm::sandbox::context::RuntimeContext;
use wasmtime::{Engine, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi_nn::witx;

use super::host::{Watch, end, nn_backends, ready_nn, wasi};
use crate::container::Given;
use crate::engine::End;

const NN_MODULE: &str = "wasi_ephemeral_nn";

struct ModuleState {
    watch: Watch,
    wasi: WasiP1Ctx,
    nn: witx::WasiNnCtx,
}

pub async fn run(engine: &Engine, module: &Module, ctx: &impl RuntimeContext) -> End {
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
