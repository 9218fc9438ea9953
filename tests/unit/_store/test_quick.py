"""When the store has a package's quick form; what that holds is in the integration tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store import quick as module
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debfile import MAGIC


@pytest.fixture
def store(tmp_path: Path, cache: Path) -> Store:
    return Store(tmp_path / "store")


def add(store: Store, content: bytes, place: Path) -> str:
    (place / "deb").write_bytes(content)
    return store.add_file(place / "deb")


# An archive with a member of three bytes, which is padded to four; nothing in it is compressed.
HEAD = f"{'a':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{3:<10}`\n".encode()
PLAIN = MAGIC + HEAD + b"abc\n"


def test_it_has_the_form_once_it_was_made(store: Store, tmp_path: Path) -> None:
    sha256, other = add(store, PLAIN, tmp_path), add(store, PLAIN * 2, tmp_path)
    assert not module.has_quick(sha256, store)
    assert module.quick(sha256, "p", store) == store.path(sha256)
    module.quicken({sha256: "p"}, store, ["false"])
    assert module.has_quick(sha256, store)
    assert not module.has_quick(other, store)


def test_a_form_whose_file_was_pruned_is_none(store: Store, tmp_path: Path) -> None:
    # dpkg takes other padding, too; ours is a newline, so the form is another file.
    sha256 = add(store, MAGIC + HEAD + b"abc\0", tmp_path)
    module.quicken({sha256: "p"}, store, ["false"])
    made = module.quick(sha256, "p", store)
    assert made.name != sha256 and made.read_bytes() == PLAIN
    made.unlink()
    assert not module.has_quick(sha256, store)
    assert module.quick(sha256, "p", store) == store.path(sha256)


def test_another_form_is_made_anew(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = add(store, PLAIN, tmp_path)
    module.quicken({sha256: "p"}, store, ["false"])
    monkeypatch.setattr(module, "FORM", module.FORM + 1)
    assert not module.has_quick(sha256, store)


def test_a_missing_package_is_named(store: Store) -> None:
    with pytest.raises(VesselError, match="VES-401: the store has no alpha"):
        module.quicken({"0" * 64: "alpha"}, store, ["false"])
    with pytest.raises(VesselError, match="VES-401: the store has no alpha"):
        module.quick("0" * 64, "alpha", store)
