//! containerd shims that run WebAssembly pods, one engine a file.
//!
//! The library `containerd-shim-wasm` makes the container (namespaces, cgroup, root file system) and
//! calls an engine inside it. What the engine prints there is the container's own output, so a cause
//! written to standard error is what `kubectl logs` shows.

// As in Krustlet, a module uses modules of its own group and of those above it.

mod confined;
mod container;
pub mod engine;
mod memory;
#[cfg(feature = "wasmtime")]
mod onnx;

#[cfg(feature = "wasmer")]
pub mod wasmer;
#[cfg(feature = "wasmtime")]
pub mod wasmtime;
