"""Where a sparse file has data."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator


def data_ranges(descriptor: int, size: int, block: int) -> Iterator[tuple[int, int]]:
    """Begin and end, in blocks of `block` bytes, of what may hold data in a file of `size` bytes;
    ascending, no block twice. What is left out are holes."""
    position = end = 0
    while position < size:
        try:
            data = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:  # a hole up to the end
                raise
            return
        position = min(os.lseek(descriptor, data, os.SEEK_HOLE), size)
        begin, end = max(data // block, end), max(-(-position // block), end)
        if begin < end:
            yield begin, end
