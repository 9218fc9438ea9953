"""Names of a release and its image, by the rules of Kubernetes and of Tanzu's resolver.

A version has its build behind a `+`, which no name in Kubernetes may have: `---` stands for it
there. Names are also keys and values of labels, which have at most 63 characters. The rules:
`apis/run/util/version` of https://github.com/vmware-tanzu/tanzu-framework, and
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/.
"""

from __future__ import annotations

import re

from ..._common.errors import VesselError

MOST = 63
NAME = r"v[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?"


def release_version(kubernetes: str, build: str) -> str:
    """`v1.36.3` and `acme.1` -> `v1.36.3+acme.1`. What has a build of its own, such as the
    vendor's `v1.36.2+vmware.2`, gets it behind a hyphen."""
    return f"{kubernetes}{'-' if '+' in kubernetes else '+'}{build}"


def label(version: str) -> str:
    """The name of the release `version`: `v1.36.3---acme.1`. Raises VES-893 when Kubernetes takes
    no such name, or another version would have it, too."""
    name = version.replace("+", "---")
    if not re.fullmatch(NAME, name):
        why = "begins with `v`, and has small letters, digits, and dots and hyphens between them"
        raise _unfit(version, why)
    if name.replace("---", "+") != version or version.count("+") > 1:
        raise _unfit(version, "has one `+` at most, and no three hyphens, which stand for it")
    return _short(name)


def os_image_name(system: str, version: str, architecture: str, release: str) -> str:
    """The name of an image, of its file and of its item in a content library:
    `debian-13-amd64-v1.36.3---acme.1`. Raises VES-893 as `label`."""
    begin = f"{system}-{version.replace('.', '')}-{architecture}-"
    if not re.fullmatch("([a-z0-9]+-)+", begin):
        raise _unfit(begin, "has small letters, digits, and hyphens between them")
    return _short(f"{begin}{label(release)}")


def label_value(text: str) -> str:
    """A text as the value of a label. Raises VES-893 when it can be none."""
    value = text.replace("+", "---")
    if not re.fullmatch(VALUE, value):
        raise _unfit(text, "begins and ends with letters or digits")
    return _short(value)


def prefixes(name: str) -> dict[str, str]:
    """The labels by which the resolver finds a version: it and all that it begins with, at each
    step, without values. `name` is as `label` makes it."""
    found = {}
    while name:
        found[name] = ""
        name = re.sub(r"(^|[^A-Za-z0-9]+)[A-Za-z0-9]*$", "", name)
    return found


def _short(name: str) -> str:
    if len(name) > MOST:
        raise _unfit(name, f"has at most {MOST} characters, and this has {len(name)}")
    return name


def _unfit(name: str, why: str) -> VesselError:
    return VesselError.of(
        "VES-893",
        f"{name} is no name for a release of Kubernetes: one {why}",
        "Choose another `release.build`; a bundle's own versions cannot be changed.",
    )
