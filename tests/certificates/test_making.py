"""What the authority can sign, as those who check certificates see it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from procrun.certificates import making
from procrun.certificates.making import Authority, new_authority, sign

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Signed = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]

HOST = "shop.localhost"
OURS = [HOST, "localhost", "127.0.0.1", "::1"]
FOREIGN = ["example.com", "localhost.example.com", "notlocalhost", "10.0.0.1", "2001:db8::1"]
PEM = Encoding.PEM


def is_address(name: str) -> bool:
    """Whether it is the address of a machine."""
    return ":" in name or name.replace(".", "").isdigit()


def sign_anything(
    authority: Authority,
    name: str,
    *,
    in_subject: bool = False,
    others: Sequence[x509.GeneralName] = (),
) -> Signed:
    """A certificate for any name, as who has stolen the key would make it."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if in_subject else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
    )
    if not in_subject:
        address = is_address(name)
        names: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(name)) if address else x509.DNSName(name),
            *others,
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    return builder.sign(authority.key, hashes.SHA256()), key


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One for all tests of the module."""
    return new_authority()


@pytest.fixture(scope="module")
def leaf(authority: Authority) -> Signed:
    """The certificate of an app."""
    return sign(authority, HOST)


def write(folder: Path, authority: Authority, signed: Signed) -> tuple[str, str]:
    """Both as files; the paths of the authority's certificate and of the other with its key."""
    certificate, key = signed
    private = key.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(PEM))
    (folder / "leaf.pem").write_bytes(certificate.public_bytes(PEM) + private)
    return str(folder / "ca.pem"), str(folder / "leaf.pem")


def why_refused(folder: Path, authority: Authority, signed: Signed, name: str) -> str:
    """What Python says where it does not take a certificate for a name; "" where it does."""
    trusted, path = write(folder, authority, signed)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cafile=trusted)
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # which newer Pythons have by themselves
    near, far = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(near, far, server_hostname=name)
    answering = server.wrap_bio(far, near, server_side=True)
    for _ in range(4):
        for side in (asking, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    assert asking.version() == "TLSv1.3"
    return ""


@pytest.mark.parametrize("name", OURS)
def test_python_takes_it_for_a_name_of_ours(
    tmp_path: Path, authority: Authority, leaf: Signed, name: str
) -> None:
    """The app's own, localhost, and both addresses."""
    assert why_refused(tmp_path, authority, leaf, name) == ""


def test_python_does_not_take_it_for_another_app(
    tmp_path: Path, authority: Authority, leaf: Signed
) -> None:
    """Each has its own."""
    assert "Hostname mismatch" in why_refused(tmp_path, authority, leaf, "other.localhost")


@pytest.mark.parametrize("name", FOREIGN)
def test_python_refuses_a_foreign_name_under_it(
    tmp_path: Path, authority: Authority, name: str
) -> None:
    """Though the authority has signed it."""
    signed = sign_anything(authority, name)

    assert "permitted subtree violation" in why_refused(tmp_path, authority, signed, name)


@pytest.mark.needs("openssl")
def test_openssl_takes_and_refuses_the_same(
    tmp_path: Path, authority: Authority, leaf: Signed
) -> None:
    """A foreign name may not stand in the subject either."""

    def said(signed: Signed, name: str) -> str:
        trusted, path = write(tmp_path, authority, signed)
        how = "-verify_ip" if is_address(name) else "-verify_hostname"
        command = ["openssl", "verify", "-purpose", "sslserver", "-CAfile", trusted]
        done = subprocess.run(
            [*command, how, name, path], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    for name in OURS:
        assert said(leaf, name).endswith("leaf.pem: OK\n")
    for name in FOREIGN:
        assert "permitted subtree violation" in said(sign_anything(authority, name), name)
    in_subject = sign_anything(authority, "example.com", in_subject=True)
    assert "permitted subtree violation" in said(in_subject, "example.com")


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    "name",
    [x509.RFC822Name("ana@example.com"), x509.UniformResourceIdentifier("https://example.com/")],
    ids=["e-mail", "URI"],
)
def test_names_of_other_kinds_are_refused(
    tmp_path: Path, authority: Authority, name: x509.GeneralName
) -> None:
    """What constraints do not mention would be free."""
    trusted, path = write(tmp_path, authority, sign_anything(authority, HOST, others=[name]))

    done = subprocess.run(
        ["openssl", "verify", "-CAfile", trusted, path], capture_output=True, text=True, check=False
    )
    assert "permitted subtree violation" in done.stdout + done.stderr


@pytest.mark.needs("openssl")
def test_nobody_can_be_an_authority_under_it(tmp_path: Path, authority: Authority) -> None:
    """Nor would it help: what holds for the one holds for all below it."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "between")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(authority.certificate.not_valid_before_utc)
        .not_valid_after(authority.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority.key, hashes.SHA256())
    )
    below, own = sign(Authority(certificate, key), HOST)
    trusted, path = write(tmp_path, authority, (below, own))
    with open(path, "ab") as file:
        file.write(certificate.public_bytes(PEM))

    done = subprocess.run(
        ["openssl", "verify", "-CAfile", trusted, "-untrusted", path, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "path length constraint exceeded" in done.stderr


def test_the_authority_says_whose_it_is(authority: Authority) -> None:
    """And no two have the same name."""
    name = authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value

    assert str(name).startswith("procrun CA of ")
    assert f"@{socket.gethostname()}"[:30] in str(name)
    assert new_authority().certificate.subject != authority.certificate.subject


def test_the_certificate_of_a_host_is_what_browsers_want(leaf: Signed) -> None:
    """Valid for no more than 398 days, with the one name, not for all of them."""
    certificate, _ = leaf
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    validity = certificate.not_valid_after_utc - certificate.not_valid_before_utc

    assert names.get_values_for_type(x509.DNSName) == [HOST, "localhost"]
    assert list(map(str, names.get_values_for_type(x509.IPAddress))) == ["127.0.0.1", "::1"]
    assert validity <= dt.timedelta(days=398)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_does_not_outlive_its_authority(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With which it is renewed."""
    later = authority.certificate.not_valid_after_utc - dt.timedelta(days=60)
    monkeypatch.setattr(making, "_now", lambda: later)

    certificate, _ = sign(authority, HOST)
    assert certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc
