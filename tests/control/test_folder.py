"""The folder of one app: whose it is, and when."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.control.folder import AlreadyRunning, Folder, Owner, runs_as_on_heroku
from procrun.errors import ProcrunError
from procrun.system.descendants import start_of
from tests import leaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Takes the lock without a name in it, as whoever lost its visible process, until its input ends;
# where a line came, as one who just begins: it writes its name after that line.
HOLDER = """
import fcntl, os, sys
lock = open(sys.argv[1], "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
if name := sys.stdin.readline():
    os.ftruncate(lock.fileno(), 0)
    os.pwrite(lock.fileno(), name.encode(), 0)
    sys.stdin.read()
"""


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Callable[[], Folder]]:
    """Make folders of the test's root; they are released in the end."""
    made: list[Folder] = []

    def make() -> Folder:
        made.append(Folder(str(tmp_path)))
        return made[-1]

    yield make
    for folder in made:
        folder.release()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Some process that lives until its standard input ends."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        yield process


def never() -> None:
    """Called where nobody should wait."""
    pytest.fail("waits for something")


def test_the_folder_is_for_this_user_and_not_for_git(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """Whatever the mask for new files is."""
    before = os.umask(0)
    try:
        folders().claim(os.getpid(), never)
    finally:
        os.umask(before)
    made = tmp_path / ".procrun"

    assert made.stat().st_mode & 0o777 == 0o700
    assert (made / ".gitignore").read_text() == "*\n"
    assert (made / "lock").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_before_is_made_private(tmp_path: Path, folders: Callable[[], Folder]) -> None:
    """And what the user wrote into it stays."""
    made = tmp_path / ".procrun"
    made.mkdir()
    made.chmod(0o777)
    (made / ".gitignore").write_text("mine\n")
    folders().claim(os.getpid(), never)

    assert made.stat().st_mode & 0o777 == 0o700
    assert (made / ".gitignore").read_text() == "mine\n"


def test_a_second_claim_names_the_first(folders: Callable[[], Folder]) -> None:
    """By the pid that the user knows."""
    folders().claim(os.getpid(), never)
    with pytest.raises(ProcrunError) as raised:
        folders().claim(os.getpid(), never)

    assert raised.value.message == f"the app is running already (pid {os.getpid()})"
    assert raised.value.exit_code == 1


def test_what_was_released_can_be_claimed(tmp_path: Path, folders: Callable[[], Folder]) -> None:
    """Its socket is gone; releasing twice is harmless."""
    first = folders()
    first.claim(os.getpid(), never)
    (tmp_path / ".procrun" / "control.sock").touch()
    first.release()
    first.release()
    assert not (tmp_path / ".procrun" / "control.sock").exists()

    folders().claim(os.getpid(), never)


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"\xff\xfe\x00",
        b"999999999 5\n",
        b"1\n",
        b"-1 5\n",
        "² 5\n".encode(),
        b"9" * 10_000,
        b"%d 12345\n",
    ],
    ids=repr,
)
def test_a_lock_that_nobody_holds_is_in_nobodys_way(
    tmp_path: Path, folders: Callable[[], Folder], left: bytes
) -> None:
    """Whatever it says: also the pid of a process that is somebody else by now."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.write_bytes(left % os.getpid() if b"%d" in left else left)
    folders().claim(os.getpid(), never)

    assert lock.read_text() == f"{os.getpid()} {start_of(os.getpid())}\n"


def test_a_visible_process_that_still_ends_is_waited_for(
    tmp_path: Path, folders: Callable[[], Folder], stranger: subprocess.Popen[bytes]
) -> None:
    """Its inner one was killed, so nobody holds the lock; that is told before the wait."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.write_text(f"{stranger.pid} {start_of(stranger.pid)}\n")
    told: list[int] = []

    def tell() -> None:
        told.append(stranger.pid)
        stranger.communicate()

    folders().claim(os.getpid(), tell)

    assert told == [stranger.pid]
    assert lock.read_text().startswith(f"{os.getpid()} ")


