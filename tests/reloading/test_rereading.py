"""What comes out of reading the Procfile and the env files again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrun.core.readiness import Readiness, Sign
from procrun.plan import plan_start
from procrun.reloading.rereading import anchored, compare, read_again
from procrun.settings import resolve

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_tells_that_a_dyno_is_up_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings are not read again, nor asked where something else was said."""
    monkeypatch.chdir(tmp_path)
    procfile = tmp_path / "Procfile"
    procfile.write_text("web: true\nworker: true\n")
    settings = resolve({"port": "0"}, {})
    sign = Readiness(Sign.ANSWER, "/", own=True)
    plan = plan_start(settings, (), {}, lambda _type: sign)
    procfile.write_text("web: false\nworker: true\n")
    read = read_again(anchored(settings), plan, plan.launcher)
    found = compare(plan, plan.launcher, read, plan.launches).difference

    assert [(str(each.name), each.ready) for each in found.different] == [("web.1", sign)]
