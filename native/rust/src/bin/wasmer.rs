use containerd_shim_wasm::shim::Cli;
use vessel_shims::engine::ShimOf;
use vessel_shims::wasmer::Wasmer;

fn main() {
    ShimOf::<Wasmer>::run(None);
}
