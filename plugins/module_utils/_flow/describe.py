"""What the later stages are told about a plan: paths of built programs, versions, facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .._export.manifest import Image
from .._kinds.engines import ENGINES
from .._lock.beside import locked
from .._lock.engines import for_role, released_engines
from .._lock.rust import CRATES, built
from .._plan.plan import Plan
from .._store.content import Store
from .._tree import customize
from .._tree.archive import Archive
from .._tree.images import image_names

# Programs that the node itself runs; the others go into images.
NODE_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr", "kubeadm", "kubectl", "kubelet")
IMAGE_PROGRAMS = (
    "coredns",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "pause",
)


def node_variables(plan: Plan, made: Mapping[str, str], store: Store) -> dict[str, Any]:
    """The variables of playbooks/node.yml; binaries as a map from name to a path in the store."""
    spec, lock = plan.spec, plan.lock
    files = _files(made)
    plugins = [name for name, key in files.items() if key.startswith("cni-plugins/")]
    return {
        "vessel_binaries": _paths(NODE_PROGRAMS, made, store),
        "vessel_cni_plugins": _paths(plugins, made, store),
        "vessel_kubernetes_version": spec["kubernetes"]["version"],
        "vessel_pause_image": image_names(lock["kubernetes"])["pause"],
        "vessel_wasm_runtimes": list(spec["wasm"]["runtimes"]),
        "vessel_wasm_engines": [for_role(name) for name in spec["wasm"]["runtimes"]],
        "vessel_wasm_binaries": _wasm_binaries(plan, made, store),
        "vessel_wasm_default": spec["wasm"]["default"],
        "vessel_krustlet": _paths(
            [CRATES["krustlet"].binary] if "krustlet" in built(lock) else [], made, store
        ),
        "vessel_image_name": plan.image_name,
        "vessel_source_date_epoch": lock["source_date_epoch"],
        "vessel_spec_sha256": plan.spec_sha256,
        "vessel_lock_sha256": plan.lock_sha256,
        "vessel_architecture": lock["architecture"],
        "vessel_kernel": spec["operating_system"]["kernel"],
        **_customized(plan, store),
    }


def _customized(plan: Plan, store: Store) -> dict[str, Any]:
    """What stands behind the spec's `customize`; all empty where it is."""
    wanted, directory = plan.spec["customize"], Path(plan.spec_file).parent
    held: dict[str, list[customize.File]] = {
        source: [
            {
                "path": entry["path"],
                "src": str(store.need(entry["sha256"], f"{source}/{entry['path']}")),
                "mode": "0755" if entry["executable"] else "0644",
            }
            for entry in entries
        ]
        for source, entries in locked(plan.lock).items()
    }
    for each in plan.lock.get("executables", ()):
        blob = store.need(each["sha256"], each["path"])
        held[each["url"]] = [{"path": "", "src": str(blob), "mode": "0755"}]
    found = customize.contents(wanted, held)
    used = found["files"] or found["directories"] or any(found["units"].values())
    return {
        "vessel_customize": found if used else {},
        "vessel_roles_before": [str(directory / role) for role in wanted["roles"]["before"]],
        "vessel_roles_after": [str(directory / role) for role in wanted["roles"]["after"]],
        "vessel_apt_sources": customize.apt_sources(wanted["repositories"], held),
    }


def preload_inputs(plan: Plan, made: Mapping[str, str], store: Store) -> dict[str, Any]:
    """The arguments of `_tree.images.kubeadm_images` that come from the plan and the store."""
    return {
        "versions": plan.lock["kubernetes"],
        "binaries": {k: Path(v) for k, v in _paths(IMAGE_PROGRAMS, made, store).items()},
        "origins": {name: _origin(plan, _files(made)[name]) for name in IMAGE_PROGRAMS},
        "packages": plan.lock["debian"]["node"],
        "store": store,
        "control_plane": plan.spec["preload"]["control_plane"],
    }


def own_archives(plan: Plan, store: Store) -> list[Archive]:
    """The image archives that the spec brings."""
    sources = locked(plan.lock)
    return [
        Archive(
            each["archive"],
            store.need(sources[each["archive"]][0]["sha256"], each["archive"]),
            each.get("name", ""),
        )
        for each in plan.spec["customize"]["images"]
    ]


