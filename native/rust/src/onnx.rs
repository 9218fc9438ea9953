//! ONNX Runtime, opened before there is a container.
//!
//! A guest runs where the node's libraries cannot be seen, so the shim opens the library when it
//! starts and every container's process inherits it. A node without the library runs everything
//! else; a guest that wants it is told why it is not there.

use std::ffi::CStr;
use std::fs::File;
use std::mem::{MaybeUninit, offset_of};
use std::os::fd::AsRawFd;
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use ort::sys::{OrtApi, OrtApiBase};
use wasmtime_wasi_nn::Graph;
use wasmtime_wasi_nn::backend::onnx::OnnxBackend;
use wasmtime_wasi_nn::backend::{BackendError, BackendFromDir, BackendInner};
use wasmtime_wasi_nn::wit::{ExecutionTarget, GraphEncoding};

/// The library's name in Debian trixie; VESSEL_ONNXRUNTIME names another one.
const LIBRARY: &str = "libonnxruntime.so.1.21";
/// ONNX Runtime only ever adds functions to the end of its table. `ort` wants the table of version
/// 22; this much of it is in version 20 and later, and is all that wasi-nn calls.
const VERSION: u32 = 20;
const KNOWN: usize = offset_of!(OrtApi, ReleaseValueInfo);

static STATE: OnceLock<Result<(), String>> = OnceLock::new();

/// Open the library. Call it once, before any thread is started.
pub fn open() {
    let name = std::env::var("VESSEL_ONNXRUNTIME").unwrap_or_else(|_| LIBRARY.into());
    let _ = STATE.set(load(&name));
}

/// Whether a guest can have it; if not, why.
pub fn available() -> Result<(), &'static str> {
    match STATE.get() {
        Some(Ok(())) => Ok(()),
        Some(Err(reason)) => Err(reason),
        None => Err("ONNX Runtime was not opened"),
    }
}

/// wasi-nn's backend, with what Debian's library says of itself kept from the container's log: it is
/// built so that it complains of each of its operators when the first model is loaded.
#[derive(Default)]
pub struct Quiet(OnnxBackend);

impl BackendInner for Quiet {
    fn encoding(&self) -> GraphEncoding {
        self.0.encoding()
    }

    fn load(&mut self, builders: &[&[u8]], target: ExecutionTarget) -> Result<Graph, BackendError> {
        silently(|| self.0.load(builders, target))
    }

    fn as_dir_loadable(&mut self) -> Option<&mut dyn BackendFromDir> {
        self.0.as_dir_loadable()
    }
}

/// Do it, and lose what anybody writes to standard error meanwhile.
fn silently<T>(what: impl FnOnce() -> T) -> T {
    let Ok(nothing) = File::options().write(true).open("/dev/null") else {
        return what();
    };
    let kept = unsafe { libc::dup(libc::STDERR_FILENO) };
    unsafe { libc::dup2(nothing.as_raw_fd(), libc::STDERR_FILENO) };
    let done = what();
    unsafe {
        libc::dup2(kept, libc::STDERR_FILENO);
        libc::close(kept);
    }
    done
}

fn load(name: &str) -> Result<(), String> {
    let library =
        unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) }.map_err(|e| e.to_string())?;
    let base =
        unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(b"OrtGetApiBase") }
            .map_err(|e| e.to_string())?;
    let api = unsafe {
        let base = base();
        let table = ((*base).GetApi)(VERSION);
        if table.is_null() {
            let version = CStr::from_ptr(((*base).GetVersionString)()).to_string_lossy();
            return Err(format!(
                "{name} is ONNX Runtime {version}, which is too old"
            ));
        }
        extend(table)
    };
    std::mem::forget(library);
    ort::set_api(api);
    Ok(())
}

/// The table's known part, and a function that says so in place of each later one.
unsafe fn extend(table: *const OrtApi) -> OrtApi {
    extern "system" fn missing() -> ! {
        eprintln!("this ONNX Runtime is too old for what was called");
        std::process::abort()
    }
    let slot = size_of::<*const ()>();
    let mut api = MaybeUninit::<OrtApi>::uninit();
    let bytes = api.as_mut_ptr().cast::<u8>();
    unsafe {
        std::ptr::copy_nonoverlapping(table.cast::<u8>(), bytes, KNOWN);
        for offset in (KNOWN..size_of::<OrtApi>()).step_by(slot) {
            bytes
                .add(offset)
                .cast::<*const ()>()
                .write(missing as *const ());
        }
        api.assume_init()
    }
}

#[cfg(test)]
mod tests;
