"""Check of what an image must not hold, read without booting it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..._spec.brought import brought
from ..._spec.paths import without_links
from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import IMAGE
from . import builder
from .offline import DIRECTORY, REGULAR, OfflineImage, opened

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
PEOPLE = ("/etc/passwd", "/etc/shadow")
FIRST_PERSON, LAST_PERSON = 1000, 59999


@check("image.hygiene", IMAGE.at(40))
def hygiene(context: Context) -> Verdict:
    """Nothing of one machine or of the builder is on the image. All findings are told at once."""
    found, own = [], _brought(context)
    with opened(context.exported.image) as image:
        for look in LOOKS:
            found += [each for each in look(image) if not _is_of_spec(image, each, own)]
        found += _builder(image, builder.names(context.root))
        if errors := image.file_system_errors():
            found.append(f"e2fsck: {errors.splitlines()[-1]}")
    return none_of("trace of one machine or its builder", found)


def _brought(context: Context) -> set[str]:
    """The paths that the spec brings: no traces, whatever they look like."""
    held = context.lock.sources if context.lock else {}
    customize = context.spec.customize if context.spec else {}

    def holds(source: str) -> Iterator[tuple[str, bool]]:
        for entry in held.get(source, ()):
            yield entry["path"], not {"sha256", "link"} & entry.keys()

    return {without_links(each.path) for each in brought(customize, holds)}


def _is_of_spec(image: OfflineImage, path: str, own: set[str]) -> bool:
    """Whether a finding is a path that the spec brings, or a directory that holds only such."""
    if path in own or not path.startswith("/") or not _is_directory(image, path):
        return path in own
    inside = [entry.path for entry in image.walk(path) if entry.kind != DIRECTORY]
    return bool(inside) and set(inside) <= own


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
    found = [f"no {path}" for path in PEOPLE if not image.text(path)]
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
