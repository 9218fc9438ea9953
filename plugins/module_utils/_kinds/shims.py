"""What the library of the containerd shims does not do, whichever engine a shim calls.

Source: the crate `containerd-shim-wasm` 1.0, whose task service answers the rest with "is not
supported".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .engine import WHOLE_ROOT, Limit

NO_EXEC = "the shims' library executes nothing in a container that runs, be it native or not"
UNSUPPORTED = "Task/Exec is not supported"
GONE = r"cat: \S+: No such file or directory"
LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        **WHOLE_ROOT,
        "terminal": Limit("the shims' library has no terminals", "terminal is not supported"),
        "exec": Limit(NO_EXEC, UNSUPPORTED),
        "exec-sidecar": Limit(NO_EXEC, UNSUPPORTED),
        "exec-probe": Limit(NO_EXEC, UNSUPPORTED),
        "exec-probe-sidecar": Limit(NO_EXEC, UNSUPPORTED),
        "prestop-sidecar": Limit(NO_EXEC, GONE),
        "prestop": Limit(NO_EXEC, GONE),
        "stdin-end": Limit(
            "the program gets what is typed, and its end never comes",
            r"^not ended: module; log 'typed\\n'$",
        ),
        "resize": Limit(
            "the shims' library changes no container that runs",
            r"^cpu 50000 100000, memory 134217728",
        ),
        "slow": Limit(
            "a module is compiled at each start, which takes longer under emulation",
            r"^\d+ s, status 0, log 'started slowly\\n'",
        ),
        "userns": Limit(
            "the shim does not tell containerd of user namespaces",
            "does not support user namespaces",
        ),
    }
)
