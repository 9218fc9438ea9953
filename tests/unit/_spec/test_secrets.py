"""A password that a spec should not have is in no message about it, however long it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

WRONG = (
    "http://me:hunter2@proxy:3128",
    "http://me:hun@ter2hunter2@proxy:3128",
    "http://me:" + "hunter2" * 30 + "@proxy:3128",
    "https://me:hunter2@[::1]:3128/",
    "ftp://proxy/?sig=hunter2",
    "password=hunter2",
)


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize(
    "text",
    [
        'customize: {proxy: {http: "VALUE"}}',
        'customize: {executables: [{path: /a, url: "VALUE", sha256: x}]}',
        'customize: {repositories: [{name: a, uri: "VALUE"}]}',
        'outputs: ["VALUE"]',
        'vessel: "VALUE"',
        '"VALUE": 1',
        'schema: "VALUE"',
    ],
)
def test_no_password_is_in_a_message(tmp_path: Path, text: str, value: str) -> None:
    (tmp_path / "a.yml").write_text(text.replace("VALUE", value) + "\nname: n\n")
    with pytest.raises(VesselError) as caught:
        load_spec(tmp_path / "a.yml")
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)
