"""What image-builder says of the virtual machine that an OVA describes. It goes into the section
`machine` of the spec."""

from __future__ import annotations

from collections.abc import Mapping

from .._common.redact import names_secret, redacted
from .draft import Draft, Kind, fits
from .variables import Variable

_MACHINE = "machine"
_PROPERTIES = (_MACHINE, "product", "properties")


def ova(draft: Draft, _variable: Variable) -> bool:
    """What only the ova target has says that an OVA is wanted."""
    return draft.add(("outputs",), ["ova"])


def hardware_version(draft: Draft, variable: Variable) -> bool:
    """That of the OVA; only its target has one."""
    wanted = ova(draft, variable)
    number = int(variable.text) if variable.text.isdecimal() else None
    if number is None or not fits((_MACHINE, "hardware_version"), number):
        draft.leave(variable, Kind.LATER, "`machine.hardware_version` has no such version")
        return wanted
    draft.section(_MACHINE)["hardware_version"] = number
    return True


def firmware(draft: Draft, variable: Variable) -> bool:
    """Of the OVA. The disk itself boots by BIOS and UEFI."""
    if not draft.text("vmx_version"):
        draft.leave(variable, Kind.NOT_NEEDED, "the image boots by BIOS and UEFI")
        return False
    if not fits((_MACHINE, "firmware"), variable.text):
        draft.leave(variable, Kind.LATER, "`machine.firmware` has no such value")
        return False
    draft.section(_MACHINE)["firmware"] = variable.text
    return True


def version(draft: Draft, variable: Variable) -> bool:
    """The version by which Tanzu finds an image."""
    if not fits((_MACHINE, "product", "version"), variable.text):
        draft.leave(variable, Kind.MISSING, "`machine.product.version` has another form")
        return False
    draft.section(_MACHINE, "product")["version"] = variable.text
    return True


def properties(draft: Draft, given: Mapping[str, Variable]) -> bool:
    """The file of `OVF_CUSTOM_PROPERTIES`: keys and values of vApp properties. Whether any has a
    place."""
    taken = []
    for key, variable in given.items():
        if names_secret(key) or redacted(variable.text) != variable.text:
            what = "it is, or holds what looks like, a secret, which whoever has the OVA could read"
            draft.leave(variable, Kind.SECRET, what)
        elif key == "VERSION":
            version(draft, variable)
        elif not fits((*_PROPERTIES, 0, "key"), key) or not fits(
            (*_PROPERTIES, 0, "value"), variable.text
        ):
            draft.leave(variable, Kind.MISSING, "`machine.product.properties` has another form")
        else:
            taken.append({"key": key, "value": variable.text})
    return draft.add(_PROPERTIES, taken) or bool(draft.spec.get(_MACHINE, {}).get("product"))
