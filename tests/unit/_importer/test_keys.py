"""The table of keys: each once, each with a reason that a person can use, and on the page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.redact import names_secret
from ansible_collections.vessel.image.plugins.module_utils._importer import page
from ansible_collections.vessel.image.plugins.module_utils._importer.draft import Kind, Request
from ansible_collections.vessel.image.plugins.module_utils._importer.importing import imported
from ansible_collections.vessel.image.plugins.module_utils._importer.keys import (
    KEYS,
    MAPPED,
    Mapped,
)
from ansible_collections.vessel.image.plugins.module_utils._importer.unmapped import UNMAPPED
from unit._importer.given import VERSION, given, reasons

SWITCHES = ("use_azure_cli_auth", "vnc_disable_password")  # true or false, whatever their names


def test_each_key_stands_once() -> None:
    names = [entry.key for entry in MAPPED] + [key for group in UNMAPPED for key in group.keys]
    assert [key for key, count in Counter(names).items() if count > 1] == []
    assert [
        key for group in UNMAPPED for key in group.keys if [*group.keys] != sorted(group.keys)
    ] == []


def test_what_is_secret_by_its_name_is_in_no_other_group() -> None:
    """As its value would be put in where another variable names it."""
    for key, entry in KEYS.items():
        if names_secret(key) and key not in SWITCHES:
            assert not isinstance(entry, Mapped) and entry.kind is Kind.SECRET, key


def test_the_page_is_current(root: Path) -> None:
    text = (root / "docs/from-image-builder.md").read_text()
    assert text == page.document(), "run `make docs`"
    assert {key for key in KEYS if f"`{key}`" not in text} == set()


def test_the_page_names_options_that_there_are(root: Path) -> None:
    module = (root / "plugins/modules/import_image_builder.py").read_text()
    named = re.findall(r"^\| `(\w+)` \| (?:the|where|replacing)", page._HEAD, re.MULTILINE)
    assert len(named) == 6
    assert [name for name in named if f"  {name}:\n" not in module] == []


def test_every_key_with_any_value_is_mapped_or_listed(tmp_path: Path, cache: Path) -> None:
    """Hostile values, too: nothing crashes, and nothing is passed over in silence."""
    values = [
        "true",
        "false",
        "",
        "x",
        "a b,c",
        "{{user `x`}}",
        "'\"",
        "-1",
        "/",
        "\n",
        "é\x00",
        "[]",
    ]
    for value in values:
        variables = {key: value for key in KEYS if not key.startswith("containerd_additional")}
        try:
            result = given(tmp_path, {**variables, **VERSION})
        except VesselError as error:
            assert value in ("'\"",), error
            assert [problem.code for problem in error.problems] == ["VES-879"]
            continue
        said = {key for key, _place in result.mapped} | {each.key for each in result.left}
        assert set(variables) - said - {"ansible_user_vars"} == set(), value
        if value != "":
            assert reasons(result, "password")[0][0] == "a secret" or value == "\n"


@pytest.mark.parametrize("name", ["My-Node", "my_node", "-a", "a" * 64])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(VesselError, match="VES-880"):
        imported(Request((), tmp_path / f"{name}.yml"), tmp_path)
