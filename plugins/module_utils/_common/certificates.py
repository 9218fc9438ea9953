"""Files of certificates, as people have them -> the certificates, one by one.

`update-ca-certificates` joins files as they are, and `openssl rehash` passes over a file that does
not hold exactly one; so OpenSSL by directory, OpenSSL by file, and Go agree only about files of one
certificate in PEM form. Formats: RFC 7468, and DER of X.690.
"""

from __future__ import annotations

import base64
import binascii
import re
import textwrap

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
BEGIN = b"-----BEGIN "
LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE")  # Go reads the first one only
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Unfit(ValueError):
    """A file is not one of certificates; the text completes "… which"."""


def certificates(data: bytes) -> list[bytes]:
    """The DER of each certificate in `data`, which is PEM, with any text around it, or DER; each
    once, in their order. Raises Unfit."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    if BEGIN not in data:
        return [_der(data)]
    blocks = BLOCK.findall(data)
    if any(b"PRIVATE KEY" in label for label, _ in blocks) or b"PRIVATE KEY-----" in data:
        raise Unfit("holds a private key: everybody who has the image would have it")
    if len(blocks) != data.count(BEGIN):
        raise Unfit("has a block that is begun and not ended")
    for label, _ in blocks:
        if label not in LABELS:
            raise Unfit(f"holds a {label.decode()}, which no program trusts as a certificate")
    try:
        found = [base64.b64decode(b"".join(text.split()), validate=True) for _, text in blocks]
    except binascii.Error as error:
        raise Unfit(f"is damaged: {error}") from error
    return list(dict.fromkeys(_der(each) for each in found))


def pem(der: bytes) -> str:
    """A certificate in the one form that all programs read."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def _der(data: bytes) -> bytes:
    """One SEQUENCE, whose length is that of the data; see X.690, 8.1.3."""
    if len(data) > 1 and data[0] == 0x30:
        more = max(0, data[1] - 0x80)  # bytes of a longer length
        size = int.from_bytes(data[2 : 2 + more]) if more else data[1]
        if size == len(data) - 2 - more:
            return data
    raise Unfit("holds no certificate, neither in PEM nor in DER form")
