"""The records of the releases of an app: `.procrun/releases/v1` and so on, for this user alone."""

from __future__ import annotations

import fcntl
import os
import sys

from procrun.control.folder import RELEASES, Folder
from procrun.core.names import RELEASE
from procrun.core.release import EXPIRED, PENDING, current, decode, encode
from procrun.core.text import whole_number
from procrun.errors import ProcrunError
from procrun.system import durable
from procrun.system.locks import take_if_free
from procrun.system.own_files import open_regular, remove, write_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from procrun.core.release import Release

KEPT = 100  # releases; older ones are forgotten, their numbers are not used again


class Ledger:
    """The releases of the app in `root`.

    Whoever changes the config vars holds it, in a `with` or between `enter` and `release`: then
    nobody else does so.
    """

    def __init__(self, root: str, waiting: Callable[[], None] | None = None) -> None:
        """`waiting` is called where it is not our turn, and says so; without it a line does."""
        self._waiting = waiting or _tell_of_waiting
        self._folder = Folder(root)
        self.path = self._folder.file(RELEASES)
        self._lock = -1

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()

    def enter(self) -> None:
        """Wait for our turn; ProcrunError where there can't be records, or we are waited for."""
        self._begin(self._take)

    def _take(self, lock: int) -> bool:
        if not take_if_free(lock):
            _check_no_release_command()
            self._waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        return True

    def enter_if_free(self) -> bool:
        """Begin our turn, unless it is somebody else's just now; ProcrunError likewise."""
        return self._begin(take_if_free)

    def _begin(self, take: Callable[[int], bool]) -> bool:
        taken = False
        try:
            self._folder.make()
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            self._lock = os.open(
                self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            )
            taken = take(self._lock)
        except OSError as error:
            message = f"{self.path} cannot be written: {error.strerror}"
            raise ProcrunError(message, "It is where releases are recorded.") from error
        finally:
            if not taken:
                self.release()
        return taken

    def release(self) -> None:
        """End our turn, if it is ours."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def releases(self, most: int | None = None) -> list[Release]:
        """The releases, newest first; without those whose record is damaged."""
        found: list[Release] = []
        for version in reversed(self._versions()):
            release = self._read(version)
            if release is not None and (most is None or len(found) < most):
                found.append(release)
        return found

    def settled(self, most: int | None = None) -> list[Release]:
        """The same, for one who only looks: what is pending has expired if nobody is at work."""
        found = self.releases(most)
        if all(release.status != PENDING for release in found):
            return found
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return found
        try:
            return _expired(self.releases(most)) if take_if_free(folder) else found
        finally:
            os.close(folder)

    @property
    def latest(self) -> Release | None:
        """The newest release that has a record."""
        return next(iter(self.releases(1)), None)

    @property
    def next_version(self) -> int:
        """The number of the next one: of a damaged record, too, it is not used again."""
        return max(self._versions(), default=0) + 1

    def write(self, release: Release) -> None:
        """Record a release, or what became of it. ProcrunError if it can't be."""
        path = os.path.join(self.path, release.name)
        try:
            durable.replace(path, encode(release), 0o600)
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}"
            raise ProcrunError(message, "The release is not recorded.") from error
        self._forget_the_oldest()

    def keep_output(self, release: str, output: bytes) -> None:
        """Put what its release command wrote beside a release; `v7` is its name.

        OSError if that can't be.
        """
        write_anew(self._output(release), [output])

    def output(self, release: str) -> bytes | None:
        """What the release command of a release wrote, None where nothing is kept."""
        try:
            fd = open_regular(self._output(release), os.O_RDONLY)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            return file.read()

    def _output(self, release: str) -> str:
        return os.path.join(self.path, f"{release}.output")

    def settle(self) -> None:
        """Note that nobody knows what became of a release whose maker is gone."""
        for release in self.releases():
            if release.status == PENDING:
                self.write(release.replace(status=EXPIRED))

    def _read(self, version: int) -> Release | None:
        try:
            fd = open_regular(os.path.join(self.path, f"v{version}"), os.O_RDONLY)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            release = decode(file.read())
        return release if release and release.version == version else None

    def _versions(self) -> list[int]:
        try:
            names = os.listdir(self.path)
        except OSError:
            return []
        return sorted(filter(None, map(_version, names)))

    def _forget_the_oldest(self) -> None:
        versions = self._versions()
        if len(versions) > KEPT:
            counts = current(self.releases())
            for version in versions[:-KEPT]:
                if counts is None or version != counts.version:
                    remove(os.path.join(self.path, f"v{version}"))
                    remove(self._output(f"v{version}"))


def _expired(releases: Iterable[Release]) -> list[Release]:
    return [each.replace(status=EXPIRED) if each.status == PENDING else each for each in releases]


def _version(name: str) -> int:
    return (whole_number(name[1:]) or 0) if name[:1] == "v" else 0


def _tell_of_waiting() -> None:
    sys.stderr.write("procrun: waiting for another release\n")


def _check_no_release_command() -> None:
    """ProcrunError in a release command: its release, whose turn this is, waits for it."""
    names = (os.environ.get("DYNO", ""), os.environ.get("PS", ""))
    name = next((each for each in names if each.startswith(f"{RELEASE}.")), "")
    if name:
        what = f"{name} is a release command, and its release is not done before it has ended"
        raise ProcrunError(what, "Config vars can be changed from outside, before or after.")
