"""What is decided for every form of a file of certificates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.certificates import (
    certificates,
    pem,
)
from ansible_collections.vessel.image.plugins.module_utils._spec.certificates import unfit
from made_certificates import CA, SERVER, Made, make, openssl


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def made(place: Path) -> dict[str, Made]:
    root = make(place, "root", CA)
    return {
        "root": root,
        "other": make(place, "other", CA),
        "below": make(place, "below", CA, root),
        "leaf": make(place, "leaf", SERVER, root),
        "own": make(place, "own", SERVER),
        "no-signing": make(place, "no-signing", [CA[0], "keyUsage=digitalSignature"], root),
        "expired": make(place, "expired", CA, days="1"),
    }


Form = Callable[[dict[str, Made]], bytes]
TAKEN: dict[str, tuple[Form, list[str]]] = {
    "PEM": (lambda made: made["root"].pem, ["root"]),
    "DER": (lambda made: made["root"].der, ["root"]),
    "several": (lambda made: made["root"].pem + made["below"].pem + made["other"].pem,
                ["root", "below", "other"]),
    "one twice": (lambda made: made["root"].pem * 2, ["root"]),
    "CRLF": (lambda made: made["root"].pem.replace(b"\n", b"\r\n"), ["root"]),
    "CR": (lambda made: made["root"].pem.replace(b"\n", b"\r"), ["root"]),
    "byte order mark": (lambda made: b"\xef\xbb\xbf" + made["root"].pem, ["root"]),
    "text around": (lambda made: b"# \xe4\nsubject=x\n" + made["root"].pem + b"\nend\n"
                    + made["other"].pem, ["root", "other"]),
    "no last line end": (lambda made: made["root"].pem.rstrip(b"\n"), ["root"]),
    "indented": (lambda made: made["root"].pem.replace(b"\n", b"\n    "), ["root"]),
    "one long line": (lambda made: b"-----BEGIN CERTIFICATE-----\n"
                      + b"".join(made["root"].pem.split(b"\n")[1:-2])
                      + b"\n-----END CERTIFICATE-----", ["root"]),
    "old label": (lambda made: made["root"].pem.replace(b"CERT", b"X509 CERT"), ["root"]),
    "authority below another": (lambda made: made["below"].pem, ["below"]),
    "server by itself": (lambda made: made["own"].pem, ["own"]),
    "not for ever": (lambda made: made["expired"].pem, ["expired"]),
}  # fmt: skip
REFUSED: dict[str, tuple[Form, str]] = {
    "empty": (lambda made: b"", "no certificate, neither"),
    "junk": (lambda made: b"junk", "no certificate, neither"),
    "cut DER": (lambda made: made["root"].der[:-1], "no certificate, neither"),
    "longer DER": (lambda made: made["root"].der + b"x", "no certificate, neither"),
    "UTF-16": (lambda made: made["root"].pem.decode().encode("utf-16"), "no certificate, neither"),
    "key inside": (lambda made: made["root"].pem + made["root"].key.read_bytes(), "a private key"),
    "key alone": (lambda made: made["root"].key.read_bytes(), "a private key"),
    "key of OpenSSL": (lambda made: openssl("ec", "-in", str(made["root"].key)), "a private key"),
    "key in DER": (lambda made: openssl("pkey", "-in", str(made["root"].key), "-outform", "DER"),
                   "a private key"),
    "encrypted key": (lambda made: openssl("pkey", "-in", str(made["root"].key), "-aes128",
                                           "-passout", "pass:secret"), "a private key"),
    "key not ended": (lambda made: made["root"].pem + made["root"].key.read_bytes()[:-20],
                      "a private key"),
    "request": (lambda made: openssl("x509", "-x509toreq", "-in", str(made["root"].certificate),
                                     "-signkey", str(made["root"].key)), "CERTIFICATE REQUEST"),
    "trusted": (lambda made: openssl("x509", "-in", str(made["root"].certificate), "-trustout"),
                "TRUSTED CERTIFICATE"),
    "PKCS#7": (lambda made: openssl("crl2pkcs7", "-nocrl", "-certfile",
                                    str(made["root"].certificate)), "PKCS7"),
    "PKCS#12": (lambda made: openssl("pkcs12", "-export", "-in", str(made["root"].certificate),
                                     "-inkey", str(made["root"].key), "-passout", "pass:x"),
                "something else"),
    "public key": (lambda made: openssl("x509", "-in", str(made["root"].certificate), "-noout",
                                        "-pubkey"), "PUBLIC KEY"),
    "leaf": (lambda made: made["leaf"].pem, "no authority, CN=leaf"),
    "leaf among others": (lambda made: made["root"].pem + made["leaf"].pem, "no authority"),
    "authority that may not sign": (lambda made: made["no-signing"].pem, "no authority"),
    "cut": (lambda made: made["root"].pem[:-30], "not ended"),
    "damaged": (lambda made: made["root"].pem.replace(b"M", b"*", 1), "damaged"),
    "one of two damaged": (lambda made: made["root"].pem + b"-----BEGIN CERTIFICATE-----\nMA==\n"
                           b"-----END CERTIFICATE-----\n", "no certificate"),
}  # fmt: skip


@pytest.mark.parametrize("form", TAKEN)
def test_taken(made: dict[str, Made], form: str) -> None:
    data, names = TAKEN[form]
    assert unfit(data(made)) == ""
    found = certificates(data(made))
    assert found == [made[name].der for name in names]
    for der, name in zip(found, names, strict=True):
        assert pem(der) == made[name].pem.decode()


@pytest.mark.parametrize("form", REFUSED)
def test_refused(made: dict[str, Made], form: str) -> None:
    data, why = REFUSED[form]
    assert why in unfit(data(made))
