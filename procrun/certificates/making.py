"""Makes the authority and its certificates, whole or not at all.

The authority says itself what it may sign, and clients check that: with its key nobody can pass for
anything but a name of this machine. Tools like mkcert make authorities that sign everything.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import ipaddress
import os
import stat
import sys
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from procrun.certificates import folder
from procrun.certificates.leaf import digest, is_good
from procrun.core.certificate_note import RENEWED_BEFORE, Note
from procrun.core.host_name import LOCALHOST
from procrun.errors import ProcrunError
from procrun.system import durable
from procrun.system.own_files import open_regular
from procrun.system.user import user
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = dt.timedelta(days=1)
_BEFORE_NOW = 2 * _DAY  # clocks differ, and are set back
_VALIDITY = 397 * _DAY  # browsers take 398 days at most
_VALIDITY_OF_AUTHORITY = 20 * 365 * _DAY
_OF_OTHERS = 0o077  # what others may do
_LONGEST_NAME = 64  # characters, of X.509
_OF_NOBODY = "invalid"  # RFC 2606
_PERMITTED = (
    x509.DNSName(LOCALHOST),  # with every name below it
    x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
    x509.IPAddress(ipaddress.ip_network("::1/128")),
    # What a kind of name is not mentioned in is free; nobody can have a name of that domain.
    x509.RFC822Name(_OF_NOBODY),
    x509.UniformResourceIdentifier(_OF_NOBODY),
)
_RENEWED = (
    "the certificate authority was near its end, and there is a new one: "
    "`procrun ca trust` has it trusted"
)
_ADDRESSES = ("127.0.0.1", "::1")
_BEGIN = b"-----BEGIN CERTIFICATE-----"


class Authority(Value):
    """A certificate that signs others, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_authority() -> str:
    """The path of the authority's certificate; made where there is none. ProcrunError if not."""
    with _ours():
        _authority()
    return folder.authority_file()


def make_leaf(host: str) -> None:
    """Make the certificate of a host name, unless somebody else just has. ProcrunError if not."""
    path = folder.host_file(host)
    with _ours():
        authority = _authority()
        if not is_good(path):
            _write(path, _with_note(*sign(authority, host), authority), 0o600)


@contextmanager
def _ours() -> Iterator[None]:
    """Have the folder, for this user alone, and nobody else change it."""
    path = folder.folder()
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        if os.stat(path).st_mode & _OF_OTHERS:
            os.chmod(path, 0o700)
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise folder.unusable(path, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:  # not every file system can
            raise folder.unusable(path, error) from error
        yield
    finally:
        os.close(lock)


def _write(path: str, content: bytes, mode: int) -> None:
    try:
        durable.replace(path, content, mode)
    except OSError as error:
        raise folder.unusable(path, error) from error


def _authority() -> Authority:
    """The authority that there is, or a new one in place of none, or of one near its end.

    That it took another's place is told on standard error.
    """
    path = folder.key_file()
    content = _content_of_key(path)
    found = None if content is None else _parse(path, content)
    if found is not None:
        _check_begun(path, found.certificate)
    renewed = found is not None and _is_near_its_end(found.certificate)
    if found is None or renewed:
        found = new_authority()
        _write(path, _pem_of_key(found.key) + _pem(found.certificate), 0o600)
    if _read(folder.authority_file()) != _pem(found.certificate):
        _write(folder.authority_file(), _pem(found.certificate), 0o644)
    if renewed:
        sys.stderr.write(f"procrun: {_RENEWED}\n")
    return found


def _content_of_key(path: str) -> bytes | None:
    """What is in the file of the key, which is closed to others; None where there is none."""
    try:
        with open(open_regular(path, os.O_RDONLY), "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid():
                raise _of_somebody_else(path)
            if status.st_mode & _OF_OTHERS:
                os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode) & ~_OF_OTHERS)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise folder.unusable(path, error) from error


def _parse(path: str, content: bytes) -> Authority:
    at = content.find(_BEGIN)
    try:
        key = load_pem_private_key(content[:at], None)
        certificate = x509.load_pem_x509_certificate(content[at:])
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _damaged(path)
    if key.public_key() != certificate.public_key():
        raise _damaged(path)
    return Authority(certificate, key)


def _damaged(path: str) -> ProcrunError:
    hint = f"Remove {path}, and a new one is made; `procrun ca trust` then has that one trusted."
    return ProcrunError(f"the certificate authority in {path} is damaged", hint)


def _of_somebody_else(path: str) -> ProcrunError:
    hint = f"Whoever has it can sign for you: remove {path}, and a new one is made."
    return ProcrunError(f"the key of the certificate authority, {path}, is not yours", hint)


def _check_begun(path: str, certificate: x509.Certificate) -> None:
    """ProcrunError before its time, which is a matter of the clock: somebody may trust it."""
    begins, now = certificate.not_valid_before_utc, _now()
    if now < begins:
        what = f"the certificate authority in {path} is valid from {begins:%Y-%m-%d} on"
        hint = f"Set the clock. Or `procrun ca untrust`, and remove {path}: a new one is made."
        raise ProcrunError(f"{what}, and the clock says {now:%Y-%m-%d}", hint)


def _is_near_its_end(certificate: x509.Certificate) -> bool:
    return _now() >= certificate.not_valid_after_utc - dt.timedelta(seconds=RENEWED_BEFORE)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def new_authority() -> Authority:
    """An authority that nobody trusts yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    number = x509.random_serial_number()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "procrun"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"procrun CA of {_whose()}"[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{number:x}"[:16]),  # so that no two are one
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _certificate(name, name, key, _now() + _VALIDITY_OF_AUTHORITY)
        .serial_number(number)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(_PERMITTED, None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def sign(authority: Authority, host: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate for a host name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "procrun development certificate")]
    )
    names = [x509.DNSName(name) for name in dict.fromkeys((host, LOCALHOST))]
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in _ADDRESSES]
    public = authority.key.public_key()
    issuer = authority.certificate
    ends = min(_now() + _VALIDITY - _BEFORE_NOW, issuer.not_valid_after_utc)
    builder = (
        _certificate(subject, issuer.subject, key, ends)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )
    return builder.sign(authority.key, hashes.SHA256()), key


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(_now() - _BEFORE_NOW)
        .not_valid_after(ends)
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _whose() -> str:
    """Whose the authority is, on what machine: `ana@laptop`."""
    return f"{user()}@{os.uname().nodename}".encode("utf-8", "replace").decode()


def _with_note(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, authority: Authority
) -> bytes:
    rest = _pem(certificate) + _pem_of_key(key)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    of_authority = digest(_pem(authority.certificate))
    note = Note(int(begins.timestamp()), int(ends.timestamp()), of_authority, digest(rest))
    return note.encode() + rest


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
