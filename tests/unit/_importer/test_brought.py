"""Roles with their variables, repositories with their keys, programs and container images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from unit._importer.given import VERSION, given, reasons

ARMOURED = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.fixture(autouse=True)
def _cache(cache: Path) -> None:
    """Scratch goes into a cache of the test's own."""


def role(directory: Path, name: str) -> Path:
    path = directory / name
    (path / "tasks").mkdir(parents=True)
    (path / "tasks/main.yml").write_text(f"---\n- name: {name}\n")
    return path


def customize(text: str) -> Any:
    return yaml.safe_load(text)["customize"]


def test_roles_in_the_order_of_image_builder(tmp_path: Path) -> None:
    checkout = tmp_path / "images/capi"
    for name in ("first", "second", "third", "fourth", "last"):
        role(checkout / "ansible/roles", name)
    elsewhere = role(tmp_path, "elsewhere")
    result = given(
        tmp_path,
        {
            "node_custom_roles_post_sysprep": "last",
            "node_custom_roles_post": str(elsewhere),
            "custom_role_names": '"\\"third last second\\""'.replace("\\", ""),
            "node_custom_roles_pre": "second",
            "firstboot_custom_roles_post": "fourth",
            "firstboot_custom_roles_pre": "first",
            **VERSION,
        },
        checkout=checkout,
    )
    assert result.lacks == []
    assert customize(result.text)["roles"] == {
        "before": [f"my-node/roles/{name}" for name in ("first", "fourth", "second")],
        "after": [f"my-node/roles/{name}" for name in ("third", "elsewhere", "last")],
    }
    assert result.sources["my-node/roles/elsewhere"] == elsewhere


def test_a_role_at_a_path_of_the_container(tmp_path: Path) -> None:
    role(tmp_path / "here", "tkg")
    result = given(
        tmp_path,
        {**VERSION, "custom_role": "true", "custom_role_names": "/home/imagebuilder/tkg"},
        mounts={"/home": tmp_path / "nowhere", "/home/imagebuilder": tmp_path / "here"},
    )
    assert customize(result.text)["roles"] == {"after": ["my-node/roles/tkg"]}


