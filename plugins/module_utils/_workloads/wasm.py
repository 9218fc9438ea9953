"""WebAssembly modules made byte by byte, as no compiler gives them: too large, too deep, or wrong.

Format: https://webassembly.github.io/spec/core/binary/modules.html.
"""

from __future__ import annotations

from collections.abc import Sequence

HEADER = b"\0asm\x01\0\0\0"
TYPE, IMPORT, FUNCTION, TABLE, MEMORY, EXPORT, START, CODE, DATA = 1, 2, 3, 4, 5, 7, 8, 10, 11
NOTHING = b"\x60\0\0"  # the type of a function without parameters and results
TO_NUMBER = b"\x60\0\x01\x7f"
FUNCREF, EMPTY = b"\x70", b"\x40"
UNREACHABLE, LOOP, BLOCK, IF, END = b"\0", b"\x03", b"\x02", b"\x04", b"\x0b"
BRANCH, CALL, DROP = b"\x0c", b"\x10", b"\x1a"
NUMBER, ADD, EQUAL, NULL, TABLE_GROW = b"\x41", b"\x6a", b"\x46", b"\xd0\x70", b"\xfc\x0f\0"


def leb(number: int) -> bytes:
    """An unsigned number in LEB128."""
    made = bytearray()
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def vector(items: Sequence[bytes]) -> bytes:
    """A vector: how many, then each."""
    return leb(len(items)) + b"".join(items)


def sized(content: bytes) -> bytes:
    """Bytes after their number."""
    return leb(len(content)) + content


def section(number: int, *items: bytes) -> bytes:
    """A section that is a vector of `items`."""
    return bytes([number]) + sized(vector(items))


def body(code: bytes, declared: bytes = b"\0") -> bytes:
    """A function's entry of the code section; `declared` are its local variables."""
    return sized(declared + code + END)


def export(name: str, kind: int = 0, index: int = 0) -> bytes:
    """An export; `kind` 0 is a function, 2 a memory."""
    return sized(name.encode()) + bytes([kind]) + leb(index)


def needed(module: str, name: str, of_type: int = 0) -> bytes:
    """An import of a function."""
    return sized(module.encode()) + sized(name.encode()) + b"\0" + leb(of_type)


def program(
    code: bytes, *, declared: bytes = b"\0", pages: int = 1, before: bytes = b"", more: int = 0
) -> bytes:
    """A module whose `_start` is `code`, with a memory of so many pages of 64 KiB; `before` are
    sections of tables, and `more` is how often it has the function again."""
    memory = b"\0" + leb(pages)
    function = body(code, declared)
    return b"".join(
        [
            HEADER,
            section(TYPE, NOTHING),
            section(FUNCTION, *[b"\0"] * (1 + more)),
            before,
            section(MEMORY, memory),
            section(EXPORT, export("_start"), export("memory", 2)),
            section(CODE, *[function] * (1 + more)),
        ]
    )


def calls(module: str, name: str, *, gives: bool = True) -> bytes:
    """A module whose `_start` calls an import a thousand times; `gives` says whether that has a
    result."""
    once = CALL + b"\0" + (DROP if gives else b"")
    return b"".join(
        [
            HEADER,
            section(TYPE, NOTHING, TO_NUMBER),
            section(IMPORT, needed(module, name, int(gives))),
            section(FUNCTION, b"\0"),
            section(MEMORY, b"\0\x01"),
            section(EXPORT, export("_start", index=1), export("memory", 2)),
            section(CODE, body(once * 1000)),
        ]
    )


FOR_EVER = LOOP + EMPTY + BRANCH + b"\0" + END
GROWS_TABLE = (
    LOOP + EMPTY + NULL + NUMBER + b"\xc0\x84\x3d" + TABLE_GROW  # a million more
    + NUMBER + b"\x7f" + EQUAL + IF + EMPTY + UNREACHABLE + END + BRANCH + b"\0" + END
)  # fmt: skip
SUM = NUMBER + b"\x01" + NUMBER + b"\x02" + ADD + DROP
LOCALS = 20_000


def modules() -> dict[str, bytes]:
    """Each of them by its name."""
    table = section(TABLE, FUNCREF + b"\0\0")
    many_tables = section(TABLE, *[FUNCREF + b"\0" + leb(1_000_000)] * 64)
    starts = (
        HEADER
        + section(TYPE, NOTHING)
        + section(FUNCTION, b"\0", b"\0")
        + section(MEMORY, b"\0\x01")
        + section(EXPORT, export("_start"), export("memory", 2))
        + section(START, b"")[:1]
        + sized(b"\x01")
        + section(CODE, body(b""), body(FOR_EVER))
    )
    twice = (
        HEADER
        + section(TYPE, NOTHING)
        + section(FUNCTION, b"\0")
        + section(EXPORT, export("_start"), export("_start"))
        + section(CODE, body(b""))
    )
    outside = program(b"") + section(DATA, b"\0" + NUMBER + b"\x7f" + END + sized(b"x"))
    return {
        "recursion": program(CALL + b"\0"),
        "frames": program(CALL + b"\0", declared=vector([leb(LOCALS) + b"\x7e"])),
        "pages": program(b"", pages=65536),
        "tables": program(b"", before=many_tables),
        "table": program(GROWS_TABLE, before=table),
        "starts": starts,
        "functions": program(SUM, more=100_000),
        "function": program(SUM * 100_000),
        "blocks": program((BLOCK + EMPTY) * 100_000 + END * 100_000),
        "cut": HEADER + bytes([TYPE]) + leb(1 << 20) + b"\x01",
        "counts": HEADER + bytes([TYPE]) + sized(leb((1 << 32) - 1)),
        "twice": twice,
        "outside": outside,
        "no-start": program(b"").replace(b"_start", b"_other"),
        "name": calls("n" * 90_000, "absent"),
        "threads": calls("wasi", "thread-spawn"),
        "forks": calls("wasix_32v1", "proc_fork"),
    }
