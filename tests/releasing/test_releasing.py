"""The gate of a running app, with the askers and the files of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.config.deploy import Deploy
from procrun.config.ledger import Ledger
from procrun.core.config_vars import ConfigVars
from procrun.core.policy import Policy
from procrun.core.release import Change
from procrun.errors import ProcrunError
from procrun.plan import plan_start
from procrun.releasing.releasing import Releasing
from procrun.reloading.prepared import Current, Prepared
from procrun.requests.reconfigure import Asker
from procrun.settings import resolve
from tests.supervision.stage import Stage, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Deciding(Asker):
    """Somebody whose answer is known, and what he was told."""

    def __init__(self, *, counts: bool) -> None:
        self.counts = counts
        self.told: list[bool] = []
        self.words: list[str] = []

    def decide(self, passed: bool, counted: Callable[[], None] = lambda: None) -> bool:  # noqa: FBT001 - as it is called
        """Note it."""
        self.told.append(passed)
        if self.counts:
            counted()
        return self.counts

    def doing(self, text: str) -> None:
        """Note it."""
        self.words.append(text)

    def tell(self, text: str) -> None:
        """Note it."""
        self.words.append(text)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a supervisor of nothing."""
    made = Stage(Policy(named(), named()))
    yield made
    made.close()


@pytest.fixture
def current(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Current:
    """Give an app whose Procfile has no release command."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Procfile").write_text("web: true\n", encoding="utf-8")
    (tmp_path / ".env").write_text("A=1\n", encoding="utf-8")
    settings = resolve({"root": str(tmp_path), "port": "0", "clean_env": True}, {})
    return Current(settings, plan_start(settings, (), {}), stage.supervisor, lambda _launcher: None)


@pytest.fixture
def releasing(stage: Stage, tmp_path: Path, current: Current) -> Releasing:
    """Give the gate of an app that has started, on Heroku's terms."""
    settings = resolve({"root": str(tmp_path), "heroku": True}, {})
    deploy = Deploy(settings, ConfigVars(current.launcher.config.values, {}), has_command=False)
    made = Releasing(settings, deploy)
    made.join(stage.supervisor, stage.loop, stage.log)
    made.start(current.launcher, (), lambda _slots: None, lambda _result: None, lambda _text: None)
    return made


@pytest.mark.parametrize("counts", [True, False])
def test_the_log_says_created_of_what_counts_alone(
    stage: Stage, releasing: Releasing, current: Current, *, counts: bool
) -> None:
    """The file may have changed again while the gate was closed."""
    asker = Deciding(counts=counts)

    releasing.gate(Change(3, "Set A config vars", "ann"), Prepared(current), asker)

    assert asker.told == [True]
    assert ("Release v3 created by user ann" in stage.log.lines) == counts
    assert any("v3 does not count" in line for line in stage.log.lines) != counts


@pytest.mark.parametrize("is_patient", [True, False])
def test_who_comes_while_a_command_is_ending_has_his_turn_next(
    stage: Stage, releasing: Releasing, current: Current, tmp_path: Path, *, is_patient: bool
) -> None:
    """Its asker is gone, but it takes its time; nothing runs for one who is gone as well."""
    wait = tmp_path / "wait"
    wait.touch()
    command = "trap '' TERM; echo ready; while [ -e wait ]; do sleep 0.02; done"
    (tmp_path / "Procfile").write_text(f"web: true\nrelease: {command}\n", encoding="utf-8")
    first, second = Deciding(counts=False), Deciding(counts=True)
    give_up = releasing.gate(Change(3, "Set A", "ann"), Prepared(current), first)
    stage.wait_for("ready")
    assert give_up is not None
    give_up()

    give_up = releasing.gate(Change(4, "Set B", "ann"), Prepared(current), second)

    assert (second.words, second.told) == (["waiting for the release command before"], [])
    assert give_up is not None
    if not is_patient:
        give_up()
    wait.unlink()
    for asker in (first, second) if is_patient else (first,):
        if not asker.told:
            stage.see_end(stage.supervisor.slots[0].name)
        while not asker.told:  # pytest's own limit ends it
            stage.pass_time(0.06)  # so often the supervisor looks for what is left
    assert (first.told, second.told) == ([False], [True] if is_patient else [])
    assert stage.log.lines.count("ready") == (2 if is_patient else 1)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ProcrunError("no way")])
def test_an_edit_that_cannot_be_released_ends_nothing(
    stage: Stage, releasing: Releasing, tmp_path: Path, error: Exception
) -> None:
    """The log has it, and others may have the ledger."""

    def prepare() -> Prepared:
        raise error

    releasing.edited([".env"], prepare)

    assert stage.log.lines[-1].endswith(f"{error}: the app goes on as it was")
    ledger = Ledger(str(tmp_path))
    assert ledger.enter_if_free()
    ledger.release()


def test_edits_wait_until_the_ledger_is_free_and_are_one_release(
    stage: Stage, releasing: Releasing, current: Current, tmp_path: Path
) -> None:
    """However many there are: what is waited for is one timer."""
    asked: list[str] = []

    def prepare() -> Prepared:
        asked.append("prepared")
        return Prepared(current)

    (tmp_path / ".env").write_text("A=2\n", encoding="utf-8")
    (tmp_path / "Procfile").write_text("web: false\n", encoding="utf-8")
    with Ledger(str(tmp_path)):
        releasing.edited([".env"], prepare)
        releasing.edited(["Procfile"], prepare)
        stage.pass_time(1)
        assert asked == []
    stage.pass_time(1)
    stage.pass_time(1)

    newest, before = Ledger(str(tmp_path)).releases(2)
    assert (newest.description, before.description) == ("Edit .env and Procfile (web, A)", "Deploy")
    assert asked == ["prepared"]


def test_an_edit_that_the_gate_has_decided_on_is_not_released_again(
    stage: Stage, releasing: Releasing, current: Current, tmp_path: Path
) -> None:
    """`config set` writes a file that is watched, and may be noticed before it asks."""
    (tmp_path / ".env").write_text("A=2\n", encoding="utf-8")
    with Ledger(str(tmp_path)):
        releasing.edited([".env"], lambda: Prepared(current))
        releasing.gate(Change(3, "Set A", "ann"), Prepared(current), Deciding(counts=False))
    stage.pass_time(1)

    assert [each.name for each in Ledger(str(tmp_path)).releases()] == ["v2", "v1"]
    releasing.edited([".env"], lambda: Prepared(current))
    assert Ledger(str(tmp_path)).releases(1)[0].description == "Edit .env (A)"