def test_an_inner_process_that_still_ends_is_waited_for(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """It holds the lock, but the visible process that the lock names is gone."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.write_text("999999999 5\n")
    with started_holder(lock) as holder:
        folders().claim(os.getpid(), lambda: assert_ends(holder))


@pytest.mark.parametrize("left", ["", "999999999 5\n"], ids=["nobody", "a dead process"])
def test_who_holds_the_lock_may_be_about_to_say_so(
    tmp_path: Path,
    folders: Callable[[], Folder],
    monkeypatch: pytest.MonkeyPatch,
    left: str,
) -> None:
    """It is no killed run that one waits for, but a start that was a little earlier."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.write_text(left)
    with started_holder(lock) as holder:
        assert holder.stdin is not None
        read = Owner.read

        def read_before(descriptor: int) -> Owner:
            """What the lock says now, and have the name written that comes next."""
            found = read(descriptor)
            write_line(holder, f"{holder.pid} {start_of(holder.pid)}\n")
            while not read(descriptor).lives:
                pass
            return found

        monkeypatch.setattr(Owner, "read", read_before)
        with pytest.raises(AlreadyRunning, match=rf"\(pid {holder.pid}\)"):
            folders().claim(os.getpid(), never)
        holder.stdin.close()


def test_who_never_says_who_it_is_is_not_waited_for(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """A killed run's lock names it."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.touch()
    with started_holder(lock) as holder:
        with pytest.raises(ProcrunError, match="another `procrun start` is beginning or ending"):
            folders().claim(os.getpid(), never)
        assert_ends(holder)


def test_another_start_may_be_the_next_after_a_killed_run(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """Then the app runs already; its end is not waited for."""
    (tmp_path / ".procrun").mkdir()
    lock = tmp_path / ".procrun" / "lock"
    lock.write_text("999999999 5\n")
    with started_holder(lock) as holder:
        assert holder.stdin is not None
        with pytest.raises(AlreadyRunning):
            folders().claim(
                os.getpid(),
                lambda: write_line(holder, f"{holder.pid} {start_of(holder.pid)}\n"),
            )
        holder.stdin.close()


def started_holder(lock: Path) -> subprocess.Popen[bytes]:
    """Somebody who holds the lock."""
    command = (sys.executable, "-c", HOLDER, str(lock))
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def write_line(holder: subprocess.Popen[bytes], line: str) -> None:
    """Have the holder write what the lock says."""
    assert holder.stdin is not None
    holder.stdin.write(line.encode())
    holder.stdin.flush()


def assert_ends(holder: subprocess.Popen[bytes]) -> None:
    """Let the holder of the lock end."""
    assert not leaks.exits(holder.pid, 0)
    assert holder.stdin is not None
    holder.stdin.close()


def test_a_file_in_the_way_is_an_error_of_the_system(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """The app runs without the folder then; nothing stays open."""
    (tmp_path / ".procrun").touch()
    with pytest.raises(OSError, match="File exists"):
        folders().claim(os.getpid(), never)


def test_a_link_to_another_folder_is_not_followed(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """That folder is not ours to close to others."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    (tmp_path / ".procrun").symlink_to(elsewhere)
    with pytest.raises(OSError, match="it is a symbolic link"):
        folders().claim(os.getpid(), never)

    assert elsewhere.stat().st_mode & 0o777 == 0o755
    assert list(elsewhere.iterdir()) == []


def test_a_fifo_in_place_of_the_lock_makes_nobody_wait(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """It is nobody's, and nobody can have it."""
    (tmp_path / ".procrun").mkdir()
    os.mkfifo(tmp_path / ".procrun" / "lock")

    assert folders().owner is None
    with pytest.raises(OSError, match="lock is no file"):
        folders().claim(os.getpid(), never)


@pytest.mark.parametrize("became", ["a file", "nothing"])
def test_a_folder_that_was_replaced_can_be_released(
    tmp_path: Path, folders: Callable[[], Folder], became: str
) -> None:
    """Whatever became of it."""
    folder = folders()
    folder.claim(os.getpid(), never)
    shutil.rmtree(tmp_path / ".procrun")
    if became == "a file":
        (tmp_path / ".procrun").touch()

    folder.release()


def test_a_folder_in_place_of_the_socket_stays(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """And is no reason to fail."""
    folder = folders()
    folder.claim(os.getpid(), never)
    (tmp_path / ".procrun" / "control.sock").mkdir()
    folder.release()

    assert folder.owner is None


def test_a_claim_that_fails_leaves_nothing_open(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """Else the next one would wait for ever for itself."""
    (tmp_path / ".procrun" / "lock").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        folders().claim(os.getpid(), never)


def test_the_lock_is_not_inherited(tmp_path: Path, folders: Callable[[], Folder]) -> None:
    """What outlives the app must not hold it."""
    folder = folders()
    folder.claim(os.getpid(), never)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as process:
        folder.release()
        with (tmp_path / ".procrun" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.communicate()


def test_the_lock_tells_of_an_app_as_on_heroku(
    tmp_path: Path, folders: Callable[[], Folder]
) -> None:
    """As long as that app runs, and not one that was started otherwise."""
    first, root = folders(), str(tmp_path)
    first.claim(os.getpid(), never, background=True, heroku=True)
    owner = first.owner
    assert runs_as_on_heroku(root)
    assert owner
    assert owner.background
    first.release()
    assert not runs_as_on_heroku(root)

    folders().claim(os.getpid(), never)
    assert not runs_as_on_heroku(root)


def test_a_killed_app_as_on_heroku_is_none(tmp_path: Path) -> None:
    """What it left in the lock does not count."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    (tmp_path / ".procrun").mkdir()
    (tmp_path / ".procrun" / "lock").write_text(f"{process.pid} 1 heroku\n", encoding="utf-8")

    assert not runs_as_on_heroku(str(tmp_path))
