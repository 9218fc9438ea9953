"""A reader of OVAs that shares nothing with the writer: tar, digests, and the descriptor's XML."""

from __future__ import annotations

import hashlib
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

SPACES = {
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "rasd": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData",
    "vssd": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData",
    "vmw": "http://www.vmware.com/schema/ovf",
}
LINE = re.compile(r"SHA256\(([^()]+)\)= ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Ova:
    """What is in one: its members in their order, and the descriptor."""

    members: dict[str, bytes]
    envelope: ElementTree.Element

    def texts(self, path: str) -> list[str]:
        """The text of every element at a path of `SPACES`."""
        return [each.text or "" for each in self.envelope.iterfind(path, SPACES)]

    def attributes(self, path: str) -> list[dict[str, str]]:
        """The attributes of every element there, by their names without spaces."""
        found = self.envelope.iterfind(path, SPACES)
        return [{key.split("}")[-1]: value for key, value in each.items()} for each in found]

    def items(self) -> list[dict[str, str]]:
        """The items of the hardware, by the names of CIM."""
        found = self.envelope.iterfind(".//ovf:Item", SPACES)
        return [{child.tag.split("}")[1]: child.text or "" for child in each} for each in found]

    def pairs(self, path: str, key: str = "key", value: str = "value") -> dict[str, str]:
        """What the elements there set; no key twice."""
        found = [(each[key], each[value]) for each in self.attributes(path)]
        assert len(dict(found)) == len(found)
        return dict(found)


def read_ova(path: Path) -> Ova:
    """Read it, and check what its manifest says, and that it is ustar as root and nobody else."""
    with tarfile.open(path) as archive:
        infos = archive.getmembers()
        members = {each.name: archive.extractfile(each).read() for each in infos}  # type: ignore[union-attr]
    data = path.read_bytes()
    for each in infos:
        header = data[each.offset : each.offset + 512]
        assert header[257:265] == b"ustar\x0000"
        assert header[156:157] == b"0"
        assert (each.uid, each.gid, each.uname, each.gname, each.mode) == (0, 0, "", "", 0o644)
    names = list(members)
    stem = path.name.removesuffix(".ova")
    assert names == [f"{stem}.ovf", f"{stem}.mf", f"{stem}.vmdk"]
    manifest = members[f"{stem}.mf"].decode()
    assert "".join(f"SHA256({name})= {sha}\n" for name, sha in LINE.findall(manifest)) == manifest
    told = dict(LINE.findall(manifest))
    assert told == {
        name: hashlib.sha256(members[name]).hexdigest() for name in (names[0], names[2])
    }
    envelope = ElementTree.fromstring(members[names[0]])
    assert envelope.tag == f"{{{SPACES['ovf']}}}Envelope"
    ova = Ova(members, envelope)
    [file] = ova.attributes("ovf:References/ovf:File")
    assert file["href"] == names[2]
    assert int(file["size"]) == len(members[names[2]])
    return ova
