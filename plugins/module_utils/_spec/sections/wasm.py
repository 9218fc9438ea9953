"""The WebAssembly engines of the node."""

from __future__ import annotations

from ..._kinds.engines import DEFAULT, ENGINES
from ..customize import fetched
from ..rules import choice, choices, section, several

RULES = section(
    "The WebAssembly engines of the node.",
    {
        "runtimes": choices(
            "The engines to install; each gets a RuntimeClass of its name.",
            list(ENGINES),
            [],
            [DEFAULT],
        ),
        "default": choice(
            "The engine of the RuntimeClass `wasm`: one of `wasm.runtimes`, by default the"
            " first of them.",
            list(ENGINES),
            [],
            default_setter=lambda wasm: wasm["runtimes"][0],
        ),
        "releases": several(
            "What somebody released: a shim in place of the one that Vessel builds, or the"
            " plug-in for WASI-NN that Debian's WasmEdge comes without.",
            section(
                "",
                {
                    "engine": choice(
                        "The engine that it is for; one of `wasm.runtimes`.",
                        list(ENGINES),
                        [],
                        required=True,
                    ),
                    **fetched("https://example.com/containerd-shim.tar.gz"),
                },
            ),
            f"[{{engine: {DEFAULT}, url: …, sha256: …}}]",
        ),
    },
    default={},
)