def image_of(plan: Plan, made: Mapping[str, str], store: Store) -> Image:
    """What the manifest says about the image besides its files."""
    components = _components(plan, made, store)
    return Image(
        name=plan.spec["name"],
        image=plan.image_name,
        arch=plan.lock["architecture"],
        spec_sha256=plan.spec_sha256,
        lock_sha256=plan.lock_sha256,
        epoch=plan.lock["source_date_epoch"],
        stages=[{"name": stage.name, "id": stage.id} for stage in plan.stages],
        components=components,
        node={
            "os": {**plan.spec["operating_system"]},
            "kubernetes": plan.spec["kubernetes"]["version"],
            "container_runtime": f"containerd {plan.spec['container_runtime']['containerd']}",
            "wasm_runtimes": list(plan.spec["wasm"]["runtimes"]),
            "wasm_sizes": engine_sizes(plan.spec["wasm"]["runtimes"], components),
            "krustlet": plan.spec["krustlet"]["enabled"],
        },
    )


def _components(plan: Plan, made: Mapping[str, str], store: Store) -> list[dict[str, Any]]:
    released = released_engines(plan.lock)
    made_here = [
        {
            "name": name,
            **(
                {"version": "", "from": "release"}  # nobody told its version
                if key.partition("/")[0] in released
                else {"version": _version(plan, key), "from": "source"}
            ),
            "sha256": made[key],
            "size": store.need(made[key], name).stat().st_size,
        }
        for name, key in _files(made).items()
    ]
    packages = [
        {"from": "package", **{k: p[k] for k in ("name", "version", "sha256", "size")}}
        for p in plan.lock["debian"]["node"]
    ]
    found = [*made_here, *packages, *_brought(plan)]
    return sorted(found, key=lambda component: (component["from"], component["name"]))


def engine_sizes(engines: Iterable[str], components: list[dict[str, Any]]) -> dict[str, int]:
    """Engine -> bytes of its own components: its shim or plug-in, and its packages' archives."""
    sizes = {component["name"]: component["size"] for component in components}
    return {
        engine: sum(
            sizes.get(name, 0) for name in (ENGINES[engine].released, *ENGINES[engine].packages)
        )
        for engine in engines
    }


def _brought(plan: Plan) -> list[dict[str, Any]]:
    """The executables and image archives that the spec brings; nobody told their versions."""
    executables = [
        {"name": each["path"], "from": "url", "sha256": each["sha256"], "size": each["size"]}
        for each in plan.lock.get("executables", ())
    ]
    sources = locked(plan.lock)
    archives = [
        {"name": each["archive"], "from": "archive"}
        | {key: sources[each["archive"]][0][key] for key in ("sha256", "size")}
        for each in plan.spec["customize"]["images"]
    ]
    return [{**each, "version": ""} for each in [*executables, *archives]]


def _origin(plan: Plan, key: str) -> str:
    program = _program(plan, key)
    return f"{program['module']}@{program['version']}" if program else f"vessel {key}"


def _program(plan: Plan, key: str) -> Mapping[str, Any]:
    """The lock's part for a built file; empty for our own programs."""
    found: Mapping[str, Any] = plan.lock["go"]["programs"].get(key.partition("/")[0], {})
    return found


def _version(plan: Plan, key: str) -> str:
    """The version of a built file: its program's, or that of the crate that it is known by."""
    crate = built(plan.lock).get(key.partition("/")[0])
    return _program(plan, key).get("version") or crate or "native"


def _wasm_binaries(plan: Plan, made: Mapping[str, str], store: Store) -> dict[str, dict[str, str]]:
    """Directory of the node -> file name -> path, of what engines bring that is in no package."""
    found: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys([*built(plan.lock), *released_engines(plan.lock)]):
        if engine := ENGINES.get(name):
            paths = _paths([engine.released], made, store)
            found[engine.directory] = {**found.get(engine.directory, {}), **paths}
    return found


def _files(made: Mapping[str, str]) -> dict[str, str]:
    """File name -> its key in what the store made."""
    return {key.partition("/")[2]: key for key in sorted(made)}


def _paths(names: Iterable[str], made: Mapping[str, str], store: Store) -> dict[str, str]:
    files = _files(made)
    return {name: str(store.need(made[files[name]], name)) for name in names}
