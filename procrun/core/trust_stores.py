"""Where programs look for authorities to trust, and the commands that put one there.

Systems differ in a folder and a command; browsers on Linux have databases of their own, in the
format of NSS, whose tool is certutil.
"""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Argv = tuple[str, ...]

CERTUTIL = "certutil"
DATABASE = "cert9.db"  # the file that makes a folder a database
CHROMIUM = "Chromium"
CHROMIUM_DATABASE = ".pki/nssdb"
# Below the home folder, as patterns; Chromium stands for all browsers that are made of it.
DATABASES = (
    (CHROMIUM, CHROMIUM_DATABASE),
    (CHROMIUM, "snap/chromium/current/.pki/nssdb"),
    (CHROMIUM, ".var/app/*/.pki/nssdb"),
    ("Firefox", ".mozilla/firefox/*"),
    ("Firefox", ".config/mozilla/firefox/*"),
    ("Firefox", "snap/firefox/common/.mozilla/firefox/*"),
    ("Firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"),
    ("Firefox", "Library/Application Support/Firefox/Profiles/*"),
)
CHROMIUM_PROGRAMS = tuple(
    """chromium chromium-browser google-chrome google-chrome-stable brave-browser
    microsoft-edge""".split()
)
# What finds a package manager, and the package that certutil is in.
_PACKAGES = (
    ("apt-get", "apt install libnss3-tools"),
    ("dnf", "dnf install nss-tools"),
    ("zypper", "zypper install mozilla-nss-tools"),
    ("pacman", "pacman -S nss"),
    ("apk", "apk add nss-tools"),
    ("brew", "brew install nss"),
)
_ADDED_BY_ADMINISTRATORS = "C,,"  # an authority for servers, not for mail and not for programs


class Anchors(Value):
    """How a family of systems has it: a folder for authorities, and what reads it."""

    folder: str
    suffix: str
    update: Argv
    after_removal: Argv = ()  # what it needs besides when something was removed


SYSTEMS = (
    Anchors("/etc/pki/ca-trust/source/anchors", ".pem", ("update-ca-trust", "extract")),  # Fedora
    # Debian, whose links stay behind without that.
    Anchors("/usr/local/share/ca-certificates", ".crt", ("update-ca-certificates",), ("--fresh",)),
    Anchors("/etc/ca-certificates/trust-source/anchors", ".crt", ("trust", "extract-compat")),
    Anchors("/etc/pki/trust/anchors", ".pem", ("update-ca-certificates",)),  # openSUSE
)


class Authority(Value):
    """What is to be trusted."""

    path: str  # of its certificate
    name: str  # by which stores know it; no other authority has it
    sha1: str = ""  # of its certificate, by which macOS knows it


class Store(Value):
    """One store, and the commands that change it."""

    title: str
    trust: tuple[Argv, ...] = ()
    untrust: tuple[Argv, ...] = ()
    check: Argv = ()  # succeeds where the authority is trusted
    copy: str = ""  # or there is such a copy of its certificate
    needs_root: bool = False
    lacks: str = ""  # why it can't be changed, nor looked into

    def commands(self, *, trusted: bool, root: bool) -> tuple[Argv, ...]:
        """What has the authority trusted here, or no longer; with sudo where it is needed."""
        found = self.trust if trusted else self.untrust
        if root or not self.needs_root:
            return found
        return tuple(("sudo", *command) for command in found)


def system_store(
    authority: Authority, folders: Collection[str], programs: Mapping[str, str]
) -> Store | None:
    """The store of a Linux system, None for a system of no kind that we know.

    `folders` are those of SYSTEMS that there are, and `programs` the paths of what there is.
    """
    for system in SYSTEMS:
        updater, *arguments = system.update
        if system.folder not in folders or updater not in programs:
            continue
        copy = f"{system.folder}/{authority.name}{system.suffix}"
        update = (programs[updater], *arguments)
        return Store(
            f"the system ({system.folder})",
            (("install", "-m", "644", authority.path, copy), update),
            (("rm", "-f", copy), (*update, *system.after_removal)),
            copy=copy,
            needs_root=True,
        )
    return None


def database_store(
    authority: Authority, browser: str, folder: str, programs: Mapping[str, str], *, new: bool
) -> Store:
    """The store of a browser, in a folder that is yet to be made if it is `new`."""
    title = f"{browser} ({folder})"
    if CERTUTIL not in programs:
        return Store(title, lacks=f"it needs certutil: {_package_of_certutil(programs)}")
    of_database = (programs[CERTUTIL], "-d", f"sql:{folder}")
    named = ("-n", authority.name)
    make = (("mkdir", "-p", "-m", "700", folder), (*of_database, "-N", "--empty-password"))
    add = (*of_database, "-A", "-t", _ADDED_BY_ADMINISTRATORS, *named, "-i", authority.path)
    return Store(
        title,
        (*(make if new else ()), add),
        ((*of_database, "-D", *named),),
        check=(*of_database, "-L", *named),
    )


def keychain_store(authority: Authority, home: str) -> Store:
    """The store of macOS, for this user, which browsers use as well; it asks for a password."""
    keychain = f"{home}/Library/Keychains/login.keychain-db"
    return Store(
        f"the keychain ({keychain})",
        (("security", "add-trusted-cert", "-r", "trustRoot", "-k", keychain, authority.path),),
        (
            ("security", "remove-trusted-cert", authority.path),  # leaves the certificate there
            ("security", "delete-certificate", "-Z", authority.sha1, keychain),
        ),
        # -l is for authorities, and `basic` because no server's certificate may be valid so long.
        check=("security", "verify-cert", "-q", "-l", "-L", "-p", "basic", "-c", authority.path),
    )


def _package_of_certutil(programs: Collection[str]) -> str:
    for program, command in _PACKAGES:
        if program in programs:
            return f"`{command}`"
    return "it comes with the tools of NSS"


PROGRAMS = (
    CERTUTIL,
    *CHROMIUM_PROGRAMS,
    *(system.update[0] for system in SYSTEMS),
    *(program for program, _command in _PACKAGES),
)
