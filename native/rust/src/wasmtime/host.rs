//! What every guest of Wasmtime has of its host: WASI, wasi-nn, and an account of its memory.

use anyhow::{Result, anyhow};
use wasmtime::ResourceLimiter;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};
use wasmtime_wasi_nn::{Backend, InMemoryRegistry, Registry};

use crate::container::Given;
use crate::engine::End;
use crate::{memory, onnx};

/// What a guest sees: the container's arguments, environment, files and network.
pub fn wasi(given: &Given) -> Result<WasiCtxBuilder> {
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
pub struct Watch;

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

pub fn nn_backends() -> (Vec<Backend>, Registry) {
    let backends = onnx::available().map(|()| vec![Backend::from(onnx::Quiet::default())]);
    (
        backends.unwrap_or_default(),
        Registry::from(InMemoryRegistry::new()),
    )
}

/// Ready wasi-nn when one of the `imports` begins with `name`.
pub fn ready_nn<'a>(mut imports: impl Iterator<Item = &'a str>, name: &str) -> Result<()> {
    if !imports.any(|import| import.starts_with(name)) {
        return Ok(());
    }
    onnx::available().map_err(|reason| {
        anyhow!("it needs wasi-nn, and this node's ONNX Runtime is missing: {reason}")
    })
}

/// `wasi:cli/run` says only whether it went well; `exit` and `proc_exit` come as an error.
pub fn end(result: wasmtime::Result<Result<(), ()>>) -> End {
    match result {
        Ok(Ok(())) => End::Exit(0),
        Ok(Err(())) => End::Exit(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => End::Exit(exit.0),
            None => End::Trap(error.into()),
        },
    }
}
