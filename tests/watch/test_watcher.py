"""What the watcher tells the loop, from inotify and from systems that watch whole trees."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from procrun.core.globs import Globs
from procrun.core.watching import Edits
from procrun.loop import Loop
from procrun.watch import Scope, Watcher
from procrun.watch.worker import of_this_system
from tests.supervision.processes import LINUX_ONLY, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.watch.scope import System
    from procrun.watch.source import Notice, Source

    Watch = Callable[..., "Seen"]


def whole_trees(root: str, notice: Notice, _lost: Callable[[], None]) -> Source:
    """Watch as where the system tells of whole trees."""
    from procrun.watch.recursive import Recursive

    return Recursive(root, notice)


def crowded(root: str, notice: Notice, lost: Callable[[], None]) -> Source:
    """Watch where the kernel has room for one folder more."""
    source = of_this_system(root, notice, lost)
    add, room = source.add, ["one"]

    def refuse(folder: str) -> None:
        if not room:
            raise OSError(28, "inotify watch limit reached")
        room.pop()
        add(folder)

    source.add = refuse  # type: ignore[method-assign]  # the kernel's limit is for all of us
    return source


class Seen:
    """A watcher at work, and what it told."""

    def __init__(self, scope: Scope, system: System) -> None:
        self.loop = Loop()
        self.changes: list[Edits] = []
        self.lines: list[str] = []
        self.has_failed = False
        self.lose: Callable[[], None] = lambda: None  # as the kernel does when there is too much

        def watched(root: str, notice: Notice, lost: Callable[[], None]) -> Source:
            self.lose = lost
            return system(root, notice, lost)

        self.watcher = Watcher(scope, self, self.loop, watched)

    def edited(self, edits: Edits) -> None:
        """Note what changed."""
        self.changes.append(edits)

    def say(self, text: str) -> None:
        """Note a line."""
        self.lines.append(text)

    def failed(self) -> None:
        """Note that nothing is watched."""
        self.has_failed = True

    def close(self) -> None:
        """End all of it."""
        self.watcher.close()
        self.loop.close()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Turn the loop until something is so; fails with what was told when it takes too long."""
        alarm = self.loop.later(PATIENCE, lambda: None)
        while not holds():
            if alarm.cancelled:
                pytest.fail(f"told so far: {self.lines} {self.changes}")
            self.loop.turn()
        alarm.cancel()

    def ready(self) -> Seen:
        """Wait until the watches are set."""
        self.wait_until(lambda: any("for changes" in line for line in self.lines))
        return self

    @property
    def sources(self) -> set[str]:
        """Every file that changed, by its path from the root."""
        return {source for changed in self.changes for source in changed.sources}


@pytest.fixture(params=[pytest.param(of_this_system, marks=LINUX_ONLY), whole_trees])
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watch]:
    """Make watchers of the test's folder."""
    made: list[Seen] = []

    def make(*globs: str, inputs: tuple[str, ...] = (), system: System | None = None) -> Seen:
        scope = Scope(os.path.realpath(tmp_path), Globs(globs or ["**"]), frozenset(inputs))
        made.append(Seen(scope, system or request.param))
        made[-1].watcher.start()
        return made[-1]

    yield make
    for seen in made:
        seen.close()
    join_threads()


def join_threads() -> None:
    """Wait until the threads of what was closed have ended."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(PATIENCE)


def test_changes_are_told_with_their_paths(watch: Watch, tmp_path: Path) -> None:
    """Of folders that were there and of those that appear, from the root."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    seen = watch().ready()
    (tmp_path / "a" / "b" / "old.py").write_text("x")
    seen.wait_until(lambda: "a/b/old.py" in seen.sources)
    (tmp_path / "c" / "d").mkdir(parents=True)
    (tmp_path / "c" / "d" / "new.py").write_text("x")
    seen.wait_until(lambda: "c/d/new.py" in seen.sources)
    (tmp_path / "a").rename(tmp_path / "z")
    seen.wait_until(lambda: bool({"a", "a/b/old.py"} & seen.sources))
    (tmp_path / "z" / "b" / "more.py").write_text("x")
    seen.wait_until(lambda: "z/b/more.py" in seen.sources)


