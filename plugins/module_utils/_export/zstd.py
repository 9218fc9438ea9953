"""How long a Zstandard frame is, without unpacking it."""

from __future__ import annotations

MAGIC = b"\x28\xb5\x2f\xfd"
DICTIONARY_ID = (0, 1, 2, 4)  # bytes, by flag
CONTENT_SIZE = (0, 2, 4, 8)
BLOCK_HEADER = 3
RLE = 1


def frame_size(data: bytes) -> int | None:
    """The length in bytes of the frame at the start of `data`; None when it is no whole frame.

    Format: RFC 8878, 3.1.1.
    """
    if data[:4] != MAGIC or len(data) < 5:
        return None
    flags = data[4]
    single, checksum = bool(flags & 0x20), bool(flags & 0x04)
    position = 5 + (not single) + DICTIONARY_ID[flags & 3]
    position += CONTENT_SIZE[flags >> 6] or single
    while position + BLOCK_HEADER <= len(data):
        header = int.from_bytes(data[position : position + BLOCK_HEADER], "little")
        last, kind, size = header & 1, (header >> 1) & 3, header >> 3
        position += BLOCK_HEADER + (1 if kind == RLE else size)
        if last:
            position += 4 * checksum
            return position if position <= len(data) else None
    return None
