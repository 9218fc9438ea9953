//! What a container gives its guest.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use containerd_shim_wasm::sandbox::context::{RuntimeContext, WasmBinaryType};

/// The bytes of the container's entry point and what kind of WebAssembly they are.
///
/// Fails with a sentence for people.
pub fn program<'a>(ctx: &'a impl RuntimeContext) -> Result<(Cow<'a, [u8]>, WasmBinaryType)> {
    let entrypoint = ctx.entrypoint();
    let name = entrypoint
        .arg0
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let bytes = entrypoint.source.as_bytes().with_context(|| name.clone())?;
    match WasmBinaryType::from_bytes(&bytes) {
        Some(kind) => Ok((bytes, kind)),
        None => bail!(
            "{name}: this is not WebAssembly: it begins with {:02x?}, not with 00 61 73 6d",
            &bytes[..bytes.len().min(4)]
        ),
    }
}

pub struct Given {
    pub args: Vec<String>,
    pub envs: Vec<(String, String)>,
}

impl Given {
    pub fn of(ctx: &impl RuntimeContext) -> Self {
        let pair = |text: &String| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        Self {
            args: ctx.args().to_vec(),
            envs: ctx.envs().iter().map(pair).collect(),
        }
    }

    #[cfg(feature = "wasmtime")]
    pub fn env(&self, name: &str) -> Option<&str> {
        self.envs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}
