"""The certificate of a host name: there when it is asked for, and good."""

from __future__ import annotations

import datetime as dt
import json
import os
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from procrun.certificates import making
from procrun.certificates.leaf import ensure, is_good
from procrun.certificates.making import ensure_authority
from procrun.errors import ProcrunError
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "shop.localhost"
ENSURE = """
import json, sys
from procrun.certificates.leaf import ensure
leaf = ensure("shop.localhost")
print(json.dumps([leaf.certificate, sorted(sys.modules)]))
"""


def certificate(path: str | Path) -> x509.Certificate:
    """The first certificate of a file."""
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def mode(path: Path) -> int:
    """Who may do what with a file."""
    return path.stat().st_mode & 0o777


def test_it_is_made_when_it_is_not_there(data: Path) -> None:
    """With its authority, for this user alone; the next time it is the same."""
    leaf = ensure(HOST)

    assert ensure(HOST) == leaf
    assert sorted(os.listdir(data)) == ["ca-key.pem", "ca.pem", f"{HOST}.pem"]
    assert [mode(data), mode(data / "ca-key.pem"), mode(data / f"{HOST}.pem")] == [
        0o700,
        0o600,
        0o600,
    ]
    assert mode(data / "ca.pem") == 0o644
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(leaf.certificate, leaf.key)
    assert b"PRIVATE KEY" not in (data / "ca.pem").read_bytes()


def test_what_is_there_is_used_without_reading_certificates(data: Path) -> None:
    """In next to no time: what makes them is not imported."""
    ensure(HOST)

    found = subprocess.run(
        [sys.executable, "-c", ENSURE], env=environment(), capture_output=True, check=True
    )
    path, modules = json.loads(found.stdout)
    assert path == str(data / f"{HOST}.pem")
    assert not {"cryptography", "subprocess"}.intersection(modules)


def test_starts_at_the_same_time_agree(data: Path) -> None:
    """On one authority."""
    starts = [
        subprocess.Popen([sys.executable, "-c", ENSURE], env=environment(), stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    paths = {json.loads(start.communicate()[0])[0] for start in starts}

    assert paths == {str(data / f"{HOST}.pem")}
    assert is_good(paths.pop())
    assert len(os.listdir(data)) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"A", b"B")),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
        lambda path: path.with_name("ca.pem").write_bytes(b"damaged"),
        lambda path: path.with_name("ca.pem").unlink(),
    ],
    ids=["cut short", "changed", "empty", "no note", "other authority", "no authority"],
)
def test_what_is_damaged_is_made_anew(data: Path, spoil: Callable[[Path], object]) -> None:
    """The authority stays the same, for it may be trusted."""
    making.make_leaf(HOST)
    authority = (data / "ca.pem").read_bytes()
    path = data / f"{HOST}.pem"
    spoil(path)

    assert not is_good(str(path))
    making.make_leaf(HOST)
    assert is_good(str(path))
    assert (data / "ca.pem").read_bytes() == authority


def test_with_another_authority_it_is_made_anew(data: Path) -> None:
    """Or its chain would be broken."""
    making.make_leaf(HOST)
    (data / "ca-key.pem").unlink()
    making.make_leaf("other.localhost")

    assert not is_good(str(data / f"{HOST}.pem"))
    making.make_leaf(HOST)
    subject = certificate(data / "ca.pem").subject
    assert certificate(data / f"{HOST}.pem").issuer == subject


def test_it_is_renewed_near_its_end(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A month before it; so is the authority, which is told."""
    now = dt.datetime.now(dt.UTC)
    monkeypatch.setattr(making, "_now", lambda: now - dt.timedelta(days=370))
    making.make_leaf(HOST)
    old = (data / "ca.pem").read_bytes()
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", str(data.parent))
    assert not is_good(str(data / f"{HOST}.pem"))

    making.make_leaf(HOST)
    assert is_good(str(data / f"{HOST}.pem"))
    assert (data / "ca.pem").read_bytes() == old
    monkeypatch.setattr(making, "_now", lambda: now + dt.timedelta(days=20 * 365))
    assert capsys.readouterr().err == ""
    ensure_authority()
    assert (data / "ca.pem").read_bytes() != old
    assert "there is a new one: `procrun ca trust` has it trusted\n" in capsys.readouterr().err


def test_an_authority_is_not_replaced_because_of_the_clock(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which may be set back by two days, and is told of beyond; a leaf is made anew."""
    making.make_leaf(HOST)
    old = (data / "ca.pem").read_bytes()
    now = dt.datetime.now(dt.UTC)
    monkeypatch.setattr(making, "_now", lambda: now - dt.timedelta(hours=47))
    making.make_leaf("other.localhost")
    monkeypatch.setattr(making, "_now", lambda: now - dt.timedelta(days=3))

    with pytest.raises(ProcrunError, match=r"is valid from .* on, and the clock says") as found:
        making.make_leaf("another.localhost")
    assert found.value.hint.startswith("Set the clock. Or `procrun ca untrust`, and remove ")
    assert (data / "ca.pem").read_bytes() == old


def test_the_key_is_for_this_user_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lax one is closed when it is used; one of somebody else is not used at all."""
    ensure_authority()
    key = data / "ca-key.pem"
    key.chmod(0o644)
    ensure_authority()
    assert mode(key) == 0o600

    key.chmod(0o644)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(ProcrunError, match=r"ca-key\.pem, is not yours") as found:
        ensure_authority()
    assert mode(key) == 0o644
    assert f"remove {key}, " in found.value.hint


@pytest.mark.parametrize("content", ["", "garbage", "-----BEGIN CERTIFICATE-----\n", "leaf"])
def test_a_damaged_authority_is_told(data: Path, content: str) -> None:
    """It is not replaced: somebody may trust it."""
    making.make_leaf(HOST)
    leaf = (data / f"{HOST}.pem").read_bytes()
    raw = leaf if content == "leaf" else content.encode()
    key = data / "ca-key.pem"
    key.write_bytes(key.read_bytes().partition(b"-----BEGIN CERT")[0] + raw)

    with pytest.raises(ProcrunError, match=r"authority in .*ca-key.pem is damaged") as found:
        making.make_leaf("other.localhost")
    assert found.value.hint.startswith(f"Remove {key}, ")


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the process that makes the certificate, with what to do."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))

    with pytest.raises(ProcrunError) as found:
        ensure(HOST)
    assert found.value.message == f"{tmp_path}/file/procrun cannot be used: Not a directory"
    assert "XDG_DATA_HOME" in found.value.hint


def test_a_lax_folder_is_closed(data: Path) -> None:
    """One that is not is left as it is: it may be on a file system that can't be written."""
    data.mkdir(parents=True, mode=0o755)
    ensure_authority()
    assert mode(data) == 0o700

    data.chmod(0o500)
    ensure_authority()
    assert mode(data) == 0o500
    data.chmod(0o700)


def test_a_full_disk_leaves_nothing_half_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here one on which no file may be longer than some bytes."""
    limited = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from procrun.certificates.making import make_leaf\n"
        "from procrun.errors import ProcrunError\n"
        "try:\n    make_leaf('shop.localhost')\n"
        "except ProcrunError as error:\n    print(error.message)\n"
    )
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    done = subprocess.run(
        [sys.executable, "-c", limited], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"{data}/ca-key.pem cannot be used: File too large\n"
    assert os.listdir(data) == []


@pytest.mark.usefixtures("data")
def test_a_mistake_of_ours_is_told_in_a_line() -> None:
    """Here a name that no certificate can have."""
    with pytest.raises(ProcrunError, match=r"no certificate for é could be made: ValueError"):
        ensure("é")
