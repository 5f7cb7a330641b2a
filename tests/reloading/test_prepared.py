"""A change of the app that is ready before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.core.policy import Policy
from procrun.errors import ConfigError
from procrun.plan import plan_start
from procrun.reloading.prepared import Current, Prepared
from procrun.settings import resolve
from tests.supervision.stage import STAY, Stage, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from procrun.launcher import Launcher
    from procrun.supervisor import Slot


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a supervisor of nothing."""
    made = Stage(Policy(named(), named()))
    yield made
    made.close()


@pytest.fixture
def launchers() -> list[Launcher]:
    """Give what is noted of new launchers."""
    return []


@pytest.fixture
def current(
    stage: Stage, launchers: list[Launcher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Current:
    """Give an app that runs with A=1."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Procfile").write_text(f"web: {STAY}\n", encoding="utf-8")
    (tmp_path / ".env").write_text("A=1\n", encoding="utf-8")
    settings = resolve({"root": str(tmp_path), "port": "0", "clean_env": True}, {})
    plan = plan_start(settings, (), {})
    stage.launch(*plan.launches)
    stage.wait_for("ready")
    return Current(settings, plan, stage.supervisor, launchers.append)


def test_it_comes_to_what_was_read_whatever_the_files_say_by_then(
    stage: Stage, current: Current, launchers: list[Launcher], tmp_path: Path
) -> None:
    """Its names are in the log, and whoever asks hears of the dynos before they restart."""
    (tmp_path / ".env").write_text("A=2\n", encoding="utf-8")
    prepared = Prepared(current)
    assert (prepared.names, prepared.still_holds()) == (("A",), True)
    (tmp_path / ".env").write_text("A=3\n", encoding="utf-8")
    heard: list[str] = []

    def expect(slots: Sequence[Slot]) -> None:
        heard.extend(f"{slot.name} {slot.launch.environment['A']}" for slot in slots)

    assert not prepared.still_holds()
    told, restarting = prepared.apply("because", expect)

    assert heard == ["web.1 2"]
    assert told == "because: A; restarting web.1"
    assert told in stage.log.lines
    assert [slot.name for slot in restarting] == ["web.1"]
    assert launchers == [current.launcher] == [prepared.launcher]
    assert prepared.names == ()


def test_two_are_as_one_if_they_come_to_the_same(current: Current, tmp_path: Path) -> None:
    """Also where one of them leaves the Procfile as it was, and that has not changed."""
    (tmp_path / ".env").write_text("A=2\n", encoding="utf-8")
    first, config_only = Prepared(current), Prepared(current, config_only=True)

    assert first.is_as(config_only)
    assert not first.is_as(None)
    (tmp_path / "Procfile").write_text("web: true\n", encoding="utf-8")
    assert not first.still_holds()
    assert config_only.still_holds()
    assert not Prepared(current).is_as(config_only)


def test_mistakes_of_all_files_are_told_and_nothing_is_done(
    current: Current, launchers: list[Launcher], tmp_path: Path
) -> None:
    """As at the start."""
    (tmp_path / ".env").write_text("nonsense\n", encoding="utf-8")
    (tmp_path / "Procfile").write_text("nonsense\n", encoding="utf-8")

    with pytest.raises(ConfigError) as error:
        Prepared(current)

    assert len(error.value.problems) == 2
    assert launchers == []
