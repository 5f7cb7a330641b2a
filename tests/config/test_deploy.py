"""A start as a release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.config.deploy import Deploy
from procrun.config.ledger import Ledger
from procrun.core.config_vars import ConfigVars
from procrun.core.release import FAILED, PENDING, SUCCEEDED
from procrun.errors import ConfigError
from procrun.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Begin = Callable[..., Deploy]

FROM_PIPE = ConfigVars({"A": "secret", "B": "mine", "HOME": "/"}, {"A": "x:1", "B": "x:2"})


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Begin a start of an app in the test's folder."""
    (tmp_path / ".env").write_text("A=1\nB=${A}\n", encoding="utf-8")
    (tmp_path / "Procfile").write_text("web: true\n", encoding="utf-8")

    def begin(*, has_command: bool = True, env: str | None = None) -> Deploy:
        options = {"root": str(tmp_path), "env": env}
        return Deploy(resolve(options, {}), FROM_PIPE, has_command=has_command)

    return begin


def releases(root: Path) -> list[tuple[str, str, str]]:
    """What is recorded, oldest first."""
    found = reversed(Ledger(str(root)).releases())
    return [(each.name, each.description, each.status) for each in found]


def test_the_first_start_has_one_before_it(begin: Begin, tmp_path: Path) -> None:
    """As an app has that is new on Heroku; its own is pending until its command has ended."""
    deploy = begin()

    assert [each.name for each in deploy.made] == ["v1", "v2"]
    assert releases(tmp_path) == [
        ("v1", "Initial release", SUCCEEDED),
        ("v2", "Deploy", PENDING),
    ]
    deploy.end(b"migrated\n", passed=True)
    assert releases(tmp_path)[1] == ("v2", "Deploy", SUCCEEDED)
    ledger = Ledger(str(tmp_path))
    assert ledger.output("v2") == b"migrated\n"
    assert ledger.latest is not None
    assert (ledger.latest.written, ledger.latest.config) == (
        {"A": "1", "B": "${A}"},
        {"A": "1", "B": "1"},
    )


def test_nobody_else_makes_one_before_it_has_ended(begin: Begin, tmp_path: Path) -> None:
    """Whoever asks is told, and would wait."""
    deploy = begin()
    other = Ledger(str(tmp_path))

    assert not other.enter_if_free()
    deploy.end(None, passed=True)
    assert other.enter_if_free()
    other.release()


def test_a_start_of_the_same_is_no_new_one(begin: Begin, tmp_path: Path) -> None:
    """Whatever changes makes one; what its env file says by somebody's hand is one before."""
    begin().end(None, passed=True)
    same = begin(has_command=False)
    assert (same.is_new, same.release.name) == (False, "v2")
    same.end(None, passed=True)

    for name, text, made in (
        (".env", "A=1\nB=1\n", ["v3", "v4"]),
        ("Procfile", "web: false\n", ["v5"]),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        changed = begin()
        assert (changed.is_new, [each.name for each in changed.made]) == (True, made)
        changed.end(None, passed=True)
    assert [description for _, description, _ in releases(tmp_path)] == [
        "Initial release",
        "Deploy",
        "Edit .env (B)",
        "Deploy",
        "Deploy",
    ]


def test_a_failure_is_recorded_of_an_old_one_as_well(begin: Begin, tmp_path: Path) -> None:
    """Unless somebody stopped its command: then it is as good as it was."""
    begin().end(b"", passed=True)
    begin().end(b"", passed=False, interrupted=True)
    assert releases(tmp_path)[1] == ("v2", "Deploy", SUCCEEDED)

    begin().end(b"", passed=False)
    assert releases(tmp_path)[1] == ("v2", "Deploy", FAILED)

    begin().end(b"", passed=False, interrupted=True)
    assert releases(tmp_path)[2:] == [("v3", "Deploy", FAILED)]


def test_what_can_be_read_only_once_is_not_read_again(begin: Begin, tmp_path: Path) -> None:
    """A pipe, as of a command that decrypts."""
    os.mkfifo(tmp_path / "pipe")

    deploy = begin(env=str(tmp_path / "pipe"))
    deploy.end(None, passed=True)

    assert deploy.release.config == deploy.release.written == {"A": "secret", "B": "mine"}


def test_a_start_that_cannot_be_recorded_lets_others_go_on(begin: Begin, tmp_path: Path) -> None:
    """Here its env file has become wrong."""
    (tmp_path / ".env").write_text("nonsense\n", encoding="utf-8")

    with pytest.raises(ConfigError):
        begin()

    ledger = Ledger(str(tmp_path))
    assert ledger.enter_if_free()
    ledger.release()
