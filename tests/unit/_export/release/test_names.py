"""Names are what Kubernetes, a content library and Tanzu's resolver take, and nothing else."""

from __future__ import annotations

import re

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.release.names import (
    MOST,
    label,
    label_value,
    os_image_name,
    prefixes,
    release_version,
)
from ansible_collections.vessel.image.plugins.module_utils._spec.sections.release import BUILD
from hypothesis import example, given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("kubernetes", "build", "version", "name"),
    [
        ("v1.36.3", "acme.1", "v1.36.3+acme.1", "v1.36.3---acme.1"),
        # as vks-image-builder calls what it makes of the vendor's with a suffix
        ("v1.34.1+vmware.1", "byoi", "v1.34.1+vmware.1-byoi", "v1.34.1---vmware.1-byoi"),
    ],
)
def test_a_version_and_its_name(kubernetes: str, build: str, version: str, name: str) -> None:
    assert release_version(kubernetes, build) == version
    assert label(version) == name


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (f"v1.36.3+{'a' * 54}", "at most 63 characters, and this has 64"),
        ("v1.36.3+Acme.1", "small letters"),
        ("v1.36.3+acme_1", "small letters"),
        ("v1.36.3+acme.1+b", "one `+` at most"),
        ("v1.36.3+acme---1", "no three hyphens"),
        ("v1.36.3+acme..1", "small letters"),
        ("v1.36.3+acme.", "small letters"),
        ("v1.36.3+acme\n", "small letters"),
        ("v1.36.3+ácme", "small letters"),
        ("1.36.3+acme", "begins with `v`"),
        ("", "begins with `v`"),
    ],
)
def test_a_hostile_version(version: str, why: str) -> None:
    with pytest.raises(VesselError, match="VES-893") as caught:
        label(version)
    assert why in str(caught.value)


def test_the_longest_name() -> None:
    assert len(label(f"v1.36.3+{'a' * 53}")) == MOST


@pytest.mark.parametrize(
    "part", ["Debian", "debian_13", "debian+", "", "debian 13", "-debian", "debian\n"]
)
def test_a_hostile_part_of_an_image_name(part: str) -> None:
    for parts in ((part, "13", "amd64"), ("debian", "13", part)):
        with pytest.raises(VesselError, match="VES-893"):
            os_image_name(*parts, "v1.36.3+acme.1")


def test_the_name_of_an_image() -> None:
    name = os_image_name("ubuntu", "24.04", "amd64", "v1.34.1+vmware.1-byoi")
    assert name == "ubuntu-2404-amd64-v1.34.1---vmware.1-byoi"
    begin = len("debian-13-amd64-v1.36.3---")
    assert len(os_image_name("debian", "13", "amd64", f"v1.36.3+{'a' * (63 - begin)}")) == MOST
    with pytest.raises(VesselError, match="this has 64"):
        os_image_name("debian", "13", "amd64", f"v1.36.3+{'a' * (64 - begin)}")


@given(
    st.lists(st.text("az09", min_size=1, max_size=6), min_size=1, max_size=3), st.sampled_from(".-")
)
@example(["a" * 20], ".")
def test_every_build_that_a_spec_takes_has_names(parts: list[str], between: str) -> None:
    build = between.join(parts)
    assert re.fullmatch(BUILD, build)
    for kubernetes in ("v1.36.3", "v1.36.12+vmware.2-fips"):
        version = release_version(kubernetes, build)
        name = label(version)
        assert name.replace("---", "+") == version
        assert len(os_image_name("debian", "13", "amd64", version)) <= MOST


@pytest.mark.parametrize(
    ("name", "found"),
    [
        # tanzu-framework's own example
        (
            "v1.17.9---vmware.2",
            ["v1.17.9---vmware.2", "v1.17.9---vmware", "v1.17.9", "v1.17", "v1"],
        ),
        # as a Supervisor of VKS 3.7 labels its images
        (
            "v1.36.2---vmware.2",
            ["v1.36.2---vmware.2", "v1.36.2---vmware", "v1.36.2", "v1.36", "v1"],
        ),
        ("v1", ["v1"]),
    ],
)
def test_prefixes(name: str, found: list[str]) -> None:
    assert prefixes(name) == dict.fromkeys(found, "")


def test_values_of_labels() -> None:
    assert label_value("v1.36.3+acme.1") == "v1.36.3---acme.1"
    assert label_value("24.04") == "24.04"
    for bad in ("a b", "-a", "a_", "ä", "a/b", "a" * 64, "a\n"):
        with pytest.raises(VesselError, match="VES-893"):
            label_value(bad)
