"""Specs, good and bad, each problem with its line, column and code."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._codes.document import CODES
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import MAX_BYTES, MAX_DEPTH
from ansible_collections.vessel.image.plugins.module_utils._spec.schema import KUBERNETES_MINORS

SHORTEST = 'schema: 1\nname: n\nkubernetes: {version: "1.36.3"}\n'


def problems(path: Path, data: str | bytes) -> list[tuple[int, int, str, str]]:
    """Line, column, code, and text with hint of all problems of a spec."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(VesselError) as caught:
        load_spec(path)
    found = []
    for problem in caught.value.problems:
        assert problem.position is not None
        assert problem.position.file == str(path)
        assert problem.what
        assert problem.hint
        assert problem.code in CODES
        text = f"{problem.what} | {problem.hint}"
        found.append((problem.position.line, problem.position.column, problem.code, text))
    return found


def test_the_default_spec(root: Path) -> None:
    spec = load_spec(root / "specs/wasm-node.yml")
    assert spec.normalised() == {
        "schema": 1,
        "name": "wasm-node",
        "vessel": "general-purpose",
        "architectures": ["amd64"],
        "operating_system": {"distribution": "debian", "release": "trixie", "kernel": "cloud"},
        "kubernetes": {"version": "1.36.3"},
        "container_runtime": {"containerd": "2.4.2"},
        "wasm": {"runtimes": ["wasmedge"], "default": "wasmedge"},
        "preload": {"control_plane": True},
        "outputs": ["qcow2"],
    }
    assert list(spec.normalised()) == [*spec.__slots__]
    with pytest.raises(FrozenInstanceError):
        spec.name = "other"


def test_what_is_left_out_is_as_in_the_default_spec(root: Path, tmp_path: Path) -> None:
    default = load_spec(root / "specs/wasm-node.yml")
    path = tmp_path / "short.yml"
    path.write_text(SHORTEST.replace("name: n", "name: wasm-node"))
    assert load_spec(path) == default
    assert load_spec(path).sha256 == default.sha256


