"""One change of the config vars: the file, the release, the gate, and a kill in between."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.config.change import Edited, Outcome
from procrun.config.ledger import Ledger
from procrun.core.config_rules import MOST
from procrun.core.envfile import parse
from procrun.core.envfile_edit import edit as edit_text
from procrun.core.release import EXPIRED, FAILED, PENDING, SUCCEEDED, Release
from procrun.errors import ConfigError, ProcrunError
from procrun.settings import resolve
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from procrun.config.change import Gate
    from procrun.config.env_file import Text

# Kills itself at the nth thing that it does to a file of the app.
KILLED = """
import os, signal, sys
number = int(sys.argv[1])
seen = 0
def hook(event, arguments):
    global seen
    path = arguments[0] if arguments else ""
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.chmod") and str(path)[:1] == "/":
        if os.fspath(path).startswith(os.getcwd()):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
from procrun.cli import main
sys.addaudithook(hook)
sys.exit(main(["-d", os.getcwd(), "config", "set", "A=2", "B=new"]))
"""


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """Give the config vars of an app in the test's folder."""
    (tmp_path / ".env").write_text("# of A\nA=1\n", encoding="utf-8")
    return Edited(resolve({"root": str(tmp_path)}, {}))


def change(edited: Edited, changes: dict[str, str | None], gate: Gate | None = None) -> Outcome:
    """Set and unset config vars."""

    def edit(text: Text, _releases: Sequence[Release]) -> tuple[str, str]:
        return edit_text(text.text, text.shown, changes), ""

    return edited.change(edit, gate)


def releases(root: Path) -> list[tuple[str, str, str]]:
    """What is recorded, oldest first."""
    found = reversed(Ledger(str(root)).releases())
    return [(each.name, each.description, each.status) for each in found]


def test_the_first_change_records_what_was_before(edited: Edited, tmp_path: Path) -> None:
    """So that it can be undone."""
    outcome = change(edited, {"B": "2", "A": None})

    assert (tmp_path / ".env").read_text(encoding="utf-8") == "# of A\nB=2\n"
    assert outcome == Outcome(Ledger(str(tmp_path)).latest, is_new=True)
    assert releases(tmp_path) == [
        ("v1", "Initial release", SUCCEEDED),
        ("v2", "Set B and remove A config vars", SUCCEEDED),
    ]
    assert [each.config for each in Ledger(str(tmp_path)).releases()] == [{"B": "2"}, {"A": "1"}]


def test_what_a_kill_left_beside_the_file_is_removed(edited: Edited, tmp_path: Path) -> None:
    """By the next change, whether it writes anything or not: it has secrets in it."""
    left = tmp_path / ".env.procrun-new"
    left.write_text("A=2", encoding="utf-8")

    change(edited, {"A": "1"})

    assert not left.exists()


def test_to_set_what_is_set_is_no_release(edited: Edited, tmp_path: Path) -> None:
    """Nor is anything written."""
    before = (tmp_path / ".env").stat()

    outcome = change(edited, {"A": "1"})

    assert outcome == Outcome(None)
    assert (tmp_path / ".env").stat() == before
    assert releases(tmp_path) == []


def test_what_others_did_to_the_file_is_a_release_of_its_own(
    edited: Edited, tmp_path: Path
) -> None:
    """Else a rollback would lose it."""
    change(edited, {"A": "2"})
    (tmp_path / ".env").write_text("A=3\nC=1\n", encoding="utf-8")

    change(edited, {"B": "2"})

    assert releases(tmp_path)[2:] == [
        ("v3", "Edit .env (A, C)", SUCCEEDED),
        ("v4", "Set B config vars", SUCCEEDED),
    ]


def test_a_reference_is_kept_beside_what_it_stands_for(edited: Edited, tmp_path: Path) -> None:
    """The caller's variables count where one is referred to, and only there."""
    (tmp_path / ".env").write_text("A=1\nB=${A}/${TESTS_OF_A_CHANGE}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTS_OF_A_CHANGE", "x")
        change(edited, {"A": "2"})

    newest = Ledger(str(tmp_path)).latest
    assert newest is not None
    assert newest.config == {"A": "2", "B": "2/x"}
    assert newest.written == {"A": "2", "B": "${A}/${TESTS_OF_A_CHANGE}"}


class TestGate:
    """What runs before a release counts."""

    def test_it_is_told_of_the_release_which_is_pending_meanwhile(
        self, edited: Edited, tmp_path: Path
    ) -> None:
        """The file is the new one by then."""
        seen: list[tuple[str, str, list[tuple[str, str, str]]]] = []

        def gate(release: Release) -> bool:
            text = (tmp_path / ".env").read_text(encoding="utf-8")
            seen.append((release.name, text, releases(tmp_path)[1:]))
            return True

        outcome = change(edited, {"A": "2"}, gate)

        pending = [("v2", "Set A config vars", PENDING)]
        assert seen == [("v2", "# of A\nA=2\n", pending)]
        assert outcome.release == Ledger(str(tmp_path)).latest
        assert releases(tmp_path)[1:] == [("v2", "Set A config vars", SUCCEEDED)]

    def test_what_it_refuses_has_failed(self, edited: Edited, tmp_path: Path) -> None:
        """The file stays changed, as on Heroku."""
        outcome = change(edited, {"A": "2"}, lambda _release: False)

        assert outcome.release
        assert outcome.release.status == FAILED
        assert (tmp_path / ".env").read_text(encoding="utf-8") == "# of A\nA=2\n"
        assert releases(tmp_path)[1:] == [("v2", "Set A config vars", FAILED)]

    def test_of_what_it_cannot_say_nobody_knows(self, edited: Edited, tmp_path: Path) -> None:
        """An app that does not answer."""

        def gate(_release: Release) -> bool:
            raise ProcrunError("the app does not answer")

        with pytest.raises(ProcrunError):
            change(edited, {"A": "2"}, gate)

        assert releases(tmp_path)[1:] == [("v2", "Set A config vars", EXPIRED)]

    def test_who_is_interrupted_has_given_up(self, edited: Edited, tmp_path: Path) -> None:
        """The release has failed: so it is for the app."""

        def gate(_release: Release) -> bool:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            change(edited, {"A": "2"}, gate)

        assert releases(tmp_path)[1:] == [("v2", "Set A config vars", FAILED)]


