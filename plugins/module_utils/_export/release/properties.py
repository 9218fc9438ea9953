"""The properties of an OVA by which Tanzu finds the release in it.

Keys and forms: `getVMMetadata` of tanzu-framework's `tkg/vc/client.go` for standalone TKG, and
`scripts/utkg_custom_ovf_properties.py` of https://github.com/vmware/vks-image-builder.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from .objects import Known, os_image, tanzu_release
from .writing import yaml_text

BLOCK = 65_535  # bytes; the longest that deflate stores


def properties(known: Known) -> dict[str, str]:
    """Key -> value, not escaped for XML. Those of the vendor's add-ons are not among them."""
    image = os_image(known, "vmop")
    release = {
        "name": known.name,
        "type": "inline",
        "version": known.version,
        "value": _packed(tanzu_release(known)),
    }
    return {
        "VERSION": known.version,
        **{f"vmware-system.tkr.os-{key}": value for key, value in known.os.items()},
        "vmware-system.tkr": json.dumps(release),
        "vmware-system.tkr.osi": json.dumps([{"name": known.os_image, "value": _packed(image)}]),
    }


def _packed(content: Mapping[str, Any]) -> str:
    return base64.b64encode(gzipped(f"---\n{yaml_text(content)}".encode())).decode()


def gzipped(data: bytes) -> bytes:
    """`data` as a gzip file (RFC 1952) that stores it: what compresses gives other bytes on another
    host."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)] or [b""]
    stored = b"".join(
        struct.pack("<BHH", each is blocks[-1], len(each), len(each) ^ BLOCK) + each
        for each in blocks
    )
    end = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFF_FFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + end