def test_the_digest_is_of_the_meaning(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        path = tmp_path / "spec.yml"
        path.write_text(text)
        return load_spec(path).sha256

    both = digest(SHORTEST + "outputs: [raw, qcow2]\n")
    assert both == digest("outputs:\n- qcow2  # first\n- raw\n" + SHORTEST)
    assert both != digest(SHORTEST)
    assert digest(SHORTEST) != digest(SHORTEST.replace("1.36.3", "1.36.4"))


@pytest.mark.parametrize(
    "data",
    [
        SHORTEST.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SHORTEST.encode(),
        ("---\n# é\n" + SHORTEST + "...\n").encode(),
        SHORTEST.replace("name: n", "name: 2026-11-23").encode(),
        SHORTEST.replace("name: n", f"name: {'n' * 63}").encode(),
        SHORTEST.replace("1.36.3", f"1.{KUBERNETES_MINORS[0]}.0").encode(),
        SHORTEST.replace("1.36.3", f"1.{KUBERNETES_MINORS[-1]}.2").encode(),
    ],
    ids=["crlf", "bom", "markers", "date-like name", "longest name", "oldest", "newest"],
)
def test_good(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "spec.yml"
    path.write_bytes(data)
    load_spec(path)


# The text that is appended to, or put in place of a line of, the shortest spec; the expected line,
# column and code; words that the problem or its hint must hold.
APPENDED = [
    ("nmae: x\n", 4, 1, "VES-206", "`name`"),
    ("Outputs: [raw]\n", 4, 1, "VES-206", "`outputs`"),
    ("version: 1\n", 4, 1, "VES-206", "belongs under `kubernetes`"),
    ("zzz: 1\n", 4, 1, "VES-206", "The keys here are: schema, name"),
    ('"": 1\n', 4, 1, "VES-206", "an empty word"),
    ("operating_system:\n  kernal: cloud\n", 5, 3, "VES-206", "`kernel`"),
    ("wasm: {outputs: [raw]}\n", 4, 8, "VES-206", "at the top, not indented"),
    ("name: m\n", 4, 1, "VES-205", "line 2"),
    ("vessel: unikernel\n", 4, 9, "VES-208", "not available in this version"),
    ("vessel: real-time\n", 4, 9, "VES-208", "Choose from: general-purpose"),
    ("vessel: linuxkit\n", 4, 9, "VES-208", "not available in this version"),
    ("vessel: MicroVM\n", 4, 9, "VES-208", "not available in this version"),
    ("vessel: generalpurpose\n", 4, 9, "VES-210", "Did you mean general-purpose?"),
    ("vessel: no\n", 4, 9, "VES-209", "no, which YAML reads as false"),
    ("architectures: [arm64]\n", 4, 17, "VES-208", "not available in this version"),
    ("architectures: amd64\n", 4, 16, "VES-209", "[amd64]"),
    ("architectures: [AMD64]\n", 4, 17, "VES-210", "Did you mean amd64?"),
    ("architectures: []\n", 4, 16, "VES-210", "at least one of: amd64"),
    ("operating_system: {distribution: ubuntu}\n", 4, 34, "VES-210", "Choose from: debian"),
    ("operating_system: {release: 13}\n", 4, 29, "VES-209", "the number 13"),
    ("operating_system: {kernel: genric}\n", 4, 28, "VES-210", "Did you mean generic?"),
    ("operating_system: debian\n", 4, 19, "VES-209", "distribution, release, kernel"),
    ("operating_system:\n", 4, 1, "VES-209", "no value"),
    ("wasm: {runtimes: [wasmedge, wasmtime]}\n", 4, 29, "VES-208", "wasmtime"),
    ("wasm:\n  default: wasmer\n", 5, 12, "VES-208", "wasmer"),
    ("preload: {control_plane: 'yes'}\n", 4, 26, "VES-209", "without quotes"),
    ("preload: {control_plane: ~}\n", 4, 11, "VES-209", "YAML reads ~ as nothing"),
    ("customize: {packages: [vim]}\n", 4, 13, "VES-208", "`customize.packages`"),
    ("customize:\n  anything:\n", 5, 3, "VES-208", "`customize.anything`"),
    ("customize: []\n", 4, 12, "VES-209", "Write {}"),
    ("components: {etcd: {from: source}}\n", 4, 1, "VES-208", "`components`"),
    ("outputs: [qcow2, vmdk]\n", 4, 18, "VES-210", "Choose from: qcow2, raw"),
    ("outputs: [raw, qcow2, raw]\n", 4, 23, "VES-211", "raw twice"),
    ("outputs: [{raw: 1}]\n", 4, 11, "VES-209", "a section"),
    ("container_runtime: {containerd: 2.4}\n", 4, 33, "VES-209", "the number 2.4"),
    ('container_runtime: {containerd: "1.7.24"}\n', 4, 33, "VES-212", "need containerd 2"),
    ('container_runtime: {containerd: "3.0.0"}\n', 4, 33, "VES-208", "containerd 2"),
    ("? [a]\n: b\n", 4, 3, "VES-204", "plain word"),
]
REPLACED = [
    ("schema: 1", "schema: 2", 1, 9, "VES-210", "Choose from: 1"),
    ("schema: 1", "schema: '1'", 1, 9, "VES-209", "without quotes"),
    ("schema: 1", "schema: 1.0", 1, 9, "VES-209", "without quotes"),
    ("schema: 1", "schema: true", 1, 9, "VES-209", "without quotes"),
    ("name: n", "name: My_Node", 2, 7, "VES-210", "such as my-node"),
    ("name: n", "name: -n", 2, 7, "VES-210", "such as n."),
    ("name: n", f"name: {'n' * 64}", 2, 7, "VES-210", "63"),
    ("name: n", 'name: "n\\n"', 2, 7, "VES-210", "DNS label"),
    ("name: n", "name: no", 2, 7, "VES-209", "no, which YAML reads as false | Write it in quotes"),
    ("name: n", "name: 010", 2, 7, "VES-209", "010, which YAML reads as the number 8"),
    ("name: n", "name: 0x_", 2, 7, "VES-210", "DNS label"),
    ("name: n", "name:", 2, 1, "VES-209", "no value"),
    ("name: n", "", 1, 1, "VES-207", "`name: wasm-node`"),
    ('"1.36.3"', "1.30", 3, 23, "VES-209", "1.30, which YAML reads as the number 1.3 | Write all"),
    ('"1.36.3"', "1.36", 3, 23, "VES-209", 'in quotes, such as "1.36.3"'),
    ('"1.36.3"', "'1.36'", 3, 23, "VES-210", "not a version of three numbers"),
    ('"1.36.3"', "v1.36.3", 3, 23, "VES-210", 'Write "1.36.3"'),
    ('"1.36.3"', "1.36.3-rc.1", 3, 23, "VES-210", "three numbers"),
    ('"1.36.3"', '"1.36.3\\n"', 3, 23, "VES-210", 'Write "1.36.3"'),
    ('"1.36.3"', "latest", 3, 23, "VES-210", "three numbers"),
    ('"1.36.3"', '"1.32.9"', 3, 23, "VES-208", "1.33 to 1.37"),
    ('"1.36.3"', '"1.38.0"', 3, 23, "VES-208", "1.33 to 1.37"),
    ('"1.36.3"', '"2.36.0"', 3, 23, "VES-208", "1.33 to 1.37"),
    ('"1.36.3"', f'"1.{"9" * 5000}.0"', 3, 23, "VES-208", "1.33 to 1.37"),
    ('{version: "1.36.3"}', "{}", 3, 1, "VES-207", '`version: "1.36.3"`'),
    ('kubernetes: {version: "1.36.3"}', "", 1, 1, "VES-207", '{version: "1.36.3"}'),
]
UNREADABLE: list[tuple[str | bytes, int, int, str, str]] = [
    ("", 1, 1, "VES-204", "no spec"),
    ("# nothing\n", 1, 1, "VES-204", "no spec"),
    ("- a\n", 1, 1, "VES-209", "a list"),
    ("just text\n", 1, 1, "VES-209", "just text"),
    (SHORTEST + "wasm: [\n", 5, 1, "VES-203", "not YAML"),
    (SHORTEST + " x: 1\n", 4, 2, "VES-203", "not YAML"),
    (SHORTEST + "outputs: @raw\n", 4, 10, "VES-203", "not YAML"),
    (SHORTEST + "wasm:\n\truntimes: []\n", 5, 1, "VES-202", "tab"),
    (SHORTEST.encode() + b"# caf\xc3\xa9 \xe9\n", 4, 8, "VES-202", "0xe9"),
    (SHORTEST.encode("utf-16"), 1, 1, "VES-202", "UTF-8"),
    (SHORTEST + "# \x07\n", 4, 3, "VES-202", "U+0007"),
    ("#" * (MAX_BYTES + 1), 1, 1, "VES-202", "larger"),
    (SHORTEST + "---\nschema: 1\n", 4, 1, "VES-204", "second document"),
    ("name: &a x\nvessel: *a\n", 1, 7, "VES-204", "anchors"),
    ("name: *a\n", 1, 7, "VES-204", "anchors"),
    ("name: !!python/name:os.system x\n", 1, 7, "VES-204", "tag"),
    ("name: ! x\n", 1, 7, "VES-204", "tag"),
    ("a: " + "[" * 60_000, 1, 3 + MAX_DEPTH, "VES-204", "nested"),
]


@pytest.mark.parametrize(("text", "line", "column", "code", "words"), APPENDED)
def test_a_bad_addition(
    tmp_path: Path, text: str, line: int, column: int, code: str, words: str
) -> None:
    [found] = problems(tmp_path / "s.yml", SHORTEST + text)
    assert found[:3] == (line, column, code)
    assert words in found[3]


@pytest.mark.parametrize(("old", "new", "line", "column", "code", "words"), REPLACED)
def test_a_bad_change(
    tmp_path: Path, old: str, new: str, line: int, column: int, code: str, words: str
) -> None:
    [found] = problems(tmp_path / "s.yml", SHORTEST.replace(old, new))
    assert found[:3] == (line, column, code)
    assert words in found[3]


@pytest.mark.parametrize(("data", "line", "column", "code", "words"), UNREADABLE)
def test_unreadable(
    tmp_path: Path, data: str | bytes, line: int, column: int, code: str, words: str
) -> None:
    [found] = problems(tmp_path / "s.yml", data)
    assert found[:3] == (line, column, code)
    assert words in found[3]


def test_all_problems_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = (
        "schema: 3\nname: A\nname: b\nvesel: x\noutputs: [raw, raw, iso]\n"
        'kubernetes: {version: "1.36.1"}\ncontainer_runtime: {containerd: "1.7.1"}\n'
    )
    assert [found[:3] for found in problems(tmp_path / "s.yml", text)] == [
        (1, 9, "VES-210"),
        (2, 7, "VES-210"),
        (3, 1, "VES-205"),
        (4, 1, "VES-206"),
        (5, 16, "VES-211"),
        (5, 21, "VES-210"),
        (7, 33, "VES-212"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("specs/wasm-nod.yml", "specs/wasm-node.yml?"),
        ("specs/wasm-node", "specs/wasm-node.yml?"),
        ("specs/qqqq", "The specs there are: wasm-node.yml."),
        ("spec/wasm-node.yml", "does not exist either"),
        ("empty/x.yml", "no spec beside it"),
        ("specs", "cannot be read"),
        ("specs/wasm-node.yml/x", "cannot be read"),
        ("specs/\0", "cannot be read"),
    ],
)
def test_a_spec_that_is_not_there(tmp_path: Path, name: str, words: str) -> None:
    for folder in ("specs", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "specs/wasm-node.yml").write_text(SHORTEST)
    with pytest.raises(VesselError) as caught:
        load_spec(tmp_path / name)
    [problem] = caught.value.problems
    assert problem.code == "VES-201"
    assert problem.hint
    assert words in str(problem)