class TestRetry:
    """What did not succeed may do so later."""

    def test_it_is_a_release_of_what_the_file_says_now(
        self, edited: Edited, tmp_path: Path
    ) -> None:
        """Through the gate again, as often as it takes."""
        change(edited, {"A": "2"}, lambda _release: False)
        edited.retry(lambda _release: False)

        outcome = edited.retry(lambda _release: True)

        assert outcome == Outcome(Ledger(str(tmp_path)).latest, is_new=True)
        assert releases(tmp_path)[1:] == [
            ("v2", "Set A config vars", FAILED),
            ("v3", "Retry of v2: Set A config vars", FAILED),
            ("v4", "Retry of v3: Set A config vars", SUCCEEDED),
        ]

    def test_without_an_app_nobody_can_say_that_it_succeeds_now(
        self, edited: Edited, tmp_path: Path
    ) -> None:
        """Unless there is no release command, and it was not for one that it did not."""

        def gate(_release: Release) -> bool:
            raise ProcrunError("the app does not answer")

        (tmp_path / "Procfile").write_text("web: true\nrelease: true\n", encoding="utf-8")
        with pytest.raises(ProcrunError):
            change(edited, {"A": "2"}, gate)
        with pytest.raises(ProcrunError, match="no app is running"):
            edited.retry()
        (tmp_path / "Procfile").write_text("web: true\n", encoding="utf-8")
        assert edited.retry().is_new
        change(edited, {"A": "3"}, lambda _release: False)
        with pytest.raises(ProcrunError, match="no app is running"):
            edited.retry()

        assert releases(tmp_path)[-1] == ("v4", "Set A config vars", FAILED)

    def test_what_succeeded_is_not_tried_again(self, edited: Edited, tmp_path: Path) -> None:
        """Nor what is not there."""
        with pytest.raises(ProcrunError, match="there is no release to retry"):
            edited.retry()
        change(edited, {"A": "2"})
        with pytest.raises(ProcrunError, match="v2 succeeded: there is nothing to retry"):
            edited.retry()

        assert len(releases(tmp_path)) == 2


@pytest.mark.parametrize("text", ["A=1\nB\n", "A='\n"])
def test_a_file_with_mistakes_is_not_changed(edited: Edited, tmp_path: Path, text: str) -> None:
    """They are told, and nothing is recorded."""
    (tmp_path / ".env").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"\.env:\d"):
        change(edited, {"A": "2"})

    assert (tmp_path / ".env").read_text(encoding="utf-8") == text
    assert releases(tmp_path) == []


def test_what_is_too_large_is_not_set(edited: Edited, tmp_path: Path) -> None:
    """Nor recorded."""
    with pytest.raises(ProcrunError, match="Heroku takes 65,536"):
        change(edited, {"B": "x" * MOST})

    assert (tmp_path / ".env").read_text(encoding="utf-8") == "# of A\nA=1\n"
    assert releases(tmp_path) == []


def test_a_later_file_wins(tmp_path: Path) -> None:
    """Changes go to the first one."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("A=1\nB=1\n", encoding="utf-8")
    second.write_text("\nB=2\nC=${A}\n", encoding="utf-8")
    edited = Edited(resolve({"root": str(tmp_path), "env": [f"{first},{second}"]}, {}))

    change(edited, {"A": "3", "B": "3"})

    assert edited.config() == {"A": "3", "B": "2", "C": "3"}
    assert edited.shadowed(("A", "B")) == {"B": f"{second}:2"}
    assert first.read_text(encoding="utf-8") == "A=3\nB=3\n"


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """And nothing that the next change would stumble over."""
    old, new = {"A": "1"}, {"A": "2", "B": "new"}
    status, number = -9, 0
    while status == -9:
        number += 1
        root = tmp_path / str(number)
        root.mkdir()
        (root / ".env").write_text("A=1 # one\n", encoding="utf-8")
        done = subprocess.run(
            (sys.executable, "-c", KILLED, str(number)),
            cwd=root,
            env=environment(),
            capture_output=True,
            check=False,
        )
        status = done.returncode
        text = (root / ".env").read_text(encoding="utf-8")
        found = {each.key: each.value for each in parse(text, ".env")}
        assert found in (old, new)
        edited = Edited(resolve({"root": str(root)}, {}))
        change(edited, {"C": "3"})
        assert edited.config() == {**found, "C": "3"}
        recorded = [(each.status, dict(each.config)) for each in Ledger(str(root)).releases()]
        assert recorded[:2] == [(SUCCEEDED, {**found, "C": "3"}), (SUCCEEDED, found)]
        assert sorted(os.listdir(root)) == [".env", ".procrun"]
    assert status == 0, done.stderr
    assert number > 8
