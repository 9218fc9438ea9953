"""Images of two origins under one name."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree.preload import joined

PAUSE = "registry.k8s.io/pause:3.10.1"


def test_one_name_is_one_image() -> None:
    assert joined({"a": "1"}, {"b": "2", "a": "1"}, "x.tar") == {"a": "1", "b": "2"}
    with pytest.raises(VesselError, match=rf"VES-534: x\.tar brings {PAUSE}"):
        joined({PAUSE: "1"}, {PAUSE: "2"}, "x.tar")
