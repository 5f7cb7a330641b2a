"""`procrun ca`: what it prints, and that it changes what it says and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from procrun.certificates import making, stores
from procrun.certificates.trust_mark import is_decided
from procrun.cli import ca, words
from procrun.core.trust_stores import Store
from procrun.errors import ProcrunError
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Starter

# The system's store, in a namespace where it is a folder of the test's.
APART = """
mount --bind "$1/anchors" /usr/local/share/ca-certificates &&
mount --bind "$1/certs" /etc/ssl/certs &&
mount --bind /dev/null /etc/ca-certificates.conf || exit 99
shift
exec "$@"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    return home


def database(folder: Path) -> Path:
    """Make an empty database of a browser."""
    folder.mkdir(parents=True)
    subprocess.run(
        ["certutil", "-N", "--empty-password", "-d", f"sql:{folder}"],
        check=True,
        capture_output=True,
    )
    return folder


def apart(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Status, output and errors of `procrun ca` in such a namespace; skips without."""
    for name in ("anchors", "certs"):
        (folder / name).mkdir(exist_ok=True)
    rights = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    enter = ("unshare", *rights, "--mount", "sh", "-c", APART, "sh", str(folder))
    done = subprocess.run(
        [*enter, sys.executable, "-m", "procrun", "ca", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 99 or done.stderr.startswith("unshare: "):
        pytest.skip("needs the right to unshare namespaces")
    return done.returncode, done.stdout, done.stderr


def test_the_path_is_that_of_a_certificate(procrun: Starter, home: Path) -> None:
    """Which is made where there is none, and stays; without it there is nothing to tell."""
    path = home / "data" / "procrun" / "ca.pem"

    status, output = procrun("ca").finish()
    assert (status, output.splitlines()[0]) == (
        0,
        f"There is no certificate authority yet, in {path}.",
    )
    assert procrun("ca", "path").finish() == (0, f"{path}\n")
    made = path.read_bytes()
    assert made.startswith(b"-----BEGIN CERTIFICATE-----")
    assert procrun("ca:path").finish() == (0, f"{path}\n")
    assert path.read_bytes() == made


def test_a_damaged_certificate_is_told_and_mended(procrun: Starter, home: Path) -> None:
    """From the file of its key, which has it as well."""
    making.ensure_authority()
    path = home / "data" / "procrun" / "ca.pem"
    good = path.read_bytes()
    path.write_bytes(b"\xff")

    running = procrun("ca", "untrust", apart=True)
    assert running.finish() == (1, "")
    assert running.errors == (
        f"procrun: {path} is no certificate any more\n  `procrun ca path` mends it.\n"
    )
    assert procrun("ca", "path").finish() == (0, f"{path}\n")
    assert path.read_bytes() == good


def test_what_cannot_be_told_is_told(procrun: Starter, home: Path) -> None:
    """Here whether Chromium trusts it, for want of the program that could tell."""
    making.ensure_authority()
    chromium = home / ".pki" / "nssdb"
    chromium.mkdir(parents=True)
    (chromium / "cert9.db").touch()

    status, output = procrun("ca", env={"PATH": os.path.dirname(sys.executable)}).finish()
    assert status == 0
    assert f"The certificate authority is {home}/data/procrun/ca.pem." in output
    assert f"\nChromium ({chromium}): not known, it needs certutil: " in output


def test_a_program_that_has_gone_cannot_tell(home: Path) -> None:
    """It was on the PATH when the stores were looked for."""
    store = Store("Chromium", check=(str(home / "certutil"), "-V"))

    assert stores.trusts(store, "ca.pem") is None


@pytest.mark.needs("unshare", "update-ca-certificates", "certutil", "openssl")
def test_the_system_and_browsers_trust_it_and_no_longer(tmp_path: Path, home: Path) -> None:
    """The real ones of a Debian, on folders of the test's own; a second time changes nothing."""
    making.make_leaf("shop.localhost")
    chromium = database(home / ".pki" / "nssdb")
    firefox = database(home / ".mozilla" / "firefox" / "a.default")
    titles = [
        "the system (/usr/local/share/ca-certificates)",
        f"Chromium ({chromium})",
        f"Firefox ({firefox})",
    ]
    leaf = home / "data" / "procrun" / "shop.localhost.pem"
    (tmp_path / "anchors").mkdir()
    other = tmp_path / "anchors" / "other.crt"  # of somebody else
    other.write_bytes(making.new_authority().certificate.public_bytes(Encoding.PEM))
    bundle = tmp_path / "certs" / "ca-certificates.crt"
    verify = ("openssl", "verify", "-no-CApath", "-CAfile", bundle, leaf)

    def told(word: str, says: str) -> None:
        expected = "".join(f"{title}: {says}\n" for title in titles)
        assert apart(tmp_path, word) == (0, expected, "")

    told("trust", "trusts it now")
    told("trust", "trusts it already")
    assert subprocess.run(verify, check=False, capture_output=True).returncode == 0
    listed = subprocess.check_output(("certutil", "-L", "-d", f"sql:{firefox}"), text=True)
    assert listed.split()[-1] == "C,,"
    told("untrust", "does not trust it any more")
    told("untrust", "does not trust it")
    assert subprocess.run(verify, check=False, capture_output=True).returncode != 0
    assert os.listdir(tmp_path / "anchors") == ["other.crt"]
    assert bundle.read_bytes() == other.read_bytes()
    assert not [name for name in os.listdir(tmp_path / "certs") if "procrun" in name]


@pytest.mark.needs("unshare", "update-ca-certificates", "certutil")
def test_one_store_that_fails_does_not_keep_others(tmp_path: Path, home: Path) -> None:
    """The status says that not all is done."""
    broken = home / ".mozilla" / "firefox" / "b.default"
    broken.mkdir(parents=True)
    (broken / "cert9.db").write_bytes(b"broken")
    database(home / ".pki" / "nssdb")

    status, output, errors = apart(tmp_path, "trust")
    assert (status, output.count("trusts it now")) == (1, 2)
    assert errors.startswith(f"procrun: Firefox ({broken}): ")
    assert "certutil: " in errors


def test_without_an_authority_there_is_nothing_to_undo(procrun: Starter) -> None:
    """None is made for that."""
    running = procrun("ca", "untrust", apart=True)

    assert running.finish() == (1, "")
    assert "there is no certificate authority in " in running.errors


def test_a_word_that_it_does_not_take_is_told(procrun: Starter) -> None:
    """With those that it takes."""
    running = procrun("ca", "trusts", apart=True)

    assert running.finish() == (2, "")
    assert running.errors.endswith("Did you mean trust? It takes path, trust, untrust.\n")


class TestWithoutRoot:
    """The system's store, for somebody who is not root."""

    @pytest.fixture(autouse=True)
    def system(self, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Have one store, which takes root; gives where it has the authority."""
        path, copy = str(home / "data" / "procrun" / "ca.pem"), str(tmp_path / "copy.crt")
        store = Store(
            "the system",
            (("install", "-m", "644", path, copy), ("true",)),
            (("rm", "-f", copy),),
            copy=copy,
            needs_root=True,
        )
        monkeypatch.setattr(stores, "find", lambda _path: [store])
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        return tmp_path / "copy.crt"

    @pytest.fixture
    def sudo(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        """Have a sudo that is a script."""

        def install(script: str) -> None:
            sudo = tmp_path / "sudo"
            sudo.write_text(f"#!/bin/sh\n{script}\n")
            sudo.chmod(0o755)
            monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        return install

    def test_sudo_is_called_and_told(
        self,
        home: Path,
        system: Path,
        sudo: Callable[[str], None],
        capsysbinary: pytest.CaptureFixture[bytes],
    ) -> None:
        """The commands first; who has decided is not told of it any more, however."""
        sudo('exec "$@"')

        assert ca.trust(words.split(["ca", "trust"])) == 0
        first, second, last = capsysbinary.readouterr().out.decode().splitlines()
        assert first.startswith("sudo install -m 644 ")
        assert (second, last) == ("sudo true", "the system: trusts it now")
        assert system.exists()
        assert is_decided()
        (home / "data" / "procrun" / "trust-decided").unlink()
        ca.untrust(words.split(["ca", "untrust"]))
        assert not system.exists()
        assert is_decided()

    def test_where_there_is_no_sudo_the_commands_are_told(
        self,
        system: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """And nothing is done."""
        monkeypatch.setenv("PATH", str(tmp_path))

        assert ca.trust(words.split(["ca", "trust"])) == 1
        error, hint = capsys.readouterr().err.splitlines()
        assert error == "procrun: the system: root must run this"
        assert hint.startswith("  install -m 644 ")
        assert hint.endswith("; true")
        assert not system.exists()

    def test_what_fails_is_told(
        self,
        system: Path,
        sudo: Callable[[str], None],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """In the command's own last line."""
        sudo("echo first\necho no terminal >&2\nexit 1")

        assert ca.trust(words.split(["ca", "trust"])) == 1
        assert capsys.readouterr().err == "procrun: the system: sudo: no terminal\n"
        assert not is_decided()
        assert not system.exists()


def test_where_no_store_is_known_the_path_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who knows where to put it."""
    monkeypatch.setattr(stores, "find", lambda _path: [])

    with pytest.raises(ProcrunError, match="no trust store") as found:
        ca.trust(words.split(["ca", "trust"]))
    assert found.value.hint.endswith("procrun/ca.pem.")


def test_behind_sudo_it_says_whose_authority_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which may be root's, that no app of the caller uses."""
    monkeypatch.setattr(stores, "find", lambda _path: [])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "ana")

    with pytest.raises(ProcrunError):
        ca.trust(words.split(["ca", "trust"]))
    assert "perhaps not that of ana\n  Without sudo, " in capsys.readouterr().err
