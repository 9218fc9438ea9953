"""Contents: compared first, then applied; a second run finds nothing to do."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree.contents import (
    Blob,
    Contents,
    File,
    Remove,
    apply,
    diff,
    plan,
)


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o7777


def blob(path: str, source: Path) -> Blob:
    return Blob(path, source, hashlib.sha256(source.read_bytes()).hexdigest())


def test_lays_everything_down_whatever_the_umask(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    wanted = Contents(
        files=(File("/etc/a/b", b"text\n"), File("/etc/key", b"", 0o600)),
        blobs=(blob("/usr/local/bin/program", program),),
        directories=(("/etc/kubernetes/manifests", 0o700),),
        links=(("/etc/resolv.conf", "../run/resolv.conf"),),
    )
    before = os.umask(0o077)
    try:
        apply(root, plan(root, wanted))
    finally:
        os.umask(before)
    assert (root / "etc/a/b").read_bytes() == b"text\n"
    assert mode(root / "etc/a") == 0o755
    assert mode(root / "etc/a/b") == 0o644
    assert mode(root / "etc/key") == 0o600
    assert mode(root / "etc/kubernetes") == 0o755
    assert mode(root / "etc/kubernetes/manifests") == 0o700
    assert mode(root / "usr/local/bin/program") == 0o755
    assert (root / "etc/resolv.conf").readlink() == Path("../run/resolv.conf")
    assert plan(root, wanted) == ()


@pytest.mark.parametrize("name", ["a" * 241, "b" * 255, "ö" * 127])
def test_the_longest_names(tmp_path: Path, name: str) -> None:
    root, program = tmp_path / "root", tmp_path / "program"
    root.mkdir()
    program.write_bytes(b"\x7fELF")
    wanted = Contents(
        files=(File(f"/etc/{name}", b"text\n"),), blobs=(blob(f"/usr/{name}", program),)
    )
    apply(root, plan(root, wanted))
    assert (root / "etc" / name).read_bytes() == b"text\n"
    assert (root / "usr" / name).read_bytes() == b"\x7fELF"
    assert len(list(root.rglob("*"))) == 4


@pytest.mark.parametrize("spoil", ["content", "mode", "link"])
def test_mends_a_file_that_changed(tmp_path: Path, spoil: str) -> None:
    wanted = Contents(files=(File("/etc/a", b"text\n"),))
    apply(tmp_path, plan(tmp_path, wanted))
    file = tmp_path / "etc/a"
    other = tmp_path / "other"
    other.write_bytes(b"text\n")
    if spoil == "content":
        file.write_bytes(b"other\n")
    elif spoil == "mode":
        file.chmod(0o777)
    else:
        file.unlink()
        file.symlink_to(other)
    steps = plan(tmp_path, wanted)
    assert [step.path for step in steps] == ["/etc/a"]
    apply(tmp_path, steps)
    assert file.read_bytes() == b"text\n"
    assert not file.is_symlink()
    assert mode(file) == 0o644
    assert mode(other) == 0o644


def test_removes_by_pattern_but_not_what_it_lays_down(tmp_path: Path) -> None:
    for name in ("ssh_host_rsa_key", "ssh_host_rsa_key.pub", "sshd_config", ".hidden.bak"):
        (tmp_path / name).write_text("x")
    (tmp_path / "gone" / "below").mkdir(parents=True)
    (tmp_path / "dangling").symlink_to("nowhere")
    wanted = Contents(
        files=(File("/ssh_host_rsa_key", b"x"),),
        absent=("/ssh_host_*", "/.*.bak", "/gone", "/dangling", "/not/there", "/no*/there"),
    )
    steps = plan(tmp_path, wanted)
    removed = ["/.hidden.bak", "/dangling", "/gone", "/ssh_host_rsa_key.pub"]
    assert [step.path for step in steps if isinstance(step, Remove)] == removed
    apply(tmp_path, steps)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ssh_host_rsa_key", "sshd_config"]
    assert plan(tmp_path, wanted) == ()


def test_empties_a_directory_and_keeps_its_directories(tmp_path: Path) -> None:
    journal = tmp_path / "var/log/journal"
    journal.mkdir(parents=True)
    journal.chmod(0o2755)
    (journal / "system.journal").write_text("x")
    (tmp_path / "var/log/link").symlink_to("journal")
    wanted = Contents(emptied=("/var/log", "/var/crash"))
    apply(tmp_path, plan(tmp_path, wanted))
    assert list((tmp_path / "var/log").rglob("*")) == [journal]
    assert mode(journal) == 0o2755
    assert plan(tmp_path, wanted) == ()


def test_a_blob_with_other_bytes_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"new")
    root = tmp_path / "root"
    root.mkdir()
    damaged = Contents(blobs=(Blob("/bin/program", program, "0" * 64),))
    with pytest.raises(VesselError) as caught:
        apply(root, plan(root, damaged))
    assert caught.value.problems[0].code == "VES-521"
    assert list((root / "bin").iterdir()) == []


@pytest.mark.parametrize("path", ["etc/hosts", "/etc/../hosts", "/", ""])
def test_refuses_a_path_that_leads_out(tmp_path: Path, path: str) -> None:
    with pytest.raises(VesselError) as caught:
        plan(tmp_path, Contents(files=(File(path, b""),)))
    assert caught.value.problems[0].code == "VES-520"


def test_diff_shows_the_text_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "a").chmod(0o644)
    steps = plan(tmp_path, Contents(files=(File("/a", b"new\n"),), links=(("/b", "a"),)))
    shown = [(entry["before"], entry["after"]) for entry in diff(tmp_path, steps)]
    assert shown == [("old\n", "new\n"), ("", "link to a\n")]


def test_what_is_kept_stays_and_all_else_beside_it_goes(tmp_path: Path) -> None:
    for name in ("root/.ssh/authorized_keys", "root/.ssh/known_hosts", "root/.cache/pip/x",
                 "var/log/own/a.log", "var/log/own/b.log", "etc/a.bak", "etc/b.bak",
                 "var/lib/cloud/seed/nocloud/user-data", "var/lib/cloud/instance/x",
                 "usr/lib/x.bak"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "lib").symlink_to("usr/lib")
    wanted = Contents(
        absent=("/root/.ssh", "/root/.cache", "/etc/*.bak", "/var/lib/cloud", "/usr/lib/*.bak"),
        emptied=("/var/log",),
        kept=("/root/.ssh/authorized_keys", "/root/.cache", "/etc/a.bak", "/var/log/own/a.log",
              "/var/lib/cloud/seed/nocloud/user-data", "/lib/x.bak"),
    )  # fmt: skip
    apply(tmp_path, plan(tmp_path, wanted))
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {
        "root/.ssh/authorized_keys", "etc/a.bak", "var/log/own/a.log", "usr/lib/x.bak",
        "var/lib/cloud/seed/nocloud/user-data",
    }  # fmt: skip
    assert (tmp_path / "root/.cache").is_dir() and not any((tmp_path / "root/.cache").iterdir())
    assert not (tmp_path / "var/lib/cloud/instance").exists()
    assert plan(tmp_path, wanted) == ()


def test_a_directory_that_is_there_keeps_its_mode_and_owner(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir(mode=0o755)
    made = (("/etc", 0o700), ("/opt/new", 0o700))
    wanted = Contents(made=made, owners=(("/etc", "nobody:nogroup"),))
    apply(tmp_path, plan(tmp_path, wanted))
    assert mode(tmp_path / "etc") == 0o755 and mode(tmp_path / "opt/new") == 0o700
    assert plan(tmp_path, wanted) == ()


def test_a_link_to_nothing_can_have_an_owner(tmp_path: Path) -> None:
    owner = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"
    wanted = Contents(links=(("/etc/link", "nothing"),), owners=(("/etc/link", owner),))
    apply(tmp_path, plan(tmp_path, wanted))
    assert plan(tmp_path, wanted) == ()


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.write_text("the host's")
    program = tmp_path / "program"
    program.write_text("a program")
    (root / "file").symlink_to(outside)
    (root / "blob").symlink_to(outside)
    wanted = Contents(
        files=(File("/file", b"ours"),),
        blobs=(blob("/blob", program),),
    )
    apply(root, plan(root, wanted))
    assert outside.read_text() == "the host's"
    assert not (root / "file").is_symlink() and (root / "file").read_text() == "ours"
    assert not (root / "blob").is_symlink() and (root / "blob").read_text() == "a program"


def test_a_program_that_becomes_its_owner_stays_one(tmp_path: Path) -> None:
    here = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"
    wanted = Contents(files=(File("/program", b"x", 0o4755),), owners=(("/program", here),))
    apply(tmp_path, plan(tmp_path, wanted))
    assert (tmp_path / "program").stat().st_mode & 0o7777 == 0o4755
    assert plan(tmp_path, wanted) == ()
