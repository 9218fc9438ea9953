"""Files of variables: what they hold, in which form, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._importer.variables import read


def write(directory: Path, text: str, name: str = "a.json") -> Path:
    path = directory / name
    path.write_text(text)
    return path


def test_texts_and_places(tmp_path: Path) -> None:
    text = (
        '{\n  "a" : "one, two",\n\t"b": true, "c": null,\n  "d": 20480, "e": ["x", "y"],"f":""\n}'
    )
    found = read([write(tmp_path, text)])
    assert {key: each.text for key, each in found.items()} == {
        "a": "one, two", "b": "true", "c": "", "d": "20480", "e": "x y", "f": "",
    }  # fmt: skip
    places = {key: (each.where.line, each.where.column) for key, each in found.items()}
    assert places["a"] == (2, 9)
    assert places["b"] == (3, 7)
    assert places["e"] == (4, 20)


def test_of_several_files_the_last_one_wins(tmp_path: Path) -> None:
    first = write(tmp_path, '{"a": "1", "b": "1"}')
    second = write(tmp_path, '{"a": "2"}', "b.json")
    found = read([first, second])
    assert (found["a"].text, found["b"].text) == ("2", "1")
    assert found["a"].where.file == str(second)
    assert read([second, first])["a"].text == "1"


def test_yaml_as_it_was_written(tmp_path: Path) -> None:
    text = "kubernetes_series: v1.36\nversion: 1.30\non: yes\nnothing:\nlist: [a, b]\n"
    found = read([write(tmp_path, text, "a.yml")])
    assert found["version"].text == "1.30"
    assert found["on"].text == "yes"
    assert found["nothing"].text == ""
    assert found["list"].text == "a b"
    assert (found["version"].where.line, found["version"].where.column) == (2, 10)


def test_json_in_a_file_of_another_name(tmp_path: Path) -> None:
    assert read([write(tmp_path, '\ufeff{"a": "1"}', "metadata.yaml")])["a"].text == "1"


@pytest.mark.parametrize(
    ("text", "name", "code", "place"),
    [
        ('{\n  "a": "1",\n  "b" "2"\n}', "a.json", "VES-871", "3:7"),
        ('{"a": "1",}', "a.json", "VES-871", "1:"),
        ("[]", "a.json", "VES-871", "1:1"),
        ('{"builders": [], "variables": {}}', "a.json", "VES-871", "1:1"),
        ("[" * 100_000, "a.json", "VES-871", "1:1"),
        ('{"a": {"b": "c"}}', "a.json", "VES-873", "1:7"),
        ('{"a": "\\ud800"}', "a.json", "VES-873", "1:7"),
        ('{"a": "1",\n "a": "2"}', "a.json", "VES-205", "2:7"),
        ('{\n {# the address #}\n "a": ""}', "a.j2", "VES-872", "2:2"),
        ('{"a": "{% if b %}c{% endif %}"}', "a.json", "VES-872", "1:8"),
        ("a: b: c", "a.yml", "VES-203", "1:5"),
        ("a:\n  b: c", "a.yml", "VES-873", "2:3"),
        ("- a", "a.yml", "VES-873", "1:1"),
        ("a: 1\na: 2", "a.yml", "VES-205", "2:1"),
        ("", "a.json", "VES-870", None),
    ],
)
def test_what_is_wrong_and_where(
    tmp_path: Path, text: str, name: str, code: str, place: str | None
) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(VesselError) as caught:
        read([path])
    [problem] = caught.value.problems
    assert problem.code == code
    if place:
        assert str(problem.position).startswith(f"{path}:{place}")


def test_all_problems_of_all_files_at_once(tmp_path: Path) -> None:
    files = [write(tmp_path, "{", "a.json"), tmp_path / "absent.json", tmp_path]
    files.append(write(tmp_path, '{"a": {}, "b": {}}', "b.json"))
    with pytest.raises(VesselError) as caught:
        read(files)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["VES-871", "VES-870", "VES-870", "VES-873", "VES-873"]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(VesselError, match=r"VES-870: .* is not UTF-8"):
        read([path])


def test_no_message_has_a_value(tmp_path: Path) -> None:
    """A file that cannot be read may hold a password on the very line."""
    for text in ('{"password": "hunter2hunter2" "b"}', '{"password": {"x": "hunter2hunter2"}}'):
        with pytest.raises(VesselError) as caught:
            read([write(tmp_path, text)])
        assert "hunter2" not in str(caught.value)
