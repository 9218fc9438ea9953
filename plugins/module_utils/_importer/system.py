"""Variables that become keys of the spec as they are: versions, packages, kernel arguments,
formats, the proxy, and small files of settings."""

from __future__ import annotations

import re

from .._common.redact import redacted
from .._kinds.formats import FORMATS
from .._spec.sections.container_runtime import MAJOR
from .draft import Draft, Kind, fits
from .texts import is_true, parts, unquoted, words
from .variables import Variable

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)(.*)")
_BUILT = "Vessel builds it from the project's own source, and the lock names each file by digest"


def kubernetes(draft: Draft, variable: Variable) -> bool:
    """The version without its `v`; what a vendor added to it is said."""
    found = _VERSION.fullmatch(variable.text)
    if not found:
        draft.leave(variable, Kind.MISSING, "this is no version of three numbers, such as v1.36.3")
        return False
    if found[2]:
        what = f"`{found[2]}` names a vendor's build of {found[1]}: {_BUILT}"
        draft.leave(variable, Kind.NOT_NEEDED, what)
    draft.section("kubernetes")["version"] = found[1]
    return True


def kubernetes_again(draft: Draft, variable: Variable) -> bool:
    """Versions that image-builder wants said four times: told where one says another thing, and
    taken where it is the only one."""
    found = _VERSION.match(variable.text)
    said = _VERSION.match(draft.text("kubernetes_semver"))
    if said is None and found and variable.key != "kubernetes_series":
        return kubernetes(draft, Variable(variable.key, found[1], variable.where))
    numbers = re.match(r"v?([\d.]*)", variable.text)
    if said and numbers and not f"{said[1]}.".startswith(f"{numbers[1]}."):
        what = f"it says another version than `kubernetes_semver`, and {said[1]} was taken"
        draft.leave(variable, Kind.MISSING, what)
    else:
        draft.leave(variable, Kind.NOT_NEEDED, "follows from `kubernetes_semver`")
    return False


def containerd(draft: Draft, variable: Variable) -> bool:
    found = _VERSION.fullmatch(variable.text)
    if not found or int(found[1].split(".")[0]) != MAJOR:
        what = f"the node has containerd {MAJOR}; the spec's default was taken"
        draft.leave(variable, Kind.LATER, what)
        return False
    draft.section("container_runtime")["containerd"] = found[1]
    return True


def packages(draft: Draft, variable: Variable) -> bool:
    """Names of packages; the lock says which of Ubuntu's Debian has not."""
    named = words(variable.text.strip("[]").replace("'", " "))
    wrong = [name for name in named if not fits(("customize", "packages", 0), name)]
    for name in wrong:
        draft.leave(variable, Kind.MISSING, f"{name!r} is no name of a Debian package")
    return draft.add(("customize", "packages"), [name for name in named if name not in wrong])


def kernel_arguments(draft: Draft, variable: Variable) -> bool:
    given = parts(variable.text)
    wrong = [word for word in given if not fits(("customize", "kernel_arguments", 0), word)]
    for word in wrong:
        what = f"{word.partition('=')[0]!r} has a character that GRUB or a shell would read"
        draft.leave(variable, Kind.MISSING, what)
    arguments = draft.section("customize").setdefault("kernel_arguments", [])
    arguments += [word for word in given if word not in wrong]  # one may stand there twice
    return len(given) > len(wrong)


def proxy(draft: Draft, variable: Variable) -> bool:
    """The proxy of image-builder's build, which takes it out of the image at its end."""
    if not draft.request.machine_proxy:
        what = (
            "is of the build, and image-builder takes it out of the image: set it in the"
            " environment where you build; `machine_proxy: true` gives it to the machine"
        )
        draft.leave(variable, Kind.NOT_NEEDED, what)
        return False
    name = variable.key.removesuffix("_proxy")
    text = unquoted(variable.text)
    if variable.key == "no_proxy":
        given = words(text)
        good = [each for each in given if fits(("customize", "proxy", "no_proxy", 0), each)]
        if len(good) < len(given):
            draft.leave(variable, Kind.MISSING, "not all of it are hosts, domains or networks")
        return draft.add(("customize", "proxy", "no_proxy"), good)
    if not fits(("customize", "proxy", name), text):
        what = "is no http or https URL without a user's name; an image is no place for one"
        draft.leave(variable, Kind.SECRET if "@" in text else Kind.MISSING, what)
        return False
    draft.section("customize", "proxy")[name] = text
    return True


