"""How an app for tests starts, and what is told where it can't."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

import procrun.testing
from procrun.errors import ConfigError, UsageError
from procrun.testing import AppFailed
from tests.testing.test_running import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from procrun.testing import RunningApp
    from tests.testing.apps import Example

DIES = "import sys\nprint('about to fail')\nraise SystemExit(7)\n"
# Tells its port, and goes on when it is told to.
ASKS = """
import os
with open("port", "w") as port:
    port.write(os.environ["PORT"])
with open("go") as go:
    go.read()
"""


def test_what_dies_is_told_at_once_with_its_last_lines(example: Example) -> None:
    """Not when time is up, and that the variables of development are not there."""
    example.write("web.py", DIES)
    example.write(".env", "KEY=1\n")
    with pytest.raises(AppFailed) as caught, procrun.testing.app(example.root, timeout=3600):
        pass

    assert caught.value.reason.startswith("web.1 exited with status 7")
    assert "web.1 | about to fail" in str(caught.value)
    assert caught.value.hint.endswith("`.env` is not read here, and there is no .env.test.")


def test_a_worker_that_dies_is_told_too(example: Example) -> None:
    """The app is not what was asked for."""
    example.write("worker.py", DIES)
    with (
        pytest.raises(AppFailed, match=r"worker\.1 exited with status 7"),
        procrun.testing.app(example.root, "web worker", ready="log:never", timeout=3600),
    ):
        pass


def test_what_listens_elsewhere_is_told_when_time_is_up(example: Example) -> None:
    """With both ports."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        other = free.getsockname()[1]
    example.procfile(web=f"web.py 127.0.0.1 {other}")
    with (
        pytest.raises(AppFailed, match=rf"listens on {other}, PORT is \d+"),
        procrun.testing.app(example.root, timeout=1.5),
    ):
        pass


def test_a_stolen_port_is_replaced_once(example: Example) -> None:
    """By somebody who was quicker than the app."""
    import os

    os.mkfifo(example.root / "port")
    os.mkfifo(example.root / "go")
    example.write("web.py", ASKS + (example.root / "web.py").read_text(encoding="utf-8"))
    stolen: list[socket.socket] = []

    def steal() -> None:
        for _attempt in range(2):
            port = int((example.root / "port").read_text(encoding="utf-8"))
            if not stolen:
                stolen.append(socket.create_server(("127.0.0.1", port)))
            (example.root / "go").write_text("", encoding="utf-8")

    thief = threading.Thread(target=steal)
    thief.start()
    try:
        with procrun.testing.app(example.root) as app:
            assert read(f"{app.url}/PS") == "web.1"
            assert app.port("web") != stolen[0].getsockname()[1]
    finally:
        thief.join()
        stolen[0].close()


@pytest.mark.parametrize(
    ("processes", "ready", "message"),
    [("worker", "http:/", "no web process"), ("web", "moon", "'moon' can't be waited for")],
)
def test_a_sign_that_can_never_come_is_refused(
    example: Example, processes: str, ready: str, message: str
) -> None:
    """Before anything is started, and not when time is up."""
    with (
        pytest.raises(UsageError, match=message),
        procrun.testing.app(example.root, processes, ready=ready),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"env": {"A B": "1"}}, "'A B' is no variable"),
        ({"env": {1: "1"}}, "1 is no variable"),
        ({"env": {"": "1"}}, "'' is no variable"),
        ({"env": {"A": "\0"}}, "the value of A can't be given"),
        ({"env": {"A": "\ud800"}}, "the value of A can't be given"),
        ({"env_file": "a\0b"}, "env_file can't be 'a"),
        ({"procfile": "a\0b"}, "procfile can't be 'a"),
        ({"timeout": 0}, "timeout can't be 0"),
        ({"timeout": float("inf")}, "timeout can't be inf"),
        ({"timeout": float("nan")}, "timeout can't be nan"),
        ({"timeout": "x"}, "timeout can't be 'x'"),
        ({"root": "nonesuch"}, "there is no folder /.*/nonesuch"),
    ],
    ids=ascii,
)
def test_what_can_not_be_meant_is_refused(
    example: Example, given: dict[str, object], message: str
) -> None:
    """In the words of who wrote it, before anything is started."""
    arguments: dict[str, object] = {"root": example.root, **given}
    anything: Callable[..., AbstractContextManager[RunningApp]] = procrun.testing.app
    with pytest.raises(UsageError, match=message), anything(**arguments):
        pass


def test_files_that_are_not_there_are_told_with_their_whole_path(example: Example) -> None:
    """And with who says where they are."""
    with (
        pytest.raises(ConfigError) as caught,
        procrun.testing.app(example.root, env_file=".env.ci", procfile="Other"),
    ):
        pass

    procfile, env_file = caught.value.problems
    assert str(procfile) == f"{example.root}/Other: no such Procfile"
    assert "procrun_root" in procfile.hint
    assert str(env_file) == f"{example.root}/.env.ci: no such env file"
    assert "procrun_env_file" in env_file.hint


def test_variables_to_pass_on_may_stand_in_a_text(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Divided by blanks, as in the settings."""
    monkeypatch.setenv("ONE", "1")
    monkeypatch.setenv("OTHER", "2")
    names = "ONE OTH*"
    with procrun.testing.app(example.root, "worker", pass_env=names) as app:
        assert (app.env["ONE"], app.env["OTHER"]) == ("1", "2")


def test_app_json_says_what_runs_in_tests(example: Example) -> None:
    """And gives it variables, as on Heroku CI."""
    example.write(
        "app.json",
        """{"env": {"A": "base", "B": "base", "KEY": {"generator": "secret"}},
        "environments": {"test": {"env": {"B": "test"}, "formation": {"worker": {"quantity": 2}}}}}
        """,
    )
    with procrun.testing.app(example.root) as app:
        assert [dyno.name for dyno in app.processes] == ["worker.1", "worker.2"]
        assert (app.env["A"], app.env["B"], len(app.env["KEY"])) == ("base", "test", 64)
        assert app.run("echo $B $KEY").stdout == f"test {app.env['KEY']}\n"
