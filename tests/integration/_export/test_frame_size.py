from __future__ import annotations

import subprocess

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.zstd import frame_size
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

TEXTS = [b"", b"a", b"ab" * 40_000, bytes(range(256)) * 300, bytes(200_000)]


@pytest.mark.parametrize(
    "options", [(), ("--no-check",), ("--no-content-size",), ("-19", "--ultra")]
)
@pytest.mark.parametrize("text", TEXTS, ids=[str(len(text)) for text in TEXTS])
def test_the_length_of_what_zstd_writes(
    text: bytes, options: tuple[str, ...], tools: Tools
) -> None:
    words = tools.argv("zstd", "--stdout", "--quiet", *options)
    frame = subprocess.run(words, input=text, stdout=subprocess.PIPE, check=True).stdout
    assert frame_size(frame + b"what follows") == len(frame)
    assert frame_size(frame[:-1]) is None
