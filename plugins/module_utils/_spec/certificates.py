"""Whether every program of a machine would trust what a file of the spec says."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from .._common.certificates import Unfit, certificates


def unfit(data: bytes) -> str:
    """What is wrong with a file of certificates, completing "… which"; empty for one that is right.

    An expired one is right: whether it is, depends on the day, and an image must not.
    """
    try:
        found = certificates(data)
    except Unfit as error:
        return str(error)
    return next(filter(None, map(_wrong, found)), "")


def _wrong(der: bytes) -> str:
    try:
        certificate = x509.load_der_x509_certificate(der)
        name = certificate.subject.rfc4514_string() or "without a name"
        if _vouches(certificate) or _for_itself(certificate):
            return ""
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        if _is_private_key(der):
            return "is a private key: everybody who has the image would have it"
        return f"holds something else than a certificate: {error}"
    return f"holds the certificate of no authority, {name}: trust the one that signed it"


def _vouches(certificate: x509.Certificate) -> bool:
    """Whether others believe what this one has signed, see RFC 5280, 4.2.1.3 and 4.2.1.9."""
    try:
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        return error.oid == x509.KeyUsage.oid
    return usage.key_cert_sign


def _for_itself(certificate: x509.Certificate) -> bool:
    """A server's that nobody else signed; programs trust it for this server alone."""
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_private_key(der: bytes) -> bool:
    try:
        load_der_private_key(der, None)
    except TypeError:
        return True  # an encrypted one
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
