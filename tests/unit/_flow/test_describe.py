from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._flow.describe import engine_sizes


def test_an_engine_is_as_large_as_its_shim_and_its_packages() -> None:
    sizes = {
        "containerd-shim-wasmtime-v1": 35,
        "libonnxruntime1.21": 7,
        "libseccomp2": 1,
        "libwasmedge0": 3,
        "crun": 100,
    }
    components = [{"name": name, "size": size} for name, size in sizes.items()]
    assert engine_sizes(["wasmedge", "wasmtime"], components) == {"wasmedge": 3, "wasmtime": 43}


def test_what_was_released_for_an_engine_counts() -> None:
    components = [
        {"name": "libwasmedge0", "size": 3},
        {"name": "libwasmedgePluginWasiNN.so", "size": 5},
    ]
    assert engine_sizes(["wasmedge"], components) == {"wasmedge": 8}
