use containerd_shim_wasm::shim::Cli;
use vessel_shims::engine::ShimOf;
use vessel_shims::wasmtime::{Wasmtime, prepare};

fn main() {
    prepare();
    ShimOf::<Wasmtime>::run(None);
}
