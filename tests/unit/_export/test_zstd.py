from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.zstd import frame_size

TEXTS = [b"", b"a", b"ab" * 40_000, bytes(range(256)) * 300, bytes(200_000)]


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
@pytest.mark.parametrize(
    "options", [(), ("--no-check",), ("--no-content-size",), ("-19", "--ultra")]
)
@pytest.mark.parametrize("text", TEXTS, ids=[str(len(text)) for text in TEXTS])
def test_the_length_of_what_zstd_writes(text: bytes, options: tuple[str, ...]) -> None:
    words = ["zstd", "--stdout", "--quiet", *options]
    frame = subprocess.run(words, input=text, stdout=subprocess.PIPE, check=True).stdout
    assert frame_size(frame + b"what follows") == len(frame)
    assert frame_size(frame[:-1]) is None


def test_no_frame() -> None:
    assert frame_size(b"") is None
    assert frame_size(bytes(100)) is None
