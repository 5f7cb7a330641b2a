"""Which commands put an authority where programs look for it, and remove it again."""

from __future__ import annotations

import pytest

from procrun.core.trust_stores import (
    PROGRAMS,
    SYSTEMS,
    Authority,
    Store,
    database_store,
    keychain_store,
    system_store,
)

AUTHORITY = Authority("/data/ca.pem", "procrun-1a2b", "AB12")
ALL = {program: f"/bin/{program}" for program in PROGRAMS}
DEBIAN = "/usr/local/share/ca-certificates"
FEDORA = "/etc/pki/ca-trust/source/anchors"
ARCH = "/etc/ca-certificates/trust-source/anchors"
SUSE = "/etc/pki/trust/anchors"


def lines(store: Store | None, *, trusted: bool, root: bool = True) -> list[str]:
    """The commands of a store as they would be typed."""
    assert store is not None
    return [" ".join(command) for command in store.commands(trusted=trusted, root=root)]


@pytest.mark.parametrize(
    ("folder", "copy", "added", "removed"),
    [
        (
            DEBIAN,
            "procrun-1a2b.crt",
            "/bin/update-ca-certificates",
            "/bin/update-ca-certificates --fresh",
        ),
        (FEDORA, "procrun-1a2b.pem", "/bin/update-ca-trust extract", ""),
        (ARCH, "procrun-1a2b.crt", "/bin/trust extract-compat", ""),
        (SUSE, "procrun-1a2b.pem", "/bin/update-ca-certificates", ""),
    ],
    ids=["Debian", "Fedora", "Arch", "openSUSE"],
)
def test_a_system_has_a_folder_and_a_command(
    folder: str, copy: str, added: str, removed: str
) -> None:
    """What is removed is what was added."""
    store = system_store(AUTHORITY, {folder}, ALL)

    assert lines(store, trusted=True) == [f"install -m 644 /data/ca.pem {folder}/{copy}", added]
    assert lines(store, trusted=False) == [f"rm -f {folder}/{copy}", removed or added]


def test_it_takes_root() -> None:
    """And sudo for everybody else."""
    store = system_store(AUTHORITY, {DEBIAN}, ALL)

    assert lines(store, trusted=True, root=False) == [
        f"sudo install -m 644 /data/ca.pem {DEBIAN}/procrun-1a2b.crt",
        "sudo /bin/update-ca-certificates",
    ]


def test_a_system_of_no_known_kind_has_no_store() -> None:
    """Nor has one with the folder but not the command."""
    assert system_store(AUTHORITY, set(), ALL) is None
    assert system_store(AUTHORITY, {system.folder for system in SYSTEMS}, {}) is None


def test_a_database_is_changed_with_certutil() -> None:
    """For servers alone, and without root."""
    store = database_store(AUTHORITY, "Firefox", "/home/ana/x y", ALL, new=False)

    at = "/bin/certutil -d sql:/home/ana/x y"
    assert lines(store, trusted=True, root=False) == [
        f"{at} -A -t C,, -n procrun-1a2b -i /data/ca.pem"
    ]
    assert lines(store, trusted=False, root=False) == [f"{at} -D -n procrun-1a2b"]
    assert " ".join(store.check) == f"{at} -L -n procrun-1a2b"


def test_a_new_database_is_made_first() -> None:
    """For a browser that was not started yet."""
    store = database_store(AUTHORITY, "Chromium", "/db", ALL, new=True)

    assert lines(store, trusted=True)[:-1] == [
        "mkdir -p -m 700 /db",
        "/bin/certutil -d sql:/db -N --empty-password",
    ]


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("apt-get", "it needs certutil: `apt install libnss3-tools`"),
        ("dnf", "it needs certutil: `dnf install nss-tools`"),
        ("none", "it needs certutil: it comes with the tools of NSS"),
    ],
)
def test_without_certutil_the_package_is_told(manager: str, expected: str) -> None:
    """In the words of the system."""
    programs = {manager: f"/bin/{manager}"}

    store = database_store(AUTHORITY, "Firefox", "/db", programs, new=False)
    assert (store.lacks, store.commands(trusted=True, root=True)) == (expected, ())


def test_macos_has_a_keychain_for_each_user() -> None:
    """Without root; what is undone leaves no certificate."""
    store = keychain_store(AUTHORITY, "/Users/ana")
    keychain = "/Users/ana/Library/Keychains/login.keychain-db"

    assert lines(store, trusted=True, root=False) == [
        f"security add-trusted-cert -r trustRoot -k {keychain} /data/ca.pem"
    ]
    assert lines(store, trusted=False, root=False) == [
        "security remove-trusted-cert /data/ca.pem",
        f"security delete-certificate -Z AB12 {keychain}",
    ]
