"""A file of certificates is that and nothing else."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.certificates import (
    Unfit,
    certificates,
    pem,
)

SHORT = b"\x30\x03\x02\x01\x07"
LONG = b"\x30\x82\x01\x00" + bytes(256)


def block(label: str, data: bytes = SHORT) -> bytes:
    text = base64.b64encode(data).decode()
    return f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n".encode()


@pytest.mark.parametrize("der", [SHORT, LONG])
def test_der_and_pem_are_one(der: bytes) -> None:
    assert certificates(der) == certificates(pem(der).encode()) == [der]
    assert certificates(b"\xef\xbb\xbftext\n" + block("CERTIFICATE", der) * 2) == [der]


@pytest.mark.parametrize("der", [SHORT, LONG])
@pytest.mark.parametrize("more", [b"\0", b"\n", b"\x30\x00"])
def test_nothing_comes_behind_a_certificate_or_is_cut_off(der: bytes, more: bytes) -> None:
    for wrong in (der + more, der[:-1], b"", b"\x30", b"text"):
        with pytest.raises(Unfit, match="holds no certificate"):
            certificates(wrong)


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "])
def test_a_private_key_gets_into_no_image(kind: str) -> None:
    for data in (block(f"{kind}PRIVATE KEY"), block(f"{kind}PRIVATE KEY")[:-5]):
        with pytest.raises(Unfit, match="holds a private key"):
            certificates(block("CERTIFICATE") + data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (block("TRUSTED CERTIFICATE"), "holds a TRUSTED CERTIFICATE"),
        (block("CERTIFICATE")[:-9], "begun and not ended"),
        (block("CERTIFICATE").replace(b"MAMC", b"MA!C"), "is damaged"),
    ],
)
def test_what_no_program_trusts_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        certificates(data)
