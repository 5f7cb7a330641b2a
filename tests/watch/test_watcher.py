"""What the watcher tells the loop, from inotify and from systems that watch whole trees."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from procrun.core.globs import Globs
from procrun.core.watching import Changed
from procrun.loop import Loop
from procrun.watch import Watcher
from tests.supervision.processes import LINUX_ONLY, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.watch.source import Source

    Watch = Callable[..., "Seen"]


class WholeTrees(Watcher):
    """Watches as where the system tells of whole trees."""

    def _system(self) -> Source:
        from procrun.watch.recursive import Recursive

        return Recursive(self._root, self._notice)


class Crowded(Watcher):
    """Watches where the kernel has room for one folder more."""

    def _system(self) -> Source:
        source = super()._system()
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

    def __init__(self, watcher: Watcher, loop: Loop) -> None:
        self.watcher = watcher
        self.loop = loop
        self.changes: list[Changed] = []
        self.lines: list[str] = []
        self.failed = False
        watcher.changed = self.changes.append
        watcher.say = self.lines.append
        watcher.failed = self._fail
        watcher.start()

    def _fail(self) -> None:
        self.failed = True

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


@pytest.fixture(params=[pytest.param(Watcher, marks=LINUX_ONLY), WholeTrees])
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watch]:
    """Make watchers of the test's folder."""
    made: list[Seen] = []

    def make(*globs: str, inputs: tuple[str, ...] = (), kind: type[Watcher] | None = None) -> Seen:
        loop = Loop()
        of_kind = kind or request.param
        folder = os.path.realpath(tmp_path)
        made.append(Seen(of_kind(folder, Globs(globs or ["**"]), inputs, (), loop), loop))
        return made[-1]

    yield make
    for seen in made:
        seen.watcher.close()
        seen.loop.close()
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
    seen.watcher._lost()
    seen.wait_until(lambda: Changed((), (given,), many=True) in seen.changes)


@LINUX_ONLY
def test_what_cannot_be_watched_is_told_once(watch: Watch, tmp_path: Path) -> None:
    """With the remedy; the rest is watched."""
    for name in "abc":
        (tmp_path / name).mkdir()
    seen = watch(kind=Crowded).ready()

    first, second = seen.lines
    assert first.startswith("not everything can be watched: the system's limit of watched folders")
    assert "`sudo sysctl fs.inotify.max_user_watches=" in first
    assert second == "watching 1 folder for changes"
    assert not seen.failed
    (tmp_path / "a.py").write_text("x")
    seen.wait_until(lambda: "a.py" in seen.sources)


@LINUX_ONLY
def test_a_root_that_is_gone_is_told(tmp_path: Path) -> None:
    """Nothing can be watched then, and the app goes on without."""
    loop = Loop()
    watcher = Watcher(str(tmp_path / "gone"), Globs(["**"]), (), (), loop)
    seen = Seen(watcher, loop)
    seen.wait_until(lambda: seen.failed)
    watcher.close()
    loop.close()

    assert seen.lines[0].startswith("files can't be watched: ")


@pytest.mark.parametrize("turns", range(3))
def test_it_can_be_closed_at_any_moment(watch: Watch, turns: int) -> None:
    """Also before it has begun."""
    seen = watch()
    for _ in range(turns):
        seen.loop.later(0, lambda: None)
        seen.loop.turn()
