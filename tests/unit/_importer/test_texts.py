"""Lists, switches and assignments in one text; templates of Packer; TOML."""

from __future__ import annotations

import random
import string
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Position,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._common.redact import names_secret
from ansible_collections.vessel.image.plugins.module_utils._importer import packer, texts, toml
from ansible_collections.vessel.image.plugins.module_utils._importer.variables import Variable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"nfs-common jq"', ["nfs-common", "jq"]),
        ("nfs-common,jq", ["nfs-common", "jq"]),
        ("  nfs-common ,  jq\n", ["nfs-common", "jq"]),
        ('"\'"', ["'"]),
        ("'\"/a /b\"'", ["/a", "/b"]),
        ("jq jq", ["jq"]),
        ('""', []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert texts.words(text) == words


def test_kernel_arguments_keep_their_commas_and_come_twice() -> None:
    assert texts.parts('"a=1,2 b a=1,2"') == ["a=1,2", "b", "a=1,2"]


@pytest.mark.parametrize("text", ["true", "True", '"yes"', "1", "on"])
def test_true(text: str) -> None:
    assert texts.is_true(text) and not texts.is_off(text)


@pytest.mark.parametrize("text", ["", "maybe", "null"])
def test_neither(text: str) -> None:
    assert not texts.is_true(text) and not texts.is_off(text)


def test_assignments() -> None:
    given, other = texts.assignments("a=1 b=\"two words\" c='x=y' d= @file 9x=1 e")
    assert given == {"a": "1", "b": "two words", "c": "x=y", "d": ""}
    assert other == ["@file", "9x=1", "e"]


def variables(**given: str) -> dict[str, Variable]:
    return {key: Variable(key, text, Position("a.json", 1, 1)) for key, text in given.items()}


def test_other_variables_are_put_in() -> None:
    all_ = variables(a="1-{{user `b`}}-{{ user `c` }}", b="{{user `c`}}", c="x", d="{{user `no`}}")
    found = packer.resolved(all_, names_secret)
    assert found["a"].text == "1-x-x"
    assert found["d"].text == "{{user `no`}}"
    assert packer.named(all_) == {"b", "c", "no"}


def test_a_secret_is_not_put_in() -> None:
    found = packer.resolved(
        variables(a="sudo {{user `ssh_password`}}", ssh_password="hunter2"), names_secret
    )
    assert "hunter2" not in found["a"].text


def test_a_circle() -> None:
    with pytest.raises(VesselError, match="VES-874: `a` needs its own value: a → b → a"):
        packer.resolved(variables(a="{{user `b`}}", b="{{user `a`}}"), names_secret)


def test_toml_of_every_kind() -> None:
    table: dict[str, Any] = {
        "version": 3,
        "a b": "\x7f\x00\"\\\n'é",
        "none": [],
        "numbers": [1, -2.5, float("inf"), True],
        "when": datetime(2026, 1, 1, tzinfo=UTC),
        "inline": [{"x": "y", "z": [1]}],
        "empty": {},
        "plugins": {"io.containerd.cri.v1.images": {"registry": {"config_path": "/x"}}, "b": {}},
        "docker.io": {"x": 1, "y": {"z": 2}},
    }
    assert tomllib.loads(toml.written(table)) == table


def test_toml_of_any_shape() -> None:
    chance = random.Random(30)

    def value(depth: int) -> Any:
        kind = chance.randrange(6 if depth else 4)
        if kind == 0:
            return "".join(chance.choices(string.printable + "é€\x7f", k=chance.randrange(9)))
        if kind == 1:
            return chance.randrange(-9, 9)
        if kind == 2:
            return chance.random() < 0.5
        if kind == 3:
            return [value(0) for _number in range(chance.randrange(3))]
        return {
            "".join(chance.choices('ab.- "\\', k=3)): value(depth - 1)
            for _number in range(chance.randrange(4))
        }

    for _turn in range(300):
        table = {str(number): value(3) for number in range(4)}
        assert tomllib.loads(toml.written(table)) == table
