"""No file of the project names a package registry, a mirror, or a path of the machine it grew on.

The forbidden words are put together from pieces so that this file itself is clean.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SELF = Path(__file__).name


def joined(*pieces: str) -> str:
    return "".join(pieces)


def host(*labels: str) -> str:
    """A pattern for a host; not for a repository of that name, such as the crate index's."""
    return re.escape(".".join(labels)) + r"(?![-\w])"


REGISTRIES = [
    host("deb", "debian", "org"),
    host("security", "debian", "org"),
    host("snapshot", "debian", "org"),
    r"\bftp\.(\w+\.)?" + host("debian", "org"),
    host("pypi", "org"),
    host("pythonhosted", "org"),
    host("proxy", "golang", "org"),
    host("sum", "golang", "org"),
    r"(//|\.)" + host("crates", "io"),
    host("registry", "npmjs", "org"),
    host("galaxy", "ansible", "com"),
]
MACHINE_PATHS = [
    joined("/wo", r"rk/(main|shared|\.library)\b"),
    joined("/tm", r"p/vessel/"),
]
MIRROR_VARIABLES = ["GOPROXY", "GOSUMDB", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL"]
MIRROR_VARIABLES += ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]
EVERYWHERE = {"localhost", "127.0.0.1", "::1"}


def mirrors_of(environment: dict[str, str]) -> set[str]:
    """The hosts this machine takes packages from, by its environment."""
    words = [
        word
        for name in MIRROR_VARIABLES
        for word in re.split(r"[\s,|]+", environment.get(name, ""))
        if "://" in word
    ]
    return {name for word in words if (name := urlsplit(word).hostname)} - EVERYWHERE


def forbidden() -> re.Pattern[str]:
    home = re.escape(str(Path.home()))
    patterns = [*REGISTRIES, *MACHINE_PATHS, rf"{home}/(go|\.(cache|cargo|config|local|rustup))/"]
    if Path.home().parent != Path("/"):  # root's home and what to clean there are in images, too
        patterns.append(rf"{home}\b")
    patterns += [re.escape(name) for name in sorted(mirrors_of(dict(os.environ)))]
    return re.compile("|".join(patterns))


def project_files(root: Path) -> Iterator[Path]:
    """Every file that git has or would take."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    for name in sorted(set(os.fsdecode(listed.stdout).split("\0")) - {""}):
        path = root / name
        if path.is_file() and not path.is_symlink():
            yield path


def dirty(root: Path) -> list[str]:
    """Each forbidden word, as `file:line: word`."""
    pattern = forbidden()
    found = []
    for path in project_files(root):
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue  # not text
        for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
            if word := pattern.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {word.group()}")
    return found


def test_the_repository(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("this is not a clone: there is no list of the project's files")
    assert any(path.name == SELF for path in project_files(root))
    assert dirty(root) == []


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        (joined("http://de", "b.debian.org/debian"), True),
        (joined("http://ftp.de.deb", "ian.org/debian"), True),
        (joined("https://py", "pi.org/simple"), True),
        (joined("GOPROXY=https://proxy.gol", "ang.org,direct"), True),
        (joined("https://static.cra", "tes.io/x"), True),
        (joined("see /wo", "rk/main/README.md"), True),
        (joined("/tm", "p/vessel/x"), True),
        (f"{Path.home()}/.cache/x", True),
        (joined('"registry+https://github.com/rust-lang/cra', 'tes.io-index"'), False),
        ("registry.k8s.io/pause:3.10.1, https://www.debian.org, a workload, /workdir", False),
    ],
)
def test_a_planted_word(planted: Path, text: str, bad: bool) -> None:
    (planted / "a file.md").write_text(f"first\n{text}\n")
    found = dirty(planted)
    assert bool(found) is bad
    assert not bad or found[0].startswith("a file.md:2: ")


def test_what_git_ignores_is_not_the_project(planted: Path) -> None:
    (planted / ".gitignore").write_text("out\n")
    (planted / "out").write_text(joined("https://py", "pi.org"))
    assert dirty(planted) == []


def test_mirrors_of_the_environment() -> None:
    environment = {"GOPROXY": "https://user:word@go.example:8443/x,direct", "GOSUMDB": "off"}
    environment["http_proxy"] = "http://127.0.0.1:3128"
    assert mirrors_of(environment) == {"go.example"}