def output(draft: Draft, variable: Variable) -> bool:
    """The format of the qemu and raw targets."""
    if variable.text not in FORMATS:
        what = f"Vessel writes {', '.join(FORMATS)}"
        draft.leave(variable, Kind.LATER, what)
        return False
    return draft.add(("outputs",), [variable.text])


def build_target(draft: Draft, variable: Variable) -> bool:
    """A machine without a hypervisor needs the kernel with all drivers."""
    if variable.text not in ("virt", "raw"):
        draft.leave(variable, Kind.MISSING, "image-builder knows `virt` and `raw`")
        return False
    kernel = {"virt": "cloud", "raw": "generic"}[variable.text]
    draft.section("operating_system")["kernel"] = kernel
    return True


def architecture(draft: Draft, variable: Variable) -> bool:
    name = {"x86_64": "amd64", "aarch64": "arm64"}.get(variable.text, variable.text)
    if not fits(("architectures", 0), name):
        draft.leave(variable, Kind.LATER, f"the processor {name!r} is not available yet")
        return False
    return draft.add(("architectures",), [name])


def distribution(draft: Draft, variable: Variable) -> bool:
    """Vessel's nodes are Debian; other names are said."""
    if not fits(("operating_system", "distribution"), variable.text.lower()):
        draft.leave(variable, Kind.OTHER, "the node is Debian")
        return False
    draft.section("operating_system")["distribution"] = variable.text.lower()
    return True


def no_file_limit(draft: Draft, variable: Variable) -> bool:
    if not is_true(variable.text):
        return _off(draft, variable)
    path = "/etc/systemd/system/containerd.service.d/50-limit-nofile.conf"
    draft.file(path, "[Service]\nLimitNOFILE=1048576\n")
    return True


def no_nouveau(draft: Draft, variable: Variable) -> bool:
    if not is_true(variable.text):
        return _off(draft, variable)
    draft.file("/etc/modprobe.d/50-no-nouveau.conf", "blacklist nouveau\n")
    return True


def pull_timeout(draft: Draft, variable: Variable) -> bool:
    plugins = draft.containerd.setdefault("plugins", {})
    images = plugins.setdefault("io.containerd.cri.v1.images", {})
    images["image_pull_progress_timeout"] = unquoted(variable.text)
    return True


def kubelet_arguments(draft: Draft, variable: Variable) -> bool:
    text = unquoted(variable.text)
    if "\n" in text:
        draft.leave(variable, Kind.MISSING, "it has several lines, and systemd reads one")
        return False
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    draft.file("/etc/default/kubelet", f'KUBELET_EXTRA_ARGS="{quoted}"\n')
    return True


def pip(draft: Draft, variable: Variable) -> bool:
    """A file for the image's pip, which image-builder takes away again with extra repositories."""
    if is_true(draft.text("remove_extra_repos")):
        draft.leave(variable, Kind.NOT_NEEDED, "`remove_extra_repos` takes it out of the image")
        return False
    name = unquoted(variable.text)
    found = draft.request.found(name)
    if found is None or not found.is_file():
        draft.leave(variable, Kind.MISSING, f"there is no file {name} here")
        return False
    if redacted(text := found.read_text(errors="replace")) != text:
        draft.leave(variable, Kind.SECRET, f"{name} holds what looks like a secret")
        return False
    source = draft.source("files/etc/pip.conf", found)
    draft.add(("customize", "files"), [{"path": "/etc/pip.conf", "source": source}])
    return True


def switch(draft: Draft, variable: Variable) -> bool:
    """Says whether its list counts; that one looks at it."""
    if not is_true(variable.text):
        return _off(draft, variable)
    return True


def removed_repositories(draft: Draft, variable: Variable) -> bool:
    """Looked at with the repositories."""
    if is_true(variable.text) and not draft.spec.get("customize", {}).get("repositories"):
        draft.leave(variable, Kind.NOT_NEEDED, "the spec has no repository of `extra_repos`")
        return False
    return switch(draft, variable)


def _off(draft: Draft, variable: Variable) -> bool:
    draft.leave(variable, Kind.EMPTY, "is not switched on")
    return False
