"""Choices that do not go together, and the documentation of the schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec import schema, validate
from ansible_collections.vessel.image.plugins.module_utils._spec.document import document
from ansible_collections.vessel.image.plugins.module_utils._spec.editors import json_schema
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import parse


def test_the_default_engine_is_one_of_the_runtimes() -> None:
    text = b"wasm: {runtimes: [wasmedge], default: wasmtime}\n"
    [problem] = validate.conflicts(parse(text, "s.yml"))
    assert problem.code == "VES-212"
    assert str(problem.position) == "s.yml:1:39"
    assert not validate.conflicts(parse(text.replace(b"[", b"[wasmtime, "), "s.yml"))


@pytest.mark.parametrize(
    ("wasm", "default"),
    [("", "wasmedge"), ("{runtimes: [wasmtime, wasmedge]}", "wasmtime")],
)
def test_without_a_default_engine_it_is_the_first(wasm: str, default: str) -> None:
    document = parse(f"wasm: {wasm or '{}'}\n".encode(), "s.yml")
    assert validate.completed(document)["wasm"]["default"] == default


def test_containerd_1_is_refused_with_every_kubernetes() -> None:
    text = 'kubernetes: {version: "1.35.1"}\ncontainer_runtime: {containerd: "1.7.1"}\n'
    [problem] = validate.conflicts(parse(text.encode(), "s.yml"))
    assert problem.code == "VES-208"


def test_every_field_is_explained() -> None:
    for path, rules in schema.fields():
        assert rules["meta"]["about"].endswith("."), path
        assert rules == schema.rules_at(path)


def test_the_page_is_current(root: Path) -> None:
    assert (root / "docs/spec.md").read_text() == document(), "make it again: see document.py"


GOOD = {
    "time_servers": ["time.example.com.", "ntp_1.corp", "192.0.2.1", "2001:db8::1", "fe80::1%eth0"],
    "hosts": {"2001:db8::1": ["my_host.example", "_a"]},
    "kernel_arguments": ["hugepagesz=2M", "hugepages=4", "hugepagesz=1G", "hugepages=4"],
    "units": {
        "enabled": ["a.swap", "a.automount", "a.slice", "getty@tty1.service", r"a@b\x2dc.service"],
        "masked": ["dev-tpmrm0.device", "a@.service", "b.swap"],
    },
    "executables": [
        {
            "path": "/usr/local/bin/tool",
            "url": "https://d.example.com:8443/a/b@v1?X-Amz-Credential=AKIA%2F2026&user=me@x:y/z?",
            "sha256": "0" * 64,
        },
        {"path": "/usr/local/bin/other", "url": "https://[::1]?a=b", "sha256": "0" * 64},
    ],
    "proxy": {"http": "http://proxy_1:3128", "no_proxy": ["[::1]", "fe80::/10"]},
    "repositories": [
        {"name": f"r{index}", "uri": uri, "key": "k", **more}
        for index, (uri, more) in enumerate(
            [
                ("https://p.example/core:/stable:/v1.36/deb", {"suites": ["/"]}),
                ("https://p.example/deb/$(ARCH)", {"suites": ["./"], "components": []}),
                ("https://p.example/deb", {"suites": ["trixie/", "./$(ARCH)/"]}),
                ("https://p.example/deb", {"suites": ["trixie"], "components": ["main"]}),
            ]
        )
    ],
}


@pytest.mark.parametrize("key", GOOD)
def test_what_the_world_has_is_taken(key: str) -> None:
    content = {
        "schema": 1,
        "name": "n",
        "kubernetes": {"version": "1.36.3"},
        "customize": {key: GOOD[key]},
    }
    document = parse(json.dumps(content).encode(), "s.yml")
    assert [str(problem) for problem in validate.problems_of(document)] == []
    assert validate.completed(document)["customize"][key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("time_servers", ["a b"]),
        ("time_servers", ["-x"]),
        ("time_servers", ["fe80::1%\nNTP=evil"]),
        ("hosts", {"fe80::1%\n192.0.2.1": ["a"]}),
        ("hosts", {"192.0.2.1": ["a."]}),
    ],
)
def test_what_would_be_a_second_word_is_refused(key: str, value: object) -> None:
    content = {"schema": 1, "name": "n", "kubernetes": {"version": "1.36.3"}}
    document = parse(json.dumps({**content, "customize": {key: value}}).encode(), "s.yml")
    assert [problem.code for problem in validate.problems_of(document)] == ["VES-210"]


def test_a_list_whose_entries_may_repeat_is_told_to_editors() -> None:
    found = json_schema()["properties"]["customize"]["properties"]
    assert "uniqueItems" not in found["kernel_arguments"]
    assert found["packages"]["uniqueItems"] is True
