"""TLS on both ports, beside plain HTTP."""

from __future__ import annotations

import datetime as dt
import ipaddress
import resource
import socket
import ssl
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.router.sockets import OK, PATIENCE, Dyno, House, Peer, fields, headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = "shop.localhost"
GET = b"GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n"


def write_certificate(folder: Path) -> tuple[str, str]:
    """A certificate that is its own authority, and its key; their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "leaf.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "leaf.key").write_bytes(key.private_bytes(pem, pkcs8, plain))
    return str(folder / "leaf.pem"), str(folder / "leaf.key")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The paths of a certificate and its key."""
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, paths: tuple[str, str]) -> Iterator[House]:
    """A router with both ports."""
    folder = tmp_path_factory.mktemp("router")
    certificate, key = paths
    with House(folder, https=0, certificate=certificate, key=key) as house:
        yield house


@pytest.fixture
def dyno(secure: House) -> Iterator[Dyno]:
    """The app's only dyno."""
    with closing(Dyno()) as dyno:
        secure.tell(dyno.as_route())
        yield dyno
        secure.forget()


@pytest.fixture
def context(paths: tuple[str, str]) -> ssl.SSLContext:
    """What a client needs to trust it."""
    return ssl.create_default_context(cafile=paths[0])


@pytest.fixture
def connect(secure: House, context: ssl.SSLContext) -> Iterator[Callable[[str], Peer]]:
    """Make a connection with TLS to a port."""
    with ExitStack() as stack:

        def connected(port: str) -> Peer:
            plain = socket.create_connection(("127.0.0.1", secure.ports[port]))
            return Peer(stack.enter_context(context.wrap_socket(plain, server_hostname=NAME)))

        yield connected


@pytest.mark.parametrize("port", ["http", "https"])
def test_both_ports_speak_tls(
    secure: House, dyno: Dyno, connect: Callable[[str], Peer], port: str
) -> None:
    """The dyno is told; so is the log."""
    client = connect(port)
    client.send(GET)
    peer = dyno.accept()
    head = headers(peer.read_until())
    assert (head["x-forwarded-proto"], head["x-forwarded-port"]) == ("https", "443")
    peer.send(OK)

    assert client.answer()[1] == b"ok"
    line = secure.line(" status=200 ")
    assert line.endswith(" protocol=http1.1 tls=true tls_version=tls1.3")


@pytest.mark.parametrize("port", ["http", "https"])
def test_both_ports_speak_plain_http(secure: House, dyno: Dyno, port: str) -> None:
    """No redirect is made: that is the app's to decide."""
    client = secure.client(port)
    client.send(GET)
    peer = dyno.accept()
    assert headers(peer.read_until())["x-forwarded-proto"] == "http"
    peer.send(OK)

    assert client.answer()[1] == b"ok"
    assert secure.line(" status=200 ").endswith(" protocol=http1.1 tls=false")


def test_only_http_1_1_is_offered(secure: House, context: ssl.SSLContext) -> None:
    """To a client that would rather speak HTTP/2."""
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", secure.ports["https"]))
    with context.wrap_socket(plain, server_hostname=NAME) as client:
        assert client.selected_alpn_protocol() == "http/1.1"


def test_a_client_that_does_not_trust_us_leaves_nothing(secure: House, dyno: Dyno) -> None:
    """Not a word on standard error; others are served."""
    for hostname in (NAME, "other.localhost"):
        plain = socket.create_connection(("127.0.0.1", secure.ports["https"]))
        distrust = ssl.create_default_context()
        with closing(plain), pytest.raises(ssl.SSLError):
            distrust.wrap_socket(plain, server_hostname=hostname)

    client = secure.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"
    assert secure.errors == ""


