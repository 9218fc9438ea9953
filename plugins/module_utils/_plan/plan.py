"""The plan: which stages there are, what each depends on, and the id that names its result.

A stage id is the SHA-256 of canonical JSON over stage name, options, parent ids, input digests and
code digests (the model is osbuild's). Same id, same result: the id is the cache key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import digest, write_text
from .._common.places import cache_root, open_cache
from .._kinds.architectures import ARCHITECTURES
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.engines import ENGINES
from .._lock.beside import locked
from .._lock.engines import for_role
from .._lock.programs import recipes
from .._lock.rust import CRATES, built
from .._lock.rust import DIRECTORY as RUST
from .._spec.model import Spec
from .code import LIBRARY, digests, source_digest
from .sources import ansible_versions, host_tool_digest

NOT_LOCKED = "(not locked)"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the build; `id` is `(not locked)` as long as there is no lock.

    `parts` are the digests that the id is made of, by what people call their content.
    """

    name: str
    title: str
    id: str
    parents: tuple[str, ...]
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the offline half of a build needs to know, as plain data."""

    id: str
    root: str
    spec_file: str
    spec: Mapping[str, Any]
    spec_sha256: str
    lock: Mapping[str, Any]
    lock_sha256: str
    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage:
        """The stage called `name`; KeyError is a bug in the caller."""
        return {stage.name: stage for stage in self.stages}[name]

    @property
    def image_name(self) -> str:
        """The stem of the image's file names."""
        return _image_name(self.spec)


def image_name(distribution: str, number: str, arch: str, kubernetes: str, spec: str) -> str:
    """The stem of an image's file names, such as `debian-13-amd64-v1.36.3-wasm-node`."""
    return f"{distribution}-{number}-{arch}-v{kubernetes.removeprefix('v')}-{spec}"


def _image_name(spec: Mapping[str, Any]) -> str:
    system = spec["operating_system"]
    number = DISTRIBUTIONS[system["distribution"]].releases[system["release"]]
    parts = system["distribution"], number, spec["architectures"][0]
    return image_name(*parts, spec["kubernetes"]["version"], spec["name"])


def make_plan(spec: Spec, spec_file: Path, lock: Mapping[str, Any] | None, root: Path) -> Plan:
    """Spec and lock to a plan. `root` is the collection's directory, whose code is digested."""
    wanted = spec.normalised()
    stages = _not_locked() if lock is None else _stages(wanted, lock, root)
    lock_sha256 = digest(lock) if lock else ""
    identity = digest([stage.id for stage in stages] + [spec.sha256, lock_sha256])
    return Plan(
        id=identity if lock else NOT_LOCKED,
        root=str(root),
        spec_file=str(spec_file),
        spec=wanted,
        spec_sha256=spec.sha256,
        lock=lock or {},
        lock_sha256=lock_sha256,
        stages=stages,
    )


def save(plan: Plan) -> Path:
    """Keep the plan in the cache, where the build's later processes find it by its id."""
    open_cache()
    path = _path(plan.id)
    write_text(path, json.dumps(asdict(plan), sort_keys=True), mode=0o600)
    return path


def load(identity: str) -> Plan:
    """The plan that `save` kept. Raises VES-111 when there is none of that id."""
    try:
        data = json.loads(_path(identity).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise VesselError.of(
            "VES-111",
            f"there is no plan {identity}",
            "Run `ansible-playbook build-image.yml`, or `packer build packer/` without plan_id.",
        ) from error
    stages = tuple(Stage(**{**s, "parents": tuple(s["parents"])}) for s in data.pop("stages"))
    return Plan(**data, stages=stages)


def _path(identity: str) -> Path:
    return cache_root() / "plans" / f"{identity}.json"


TITLES = {
    "tools": "unpack the pinned tools",
    "packages": "install the locked Debian packages",
    "node": "lay down the node: roles of playbooks/node.yml",
    "seal": "seal the tree: role of playbooks/seal.yml",
    "preload": "put the control-plane images into containerd's store",
    "disk": "partition table, file systems and boot loaders",
    "export": "convert, describe and sum up",
}


# Where the code of a stage begins; what these files import belongs to it, too (code.py).
TREE = f"{LIBRARY}/_tree"
# How Go and Rust programs are built: their keys in the store come from here.
BUILDS = (f"{LIBRARY}/_store/gobuild.py", f"{LIBRARY}/_store/release.py")
RUST_BUILDS = (f"{LIBRARY}/_store/rustbuild.py",)
FILLING = (  # of trees by roles
    *("plugins/connection/tree.py", "plugins/action/contents.py", "plugins/modules/contents.py"),
    *(f"{TREE}/{name}.py" for name in ("customize", "images", "kept")),
    *BUILDS,
)
CODE: Mapping[str, Sequence[str]] = {
    "tools": (f"{TREE}/tools.py",),
    "packages": (f"{TREE}/packages.py",),
    "node": FILLING,
    "seal": FILLING,
    "preload": (*(f"{TREE}/{name}.py" for name in ("images", "archive", "preload")), *BUILDS),
    "disk": (f"{LIBRARY}/_disk/disk.py", f"{TREE}/kept.py"),
    "export": (f"{LIBRARY}/_export/export.py",),
}
# What ties stages together imports all of them: only what it says itself counts.
FLOW = f"{LIBRARY}/_flow/stages.py"
DESCRIBE = f"{LIBRARY}/_flow/describe.py"
TIED: Mapping[str, Sequence[str]] = {
    "tools": (),
    "packages": (FLOW,),
    "node": (FLOW, DESCRIBE),
    "seal": (FLOW, DESCRIBE),
    "preload": (FLOW, DESCRIBE),
    "disk": (FLOW,),
    "export": (FLOW, DESCRIBE),
}
# Roles, plays and sources of ours; of these every byte counts.
NODE_ROLES = ("base", "containerd", "kubernetes", "wasm_runtimes", "krustlet", "customize")
ALSO: Mapping[str, Sequence[str]] = {
    "node": (
        *("playbooks/machine.yml", "playbooks/node.yml"),
        *(f"roles/{name}" for name in NODE_ROLES),
    ),
    "seal": ("playbooks/machine.yml", "playbooks/seal.yml", "roles/seal"),
    "preload": ("native/go",),
}
# Parts of `customize` that other stages read.
NOT_OF_ROLES = ("packages", "kernel_arguments", "images")


def tools_stage(debian: Mapping[str, Any], root: Path) -> Stage:
    """The stage that the lock itself needs: it bootstraps the Go toolchain from the tools."""
    return _stage("tools", (), {"tools' packages": debian["tools"]}, root)


def _stage(
    name: str,
    parents: Sequence[Stage],
    inputs: Mapping[str, Any],
    root: Path,
    more: Sequence[str] = (),
) -> Stage:
    parts = {
        **{f"stage {parent.name}": parent.id for parent in parents},
        **{what: digest(content) for what, content in inputs.items()},
        **digests(root, [*CODE[name], *more], ALSO.get(name, ()), TIED[name]),
    }
    identity = digest({"stage": name, "parts": parts})
    return Stage(name, TITLES[name], identity, tuple(parent.name for parent in parents), parts)


def _not_locked() -> tuple[Stage, ...]:
    return tuple(Stage(name, title, NOT_LOCKED, (), {}) for name, title in TITLES.items())


def _stages(spec: Mapping[str, Any], lock: Mapping[str, Any], root: Path) -> tuple[Stage, ...]:
    debian, programs, epoch = lock["debian"], lock["go"], lock["source_date_epoch"]
    made: dict[str, Stage] = {}

    def add(name: str, parents: tuple[str, ...], inputs: Mapping[str, Any], *more: str) -> None:
        made[name] = _stage(name, [made[parent] for parent in parents], inputs, root, more)

    made["tools"] = tools_stage(debian, root)
    packages = {"Debian packages": debian["node"]}
    time = {"source date": epoch}
    add("packages", (), {**packages, **time, "mmdebstrap": host_tool_digest("mmdebstrap")})
    recipe = recipes(programs)
    node = {
        **time,
        "how Go programs are built": recipe["modules"],
        **_node(spec, lock, root),
    }
    rust = RUST_BUILDS if "rust" in lock else ()
    add("node", ("packages",), node, *rust)
    # The image says its name, and which spec and lock it was made of.
    name = {"image": _image_name(spec)}
    add("seal", ("node",), {**node, **name, "spec": spec, "lock": digest(lock)}, *rust)
    add(
        "preload",
        (),
        {
            **packages,
            **time,
            "programs": programs,
            "how Go programs are built": recipe,
            "versions of images": lock["kubernetes"],
            "preload of the spec": spec["preload"],
            "image archives": [spec["customize"]["images"], _beside(spec, lock, archives=True)],
        },
    )
    of = ARCHITECTURES[lock["architecture"]]
    disk = {
        "kernel arguments": spec["customize"]["kernel_arguments"],
        "boot": [of.grub, of.efi_path, of.root_type, list(of.consoles)],
    }
    add("disk", ("tools", "seal", "preload"), {**time, **disk})
    formats = [f"{LIBRARY}/_export/formats/{name}.py" for name in spec["outputs"]]
    export = {**name, "outputs": spec["outputs"]}
    add("export", ("tools", "disk"), export, *formats)
    return tuple(made[name] for name in TITLES)


def _node(spec: Mapping[str, Any], lock: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """What the roles lay down, and what it is made of."""
    node = {
        "programs": lock["go"],
        "engines": [
            [for_role(name), ENGINES[name].released, ENGINES[name].directory]
            for name in spec["wasm"]["runtimes"]
        ],
        "pause": lock["kubernetes"].get("pause", ""),
        "kubernetes and wasm of the spec": {
            key: spec[key] for key in ("kubernetes", "wasm", "krustlet")
        },
        "customize": {k: v for k, v in spec["customize"].items() if k not in NOT_OF_ROLES},
        "what lies beside the spec": _beside(spec, lock, archives=False),
        "ansible-core": ansible_versions(),
    }
    if "rust" in lock:
        node["Rust programs"] = [
            lock["rust"],
            lock["debian"]["compilers"],
            [asdict(CRATES[name]) for name in built(lock)],
            source_digest(root, [RUST]),
        ]
    return node


def _beside(
    spec: Mapping[str, Any], lock: Mapping[str, Any], *, archives: bool
) -> dict[str, Sequence[Any]]:
    """What lies beside the spec: its image archives, or all the rest."""
    named = {image["archive"] for image in spec["customize"]["images"]}
    return {k: v for k, v in locked(lock).items() if (k in named) == archives}
