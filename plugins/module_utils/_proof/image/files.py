"""Checks of the exported files themselves, without booting them."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..._common.files import digest, sha256_file
from ..check import Context, Verdict, check, compare, good, none_of
from . import builder
from .offline import DIRECTORY, REGULAR, OfflineImage, opened

LARGEST = 900_000_000
CREDENTIALS = (
    "/root/.ssh/authorized_keys",
    "/root/.netrc",
    "/root/.bash_history",
    "/root/.docker",
    "/root/.config",
    "/root/.kube",
    "/root/.git-credentials",
    "/etc/apt/auth.conf",
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/credential.secret",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/pki",
    "/var/lib/cloud/instance",
)
EMPTY = ("/home", "/etc/apt/auth.conf.d", "/var/lib/cloud/instances", "/tmp", "/var/tmp")
# Programs built from locked sources, and the images made of them.
BUILT = ("/usr/local/bin/", "/opt/cni/bin/", "/var/lib/containerd/")
FIRST_PERSON, LAST_PERSON = 1000, 59999


@check("image.sums", step=True)
def sums(context: Context) -> Verdict:
    """Every exported file has the digest that SHA256SUMS names."""
    return none_of("file that differs", context.exported.problems())


@check("image.spec", step=True)
def spec(context: Context) -> Verdict:
    """The image is of the spec and the lock as they are now."""
    now = {
        "spec": context.spec.sha256 if context.spec else "",
        "lock": digest(context.lock) if context.lock else "",
    }
    other = [name for name, sha256 in now.items() if context.exported.of(name) != sha256]
    expected = "an image of the spec and the lock as they are now"
    if not other:
        return good(expected)
    hint = "Build it anew: `ansible-playbook build-image.yml`."
    return Verdict(False, expected, f"one of another {' and '.join(other)}", (hint,))


@check("image.unchanged")
def unchanged(context: Context) -> Verdict:
    """The image's bytes are those of the manifest, after guests ran on overlays of it."""
    return compare(context.exported.sha256, sha256_file(context.exported.image))


@check("image.size")
def size(context: Context) -> Verdict:
    """The image is small enough to be handed around."""
    actual = context.exported.image.stat().st_size
    expected = f"at most {LARGEST / 1e6:.0f} MB"
    return Verdict(actual <= LARGEST, expected, f"{actual / 1e6:.0f} MB")


@check("image.hygiene")
def hygiene(context: Context) -> Verdict:
    """Nothing of one machine or of the builder is on the image. All findings are told at once."""
    found = []
    with opened(context.exported.image) as image:
        for look in LOOKS:
            found += look(image)
        found += _builder(image, builder.names(context.root))
        if errors := image.file_system_errors():
            found.append(f"e2fsck: {errors.splitlines()[-1]}")
    return none_of("trace of one machine or its builder", found)


@check("image.papers")
def papers(context: Context) -> Verdict:
    """Manifest, checksums and lock name nothing of the builder."""
    texts = {
        name: (context.exported.directory / name).read_text(encoding="utf-8")
        for name in ("manifest.json", "SHA256SUMS")
    }
    texts["the lock"] = json.dumps(context.lock or {})
    names = [*builder.names(context.root), *builder.mirrors()]
    return none_of(
        "name of the builder",
        [f"{name} in {where}" for where, text in texts.items() for name in names if name in text],
    )


@check("console.login")
def login(context: Context) -> Verdict:
    """The guest reached a login prompt; it would not be there otherwise."""
    guest = context.machine
    return good(f"a login prompt under {guest.firmware} after {guest.seconds:.0f} s")


def _builder(image: OfflineImage, names: list[str]) -> list[str]:
    """Names of the builder anywhere, and of its mirrors in files that no locked input brought."""
    mirrors = builder.mirrors()
    hits = image.find([*names, *mirrors])
    brought = image.packaged() if hits else set()
    return [
        f"{name} in {path}"
        for name, paths in hits.items()
        for path in sorted(paths)
        if name not in mirrors or not (path in brought or path.startswith(BUILT))
    ]


def _host_keys(image: OfflineImage) -> list[str]:
    return [e.path for e in image.entries("/etc/ssh") if "/ssh_host_" in e.path]


def _machine_id(image: OfflineImage) -> list[str]:
    found = []
    if image.text("/etc/machine-id") != "":
        found.append("/etc/machine-id is not an empty file")
    for entry in image.entries("/var/lib/dbus"):
        if entry.path.endswith("/machine-id") and entry.kind == REGULAR:
            found.append("/var/lib/dbus/machine-id is a file of its own")
    return found


def _package_lists(image: OfflineImage) -> list[str]:
    places = ("/var/lib/apt/lists", "/var/cache/apt")
    files = [e for place in places for e in image.walk(place) if e.kind == REGULAR]
    return [entry.path for entry in files if not entry.path.endswith("/lock")]


def _logs(image: OfflineImage) -> list[str]:
    return [e.path for e in image.walk("/var/log") if e.kind == REGULAR and e.size > 0]


def _people(image: OfflineImage) -> list[str]:
    found = []
    for line in (image.text("/etc/passwd") or "").splitlines():
        name, _password, number, *_rest = line.split(":")
        if FIRST_PERSON <= int(number) <= LAST_PERSON:
            found.append(f"the user {name}")
    for line in (image.text("/etc/shadow") or "").splitlines():
        name, password, *_rest = line.split(":")
        if not password.startswith(("*", "!")):
            found.append(f"a password of {name}")
    return found


def _credentials(image: OfflineImage) -> list[str]:
    found = [path for path in CREDENTIALS if image.exists(path)]
    for place in EMPTY:
        found += [entry.path for entry in image.entries(place)]
    # A directory left empty tells nothing.
    return [p for p in found if not (_is_directory(image, p) and not image.entries(p))]


def _is_directory(image: OfflineImage, path: str) -> bool:
    parent = path.rpartition("/")[0] or "/"
    return any(e.path == path and e.kind == DIRECTORY for e in image.entries(parent))


LOOKS: tuple[Callable[[OfflineImage], list[str]], ...] = (
    _host_keys,
    _machine_id,
    _package_lists,
    _logs,
    _people,
    _credentials,
)
