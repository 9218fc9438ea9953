use containerd_shim_wasm::shim::Cli;
use vessel_shims::wasmer::Wasmer;

fn main() {
    Wasmer::run(None);
}
