"""Sizes, places and UUIDs."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._disk import gpt, layout

MIB = layout.MIB
ROOT_TYPE = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"  # of x86-64


def test_partitions_are_aligned_adjacent_and_end_before_the_backup_table() -> None:
    size = 2048 * MIB
    bios, esp, root = layout.partitions("id", size, ROOT_TYPE)
    assert bios.start == MIB
    assert esp.start == bios.start + bios.size
    assert root.start == esp.start + esp.size
    assert all(part.start % MIB == 0 and part.size % MIB == 0 for part in (bios, esp, root))
    assert size - MIB <= root.start + root.size <= size - gpt.TAIL


def test_uuids_follow_from_the_identity_alone() -> None:
    assert layout.stable_uuid("a", "root") == layout.stable_uuid("a", "root")
    parts = [
        *layout.partitions("a", 2048 * MIB, ROOT_TYPE),
        *layout.partitions("b", 2048 * MIB, ROOT_TYPE),
    ]
    assert len({part.uuid for part in parts}) == len(parts)


@pytest.mark.parametrize("content", [0, 300 * MIB, 700 * MIB, 5000 * MIB])
def test_default_size_leaves_head_room(content: int) -> None:
    size = layout.disk_size(content, 20_000, None)
    root = layout.partitions("id", size, ROOT_TYPE)[-1].size
    overhead = layout.JOURNAL + layout.inode_count(20_000, root) * layout.INODE_SIZE
    reserved = root * layout.RESERVED_PERCENT // 100
    assert root - overhead - reserved - content >= 900 * MIB
    assert size % layout.ROUND == 0


def test_a_wished_size_is_kept_or_refused() -> None:
    assert layout.disk_size(100 * MIB, 1000, 8192 * MIB) == 8192 * MIB
    with pytest.raises(VesselError, match=r"VES-601.*too small"):
        layout.disk_size(900 * MIB, 1000, 512 * MIB)


def test_info_survives_json() -> None:
    info = layout.DiskInfo(
        1, "u", "r", "6.12.1-cloud-amd64", layout.partitions("id", 2048 * MIB, ROOT_TYPE)
    )
    assert layout.DiskInfo.from_dict(info.as_dict()) == info