def test_two_roles_of_one_name(tmp_path: Path) -> None:
    names = f"{role(tmp_path / 'a', 'ansible')} {role(tmp_path / 'b', 'ansible')}"
    result = given(tmp_path, {**VERSION, "custom_role_names": names})
    assert customize(result.text)["roles"]["after"] == [
        "my-node/roles/ansible",
        "my-node/roles/ansible-2",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/nowhere/at/all", "say where with `mounts`"),
        ("site", "say where with `checkout`"),
        ("{tmp}/empty", "it has no tasks"),
    ],
)
def test_a_role_that_is_not_here(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    result = given(tmp_path, {**VERSION, "custom_role_names": name.format(tmp=tmp_path)})
    [(kind, reason)] = reasons(result, "custom_role_names")
    assert kind == "something is missing"
    assert words in reason


def test_variables_of_roles(tmp_path: Path) -> None:
    user = (
        'site="a b" tag={{user `mine`}} ansible_python_interpreter=/usr/bin/python3'
        " site_password=hunter2x key={{user `ssh_password`}} extra_debs=tree word"
        " open={{ env `X` }}"
    )
    result = given(
        tmp_path,
        {
            **VERSION,
            "custom_role_names": str(role(tmp_path, "site")),
            "extra_debs": "jq",
            "ansible_user_vars": user,
            "mine": "yes",
            "ssh_password": "hunter2y",
        },
    )
    assert result.lacks == []
    found = customize(result.text)
    assert found["packages"] == ["tree"]  # Ansible takes what is said later
    assert found["roles"]["before"] == ["my-node/roles/image-builder-variables"]
    tasks = result.sources["my-node/roles/image-builder-variables/tasks/main.yml"]
    assert isinstance(tasks, bytes)
    [task] = yaml.safe_load(tasks)
    assert task["ansible.builtin.set_fact"] == {"site": "a b", "tag": "yes"}
    assert sorted(kind for kind, _reason in reasons(result, "ansible_user_vars")) == [
        "a secret",
        "a secret",
        "not needed",
        "something is missing",
        "something is missing",
    ]
    assert "hunter2" not in f"{result.text}{result.sources}{result.left}"
    assert reasons(result, "mine")[0][0] == "not needed"


def test_variables_of_image_builders_that_a_role_names(tmp_path: Path) -> None:
    site = role(tmp_path, "site")
    (site / "tasks/main.yml").write_text(
        "---\n- ansible.builtin.debug:\n    msg: '{{ kubernetes_semver }} {{ ssh_password }}'\n"
    )
    result = given(
        tmp_path,
        {**VERSION, "custom_role_names": str(site), "ssh_password": "x", "extra_debs": "jq"},
    )
    tasks = result.sources["my-node/roles/image-builder-variables/tasks/main.yml"]
    assert isinstance(tasks, bytes)
    [task] = yaml.safe_load(tasks)
    assert task["ansible.builtin.set_fact"] == VERSION


def test_a_role_may_call_its_variables_as_a_builder_does(tmp_path: Path) -> None:
    """Packer reads them from its own, and never from Ansible's."""
    names = {"format": "raw", "version": "7", "size": "s", "VERSION": "x", "firmware": "bios"}
    user = " ".join(f"{key}={value}" for key, value in names.items())
    roles = {"custom_role_names": str(role(tmp_path, "site")), "ansible_user_vars": user}
    result = given(tmp_path, {**VERSION, **roles})
    tasks = result.sources["my-node/roles/image-builder-variables/tasks/main.yml"]
    assert isinstance(tasks, bytes)
    [task] = yaml.safe_load(tasks)
    assert task["ansible.builtin.set_fact"] == names
    assert yaml.safe_load(result.text)["outputs"] == ["qcow2"]


def test_variables_without_a_role(tmp_path: Path) -> None:
    result = given(tmp_path, {**VERSION, "ansible_user_vars": "site=a"})
    assert "roles" not in str(yaml.safe_load(result.text))
    assert reasons(result, "ansible_user_vars") == [
        ("not needed", "`site` is for custom roles, and the spec has none")
    ]


def test_variables_with_an_open_quote(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match=r"0\.json:3:24: VES-879"):
        given(tmp_path, {**VERSION, "ansible_user_vars": 'a="b'})


def repositories(tmp_path: Path, name: str, text: str, **more: str) -> Any:
    path = tmp_path / name
    path.write_text(text)
    return given(tmp_path, {**VERSION, "extra_repos": str(path), **more})


def test_sources_in_one_line(tmp_path: Path) -> None:
    key = tmp_path / "example.asc"
    key.write_text(ARMOURED)
    text = (
        "# deb http://commented.example.com stable main\n"
        "deb-src http://source.example.com stable main\n"
        f"deb [arch=amd64 signed-by={key}] https://packages.example.com/debian stable main extra\n"
        f"deb [signed-by={key}] https://flat.example.com/apt ./ # flat\n"
    )
    result = repositories(tmp_path, "own.list", text, remove_extra_repos="true")
    assert result.lacks == []
    assert customize(result.text)["repositories"] == [
        {
            "name": "own",
            "uri": "https://packages.example.com/debian",
            "suites": ["stable"],
            "components": ["main", "extra"],
            "key": "my-node/keys/own.asc",
            "keep": False,
        },
        {
            "name": "own-2",
            "uri": "https://flat.example.com/apt",
            "suites": ["./"],
            "key": "my-node/keys/own-2.asc",
            "keep": False,
        },
    ]
    assert result.sources["my-node/keys/own.asc"] == key


def test_sources_as_deb822_with_the_key_in_them(tmp_path: Path) -> None:
    inline = "".join(f" {line or '.'}\n" for line in ARMOURED.splitlines())
    text = (
        "Types: deb deb-src\nURIs: https://a.example.com https://b.example.com\nSuites: stable\n"
        f"Components: main\nSigned-By:\n{inline}\n"
        "Types: deb\nURIs: https://off.example.com\nSuites: stable\nEnabled: no\n"
    )
    result = repositories(tmp_path, "own.sources", text)
    assert result.lacks == []
    found = customize(result.text)["repositories"]
    assert [each["uri"] for each in found] == ["https://a.example.com", "https://b.example.com"]
    assert result.sources[found[0]["key"]] == ARMOURED.encode()
    assert "keep" not in found[0]


@pytest.mark.parametrize(
    ("name", "text", "kind", "words"),
    [
        ("a.list", "deb https://a.example.com stable main", "something is missing", "which key"),
        ("a.list", "deb [trusted=yes] https://a.example.com s m", "something is missing", "nobody"),
        ("a.list", "deb https://a.example.com noble-updates main", "other", "Ubuntu"),
        ("a.list", "deb file:/srv stable main", "something is missing", "http"),
        ("a.list", "deb https://u:hunter2x@a.example.com s m", "something is missing", "http"),
        ("a.list", "deb https://a.example.com", "something is missing", "suite"),
        ("a.list", "nothing", "something is missing", "no source"),
        ("a.repo", "[a]", "other", "RPM"),
    ],
)
def test_sources_that_are_listed(
    tmp_path: Path, name: str, text: str, kind: str, words: str
) -> None:
    result = repositories(tmp_path, name, text)
    [(found, reason)] = reasons(result, "extra_repos")
    assert found.startswith(kind)
    assert words in reason
    assert "hunter2" not in reason


URL = "https://example.com/bin/tool"
COMPONENTS = {
    **VERSION,
    "load_additional_components": "true",
    "additional_executables": "true",
    "additional_executables_list": f"{URL},https://example.com/other",
    "additional_executables_destination_path": "/usr/local/bin/",
}


def test_programs_with_a_digest(tmp_path: Path) -> None:
    result = given(tmp_path, COMPONENTS, digests={URL: "ab" * 32})
    assert result.lacks == []
    assert customize(result.text)["executables"] == [
        {"path": "/usr/local/bin/tool", "url": URL, "sha256": "ab" * 32}
    ]
    [(kind, reason)] = reasons(result, "additional_executables_list")
    assert kind == "something is missing"
    assert "no digest of other is known" in reason


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"additional_executables": "false"}, "not needed"),
        ({"load_additional_components": "false"}, "not needed"),
        ({"additional_executables_destination_path": "C:\\tools"}, "something is missing"),
        ({"additional_executables_list": "ftp://example.com/a"}, "something is missing"),
        ({"additional_executables_list": "https://u:hunter2x@example.com/a"}, "a secret"),
        ({"additional_executables_list": "https://example.com/a?sig=hunter2x"}, "a secret"),
    ],
)
def test_programs_that_are_listed(tmp_path: Path, change: dict[str, str], kind: str) -> None:
    result = given(tmp_path, COMPONENTS, change, digests={URL: "AB"})
    found = reasons(result, "additional_executables_list")
    assert {each for each, _reason in found} == {kind}
    assert "hunter2" not in f"{found}{result.text}"
    assert result.lacks == []


def test_container_images_are_told_with_what_to_do(tmp_path: Path) -> None:
    images = {
        **VERSION,
        "load_additional_components": "true",
        "additional_registry_images": "true",
        "additional_registry_images_list": "plndr/kube-vip:0.3.4,registry.example.com/a/b:1",
        "additional_url_images": "true",
        "additional_url_images_list": "http://example.com/image1.tar",
    }
    result = given(tmp_path, images)
    first, second = reasons(result, "additional_registry_images_list")
    assert (
        "`skopeo copy docker://plndr/kube-vip:0.3.4"
        " oci-archive:my-node/images/plndr-kube-vip-0-3-4.tar:docker.io/plndr/kube-vip:0.3.4`"
    ) in first[1]
    assert second[1].count("registry.example.com/a/b:1") == 2
    [(_kind, reason)] = reasons(result, "additional_url_images_list")
    assert "fetch image1.tar into my-node/images" in reason
