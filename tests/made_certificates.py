"""Certificates of every kind that people bring, made with openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

CA = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
SERVER = ["basicConstraints=CA:FALSE", "subjectAltName=DNS:server.example"]


@dataclass(frozen=True)
class Made:
    """A certificate and its key, both in PEM form; and the certificate in DER form."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> bytes:
        return self.certificate.read_bytes()

    @property
    def der(self) -> bytes:
        return openssl("x509", "-in", str(self.certificate), "-outform", "DER")


def make(
    place: Path, name: str, extensions: list[str], by: Made | None = None, days: str = "3650"
) -> Made:
    """A certificate in `place`, signed `by` another or by itself."""
    made = Made(place / f"{name}.pem", place / f"{name}.key")
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", str(made.key), "-out", str(made.certificate), "-days", days,
             "-subj", f"/CN={name}", "-config", "/dev/null"]  # fmt: skip
    config = place / "empty.cnf"
    config.write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    words[-1] = str(config)
    for extension in extensions:
        words += ["-addext", extension]
    if by:
        words += ["-CA", str(by.certificate), "-CAkey", str(by.key)]
    openssl(*words)
    return made


def openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout
