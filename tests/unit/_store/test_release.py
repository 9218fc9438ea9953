from __future__ import annotations

import errno
import io
import os
import resource
import subprocess
import tarfile
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store import release

NAME = "containerd-shim-wasmtime-v1"
PROGRAM = release.ELF + b" the program"


def archive(path: Path, member: str, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as file:
        for name, data in (("README", b"words"), (member, PROGRAM)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            file.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w"])
@pytest.mark.parametrize("member", [NAME, f"./{NAME}", f"bin/{NAME}"])
def test_out_of_an_archive(tmp_path: Path, member: str, mode: str) -> None:
    taken = tmp_path / "taken"
    release.take(NAME, archive(tmp_path / "a", member, mode), taken)
    assert taken.read_bytes() == PROGRAM and taken.stat().st_mode & 0o777 == 0o755


def test_the_program_itself(tmp_path: Path) -> None:
    (tmp_path / "bare").write_bytes(PROGRAM)
    (tmp_path / "bare").chmod(0o600)
    taken = tmp_path / "taken"
    release.take(NAME, tmp_path / "bare", taken)
    assert taken.read_bytes() == PROGRAM and taken.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x1f\x8b\x08\0\0\0\0\0"])
def test_what_is_neither(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(VesselError, match="VES-412"):
        release.take(NAME, tmp_path / "bad", tmp_path / "taken")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_what_the_host_refuses_is_no_fault_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(release.shutil, "copyfileobj", fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        release.take(NAME, archive(tmp_path / "a", NAME), tmp_path / "taken")


def test_a_cut_archive_and_one_of_another_program(tmp_path: Path) -> None:
    whole = archive(tmp_path / "whole", NAME).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    for path in (tmp_path / "cut", archive(tmp_path / "other", "containerd-shim-spin-v2")):
        with pytest.raises(VesselError, match=f"VES-412.*{NAME}"):
            release.take(NAME, path, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()


def test_a_file_of_a_similar_name_is_not_the_program(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a", "w") as file:
        for name in (f"{NAME}.sha256", f"{NAME}/README", f"old-{NAME}", f"bin/{NAME}"):
            entry = tarfile.TarInfo(name)
            data = PROGRAM if name == f"bin/{NAME}" else b"something else"
            entry.size = len(data)
            file.addfile(entry, io.BytesIO(data))
    release.take(NAME, tmp_path / "a", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == PROGRAM


def bomb(path: Path, how: str) -> Path:
    """A small archive that unpacks to a gigabyte."""
    zeros = 1 << 30

    class Zeros(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT, compresslevel=1) as file:
        if how == "header":
            entry = tarfile.TarInfo("long")
            entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, zeros
        else:
            entry = tarfile.TarInfo(NAME if how == "itself" else "before it")
            entry.size = zeros
        file.addfile(entry, Zeros())
        entry = tarfile.TarInfo(NAME)
        entry.size = len(PROGRAM)
        file.addfile(entry, io.BytesIO(PROGRAM))
    assert path.stat().st_size < 8 << 20
    return path


@pytest.mark.parametrize("how", ["itself", "before", "header"])
def test_a_small_archive_fills_no_disk_and_no_memory(tmp_path: Path, how: str) -> None:
    path, taken = bomb(tmp_path / "bomb", how), tmp_path / "taken"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(VesselError, match=r"VES-412.*(unpacks to more than|a header in it has)"):
        release.take(NAME, path, taken)
    assert not taken.exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def test_a_sparse_member_is_as_long_as_it_says(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    os.truncate(tmp_path / NAME, 1 << 40)
    packed = tmp_path / "sparse.tar"
    for form in ("gnu", "posix"):
        words = ["tar", "--sparse", f"--format={form}", "-cf", packed, "-C", tmp_path, NAME]
        subprocess.run(words, check=True)
        with pytest.raises(VesselError, match=r"VES-412.*unpacks to more than"):
            release.take(NAME, packed, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
