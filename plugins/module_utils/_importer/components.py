"""What image-builder fetches while it builds: programs and container images."""

from __future__ import annotations

import posixpath
import shlex
from urllib.parse import urlsplit

from .draft import Draft, Kind, fits, slug
from .texts import is_true, unquoted, words
from .variables import Variable


def executables(draft: Draft, variable: Variable) -> bool:
    """Programs by URL; image-builder knows no digest of them, so the user says it."""
    folder = unquoted(draft.text("additional_executables_destination_path"))
    if not _on(draft, variable, "additional_executables"):
        return False
    taken = []
    for url in words(variable.text):
        name = posixpath.basename(urlsplit(url).path)
        path = posixpath.join(folder or "/", name)
        if not fits(("customize", "executables", 0, "url"), url):
            what = "one of its URLs has a user's name, or is of another form than http or https"
            draft.leave(variable, Kind.MISSING, what)
        elif not folder or not fits(("customize", "executables", 0, "path"), path):
            what = "`additional_executables_destination_path` is no absolute path in a machine"
            draft.leave(variable, Kind.MISSING, what)
        elif (digest := draft.request.digests.get(url, "")) and fits(
            ("customize", "executables", 0, "sha256"), digest
        ):
            taken.append({"path": path, "url": url, "sha256": digest})
        else:
            what = (
                f"no digest of {name} is known, and Vessel takes no program without one: give its"
                " SHA-256 by `digests`, or write `{path, url, sha256}` into `customize.executables`"
            )
            draft.leave(variable, Kind.MISSING, what)
    return draft.add(("customize", "executables"), taken)


def destination(draft: Draft, variable: Variable) -> bool:
    """Taken with the list, which stands before it; nothing by itself."""
    if not _on(draft, variable, "additional_executables"):
        return False
    if not draft.spec.get("customize", {}).get("executables"):
        draft.leave(variable, Kind.NOT_NEEDED, "none of the programs was taken")
        return False
    return True


def registry_images(draft: Draft, variable: Variable) -> bool:
    """Container images by name: the spec takes archives, so the command that makes one is told."""
    if not _on(draft, variable, "additional_registry_images"):
        return False
    for name in words(variable.text):
        archive = f"{draft.stem}/images/{slug(name)}.tar"
        command = f"skopeo copy docker://{name} oci-archive:{archive}:{_full(name)}"
        what = f"make an archive, `{command}`, and name it in `customize.images`"
        draft.leave(variable, Kind.MISSING, what)
    return False


def url_images(draft: Draft, variable: Variable) -> bool:
    """Archives of container images by URL: fetched by the user, as no digest is known."""
    if not _on(draft, variable, "additional_url_images"):
        return False
    for url in words(variable.text):
        name = posixpath.basename(urlsplit(url).path) or "image.tar"
        what = (
            f"fetch {shlex.quote(name)} into {draft.stem}/images and name it in `customize.images`"
        )
        draft.leave(variable, Kind.MISSING, what)
    return False


def _on(draft: Draft, variable: Variable, switch: str) -> bool:
    """Whether image-builder would look at the list."""
    if is_true(draft.text("load_additional_components")) and is_true(draft.text(switch)):
        return True
    what = f"`{switch}` or `load_additional_components` is not switched on"
    draft.leave(variable, Kind.NOT_NEEDED, what)
    return False


def _full(name: str) -> str:
    """As containerd completes an image's name."""
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"
