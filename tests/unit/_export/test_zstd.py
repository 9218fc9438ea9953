from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._export.zstd import frame_size


def test_no_frame() -> None:
    assert frame_size(b"") is None
    assert frame_size(bytes(100)) is None