@pytest.mark.parametrize("garbage", [b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16" * 1000])
def test_a_hello_that_is_none_is_closed(secure: House, dyno: Dyno, garbage: bytes) -> None:
    """Without a word."""
    client = secure.ask(garbage)
    client.finish()

    client.read_all()
    assert not dyno.has_caller()
    assert secure.errors == ""


def test_megabytes_go_up_and_down(dyno: Dyno, connect: Callable[[str], Peer]) -> None:
    """As they were sent."""
    body = bytes(range(256)) * 4096
    client = connect("https")
    client.send(b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    peer = dyno.accept()
    peer.read_until()
    assert peer.read(len(body)) == body
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert client.answer()[1] == body


def test_a_client_that_leaves_early_is_noticed_at_once(
    secure: House, dyno: Dyno, connect: Callable[[str], Peer]
) -> None:
    """With TLS, whoever says goodbye does not wait for an answer."""
    client = connect("https")
    client.send(GET)
    peer = dyno.accept()
    peer.read_until()
    client.close()

    assert peer.is_closed()
    assert fields(secure.line(" code="))["code"] == "H27"


def test_the_last_answer_ends_the_connection(dyno: Dyno, connect: Callable[[str], Peer]) -> None:
    """Which no client takes for a truncation."""
    client = connect("https")
    client.send(b"GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n")
    peer = dyno.accept()
    peer.read_until()
    peer.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    peer.close()

    client.read_until()
    assert client.read_all() == b"all of it"


def test_a_client_that_does_not_say_goodbye_is_not_waited_for(
    tmp_path: Path, paths: tuple[str, str], context: ssl.SSLContext
) -> None:
    """When the router stops: neither one that is idle, nor one that has its last answer."""
    with (
        House(tmp_path, https=0, certificate=paths[0], key=paths[1]) as house,
        ExitStack() as stack,
    ):
        dyno = stack.enter_context(closing(Dyno()))
        house.tell(dyno.as_route())

        def asked() -> tuple[Peer, Peer]:
            plain = socket.create_connection(("127.0.0.1", house.ports["https"]))
            client = Peer(stack.enter_context(context.wrap_socket(plain, server_hostname=NAME)))
            client.send(GET)
            peer = dyno.accept()
            peer.read_until()
            return client, peer

        (idle, first), (_last, second) = asked(), asked()
        first.send(OK)
        idle.answer()
        house.let_go()
        assert idle.is_closed()
        second.send(OK)

        assert house.process.wait(PATIENCE) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limit of another process")
def test_clients_that_never_say_hello_shut_nobody_out(
    tmp_path: Path, paths: tuple[str, str]
) -> None:
    """Those that began first make room."""
    with House(tmp_path, https=0, certificate=paths[0], key=paths[1]) as house:
        resource.prlimit(house.process.pid, resource.RLIMIT_NOFILE, (128, 128))
        house.tell()
        for _ in range(300):
            house.ask(b"\x16")

        assert b"H14" in house.ask(GET).answer()[1]


def test_a_real_client_is_served(secure: House, dyno: Dyno, context: ssl.SSLContext) -> None:
    """Several requests on one connection; a bad one is refused in its words."""
    url = f"https://127.0.0.1:{secure.ports['https']}/"
    secure.tell(dyno.as_route(), maintenance=True)
    with httpx.Client(verify=context) as client:
        for _ in range(3):
            answer = client.get(url)
            assert (answer.status_code, answer.http_version) == (503, "HTTP/1.1")
            assert "maintenance" in answer.text


def test_without_a_certificate_it_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the app's name, by an authority that clients can be told to trust."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with House(tmp_path, https=0, app="My Shop") as house:
        context = ssl.create_default_context(cafile=tmp_path / "data" / "procrun" / "ca.pem")
        for port in house.ports.values():
            plain = socket.create_connection(("127.0.0.1", port))
            with context.wrap_socket(plain, server_hostname="my-shop.localhost") as client:
                assert client.version() == "TLSv1.3"


def test_where_no_certificate_can_be_there_is_no_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is told in a line; http is served all the same."""
    (tmp_path / "data").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    house = House(tmp_path, https=0, app="shop")
    house.tell()
    client = house.ask(GET)

    assert house.ports.keys() == {"http"}
    assert client.answer()[0].startswith(b"HTTP/1.1 ")
    assert house.close() == (
        f"procrun: there is no https, only http: {tmp_path}/data/procrun cannot be used: "
        "Not a directory. It is where certificates for https are kept. "
        "XDG_DATA_HOME names a folder for the data of programs, here for certificates.\n"
    )