def test_inputs_are_found_wherever_they_are(watch: Watch, tmp_path: Path) -> None:
    """Hidden, below the root or elsewhere; they are no sources."""
    (tmp_path / "elsewhere").mkdir()
    below = os.path.realpath(tmp_path / ".env")
    seen = watch("app/**", inputs=(below, f"{os.path.realpath(tmp_path)}/elsewhere/Procfile"))
    seen.ready()
    (tmp_path / ".env").write_text("x")
    (tmp_path / "elsewhere" / "other").write_text("x")
    (tmp_path / "elsewhere" / "Procfile").write_text("x")
    seen.wait_until(lambda: len({path for each in seen.changes for path in each.inputs}) == 2)

    assert seen.sources == set()


def test_what_came_and_went_is_nothing(watch: Watch, tmp_path: Path) -> None:
    """Editors try whether they may write; a socket and a pipe are no files either."""
    seen = watch().ready()
    for _ in range(3):
        (tmp_path / "probe").write_text("x")
        (tmp_path / "probe").unlink()
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "pipe").rename(tmp_path / "other-pipe")
    (tmp_path / "last.py").write_text("x")
    seen.wait_until(lambda: "last.py" in seen.sources)

    assert "other-pipe" not in seen.sources


def test_too_much_to_tell_is_told(watch: Watch, tmp_path: Path) -> None:
    """Then anything may have changed, and new folders are looked for."""
    given = f"{os.path.realpath(tmp_path)}/Procfile"
    seen = watch(inputs=(given,)).ready()
    seen.lose()
    seen.wait_until(lambda: Edits((), (given,), many=True) in seen.changes)


@LINUX_ONLY
def test_what_cannot_be_watched_is_told_once(watch: Watch, tmp_path: Path) -> None:
    """With the remedy; the rest is watched."""
    for name in "abc":
        (tmp_path / name).mkdir()
    seen = watch(system=crowded).ready()

    first, second = seen.lines
    assert first.startswith("not everything can be watched: the system's limit of watched folders")
    assert "`sudo sysctl fs.inotify.max_user_watches=" in first
    assert second == "watching 1 folder for changes"
    assert not seen.has_failed
    (tmp_path / "a.py").write_text("x")
    seen.wait_until(lambda: "a.py" in seen.sources)


@LINUX_ONLY
def test_a_root_that_is_gone_is_told(tmp_path: Path) -> None:
    """Nothing can be watched then, and the app goes on without."""
    seen = Seen(Scope(str(tmp_path / "gone"), Globs(["**"])), of_this_system)
    seen.watcher.start()
    seen.wait_until(lambda: seen.has_failed)
    seen.close()

    assert seen.lines == [f"files can't be watched: {os.strerror(errno.ENOENT)}"]


@LINUX_ONLY
@pytest.mark.parametrize("way", ["rename", "remove", "replace"])
def test_a_root_that_goes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """In one line, though it is the folder that we are in, as the app's is."""
    root = tmp_path / "app"
    root.mkdir()
    (root / "a.py").touch()
    monkeypatch.chdir(root)
    seen = Seen(Scope(str(root), Globs(["**"])), of_this_system)
    seen.watcher.start()
    seen.ready()
    if way == "remove":
        shutil.rmtree(root)
    else:
        root.rename(tmp_path / "elsewhere")
    if way == "replace":
        root.mkdir()
    seen.wait_until(lambda: seen.has_failed)
    seen.close()
    join_threads()

    assert seen.lines[1:] == [f"nothing is watched any more: {root} was renamed or removed"]
    assert seen.changes == []


@LINUX_ONLY
@pytest.mark.parametrize("left", range(3))
def test_too_many_open_files_are_told(tmp_path: Path, left: int) -> None:
    """However few descriptors the dynos have left; it is not the kernel's limit of watchers."""
    scope = Scope(str(tmp_path), Globs(["**"]))
    first = Seen(scope, of_this_system)  # loads all of the modules
    first.watcher.start()
    first.ready().close()
    join_threads()
    seen = Seen(scope, of_this_system)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [os.dup(0) for _ in range(left + 1)]
    for descriptor in free:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1], limits[1]))
    try:
        seen.watcher.start()
        seen.wait_until(lambda: seen.has_failed)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        seen.close()
        join_threads()

    assert seen.lines[-1] == f"files can't be watched: {os.strerror(errno.EMFILE)}"


@pytest.mark.parametrize("turns", range(3))
def test_it_can_be_closed_at_any_moment(watch: Watch, turns: int) -> None:
    """Also before it has begun."""
    seen = watch()
    for _ in range(turns):
        seen.loop.later(0, lambda: None)
        seen.loop.turn()
