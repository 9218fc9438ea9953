use containerd_shim_wasm::shim::Cli;
use vessel_shims::engine::Of;
use vessel_shims::wasmer::Wasmer;

fn main() {
    Of::<Wasmer>::run(None);
}
