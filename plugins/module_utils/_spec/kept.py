"""Cerberus, imported with its docstrings, whatever Python was told about them.

Cerberus reads the rules for its rules out of docstrings. With `PYTHONOPTIMIZE=2` there are none,
and it refuses to be imported. So its files are compiled here with theirs, past the files that
Python keeps of them; everything else is as it was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

NAME = "cerberus"
REFUSAL = b"sys.flags.optimize == 2"  # in cerberus/platform.py


class _WithDocstrings(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path).replace(REFUSAL, b"False")
        code: CodeType = compile(source, path, "exec", dont_inherit=True, optimize=0)
        return code


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != NAME:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found and isinstance(found.loader, SourceFileLoader):
            found.loader = _WithDocstrings(found.loader.name, found.loader.path)
        return found


@contextmanager
def _docstrings() -> Iterator[None]:
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


if sys.flags.optimize < 2:
    import cerberus
    from cerberus import errors
else:
    with _docstrings():
        import cerberus
        from cerberus import errors

__all__ = ["cerberus", "errors"]
