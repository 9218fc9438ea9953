use containerd_shim_wasm::shim::Cli;
use vessel_shims::engine::Of;
use vessel_shims::wasmtime::{Wasmtime, prepare};

fn main() {
    prepare();
    Of::<Wasmtime>::run(None);
}
