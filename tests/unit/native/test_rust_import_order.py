"""Rust's modules use each other one way: in no circle, and never one that is declared below.

The order is the source's own: blank lines part the `mod` declarations of a file into groups, and a
module uses those of its own group and of the groups above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from unit.native.rust_modules import Crate, Name, Use, crate_roots, read_crate


def arrow(use: Use) -> tuple[Name, Name]:
    """Who uses whom among neighbours: what a module uses, the module around it uses, too."""
    same = 0
    for one, other in zip(use.module, use.other, strict=False):
        if one != other:
            break
        same += 1
    return use.module[: same + 1], use.other[: same + 1]


def spelled(name: Name) -> str:
    return "::".join(("crate", *name))


def faults(crate: Crate) -> list[str]:
    """Each use of what is declared below, as `file:line: words`, and a circle if there is one."""
    found, graph = [], TopologicalSorter[Name]()
    for use in crate.uses():
        one, other = arrow(use)
        graph.add(one, other)
        if len(one) == len(other) and crate.modules[other].group > crate.modules[one].group:
            place = f"{crate.modules[use.module].file}:{use.line}"
            found.append(f"{place}: {spelled(one)} uses {spelled(other)}, which is below it")
    try:
        graph.prepare()
    except CycleError as error:
        circle = [spelled(name) for name in reversed(error.args[1])]
        found.append("a circle: " + " uses ".join(circle))
    return found


def test_the_sources(root: Path) -> None:
    workspace = root / "native/rust"
    crates = [read_crate(file) for file in crate_roots(workspace)]
    arrows = {arrow(use) for crate in crates for use in crate.uses()}
    assert (("operator",), ("states",)) in arrows
    read = {module.file for crate in crates for module in crate.modules.values()}
    assert read == {
        file
        for file in workspace.rglob("*.rs")
        if "target" not in file.relative_to(workspace).parts
    }
    assert [fault for crate in crates for fault in faults(crate)] == []


def planted(place: Path, files: Mapping[str, str]) -> Crate:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return read_crate(place / "lib.rs")


TWO = "mod a;\nmod b;\n"
CIRCLES = {
    "as Krustlet's was": {
        "lib.rs": "mod container;\nmod pods;\nmod states;\n",
        "container.rs": "use crate::pods::Node;\npub struct Place;\n",
        "pods.rs": "use crate::states::{Deleted, Lives};\npub struct Node;\n",
        "states.rs": "use crate::container::{Place, supervise};\npub struct Lives;\n",
    },
    "by a path": {"lib.rs": TWO, "a.rs": "fn f() { crate::b::g() }", "b.rs": "use crate::a::f;"},
    "by super": {"lib.rs": TWO, "a.rs": "fn f() { super::b::g() }", "b.rs": "use super::a::f;"},
    "in a tree of names": {
        "lib.rs": TWO,
        "a.rs": "use crate::{\n    c::D,\n    b::{self, g as h},\n};\nmod c;",
        "a/c.rs": "",
        "b.rs": "pub use crate::a;",
    },
    "of parent and child": {
        "lib.rs": "mod a;",
        "a.rs": "mod b;\nfn f() { b::g() }",
        "a/b.rs": "use super::f;",
    },
    "of the root and a child": {"lib.rs": "mod a;\nuse a::f;\nstruct S;", "a.rs": "use crate::S;"},
    "through a child": {
        "lib.rs": TWO,
        "a.rs": "mod c;",
        "a/c.rs": "use crate::b::g;",
        "b.rs": "fn f(x: crate::a::X) {}",
    },
    "of modules in one file": {
        "lib.rs": "mod a { pub fn f() { super::b::g() } }\nmod b { pub fn g() { super::a::f() } }"
    },
    "through a directory's own file": {
        "lib.rs": TWO,
        "a/mod.rs": "mod c;\nuse crate::b::g;",
        "a/c.rs": "",
        "b.rs": "use crate::a::c::X;",
    },
    "in a macro": {
        "lib.rs": TWO,
        "a.rs": "m! { crate::b::g() }",
        "b.rs": 'fn f() { println!("{}", crate::a::X) }',
    },
    "after what looks like a comment": {
        "lib.rs": TWO,
        "a.rs": 'const A: &str = "//";\nconst B: char = \'"\';\nuse crate::b::g;',
        "b.rs": "fn f<'a>(x: &'a str) { r#\"/*\"#; } use crate::a::A;",
    },
}
BELOW = {
    "a group below": {"lib.rs": "mod a;\n\nmod b;\n", "a.rs": "use crate::b::g;", "b.rs": ""},
    "a group below, within a module": {
        "lib.rs": "mod m;",
        "m.rs": "mod a;\n\n#[cfg(unix)]\npub mod b;\n",
        "m/a.rs": "use super::b::g;",
        "m/b.rs": "",
    },
    "a group below, through a child": {
        "lib.rs": "mod a;\n// why\n\nmod b;\n",
        "a.rs": "mod c;",
        "a/c.rs": "use crate::b::d::g;",
        "b.rs": "mod d;",
        "b/d.rs": "",
    },
}
RIGHT = {
    "one way": {"lib.rs": TWO, "a.rs": "use crate::b::g;", "b.rs": ""},
    "a list that ends with a comma": {
        "lib.rs": "mod a;\nuse a::f;",
        "a.rs": "mod c;\nuse crate::{\n    a::c::{X, Y},\n};",
        "a/c.rs": "",
    },
    "a group above": {"lib.rs": "mod a;\n\nmod b;\n", "a.rs": "", "b.rs": "use crate::a::f;"},
    "a child of its parent": {"lib.rs": "mod a;", "a.rs": "mod b;", "a/b.rs": "use super::f;"},
    "a parent of its child": {"lib.rs": "mod a;", "a.rs": "mod b;\nuse b::g;", "a/b.rs": ""},
    "a test of what it tests": {
        "lib.rs": "mod a;",
        "a.rs": "mod b;\nfn f() { b::g() }\n#[cfg(test)]\nmod tests;",
        "a/b.rs": "#[cfg(test)]\nmod tests {\n    use super::super::tests::told;\n}",
        "a/tests.rs": "use super::*;",
    },
    "another crate of the name": {
        "lib.rs": TWO,
        "a.rs": "use b::g;\nfn f() { x.b::<u8>(); ::b::g(); y::b::g() }",
        "b.rs": "use crate::a::f;",
    },
    "in a comment or a literal": {
        "lib.rs": TWO,
        "a.rs": '// use crate::b::g;\n/* crate::b */\nconst A: &str = "\\"crate::b::g";\n'
        'const B: &str = r#"" use crate::b::g; "#;',
        "b.rs": "use crate::a::A;",
    },
}


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES)
def test_a_planted_circle(tmp_path: Path, files: Mapping[str, str]) -> None:
    (fault,) = faults(planted(tmp_path, files))
    assert fault.startswith("a circle: crate")


@pytest.mark.parametrize("files", BELOW.values(), ids=BELOW)
def test_a_planted_use_of_what_is_below(tmp_path: Path, files: Mapping[str, str]) -> None:
    (fault,) = faults(planted(tmp_path, files))
    assert fault.endswith("which is below it")


@pytest.mark.parametrize("files", RIGHT.values(), ids=RIGHT)
def test_what_is_right(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert faults(planted(tmp_path, files)) == []


def test_a_module_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        planted(tmp_path, {"lib.rs": "mod a;\n"})
