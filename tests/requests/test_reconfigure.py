"""New config vars and the gate before them."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.control.server import Server
from procrun.core.commands import RECONFIGURE, Request, decode_reply, encode_request
from procrun.core.config_vars import ConfigVars
from procrun.core.procfile import parse
from procrun.core.readiness import usual
from procrun.core.release import Change
from procrun.errors import ConfigError, Problem
from procrun.launcher import Launcher
from procrun.loop import Loop
from procrun.reloading.prepared import Current, Prepared
from procrun.requests.operation import Operation
from procrun.requests.reconfigure import Asker, pass_all, reconfigure
from procrun.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from procrun.control.server import Connection
    from procrun.reloading.prepared import Expect
    from procrun.requests.reconfigure import Gate
    from procrun.supervisor import Slot


def launcher_of(values: dict[str, str]) -> Launcher:
    """One with these config vars."""
    procfile = parse("web: true\n", "Procfile")
    return Launcher(Settings(), procfile, ConfigVars(values, {}), 5000, usual, colour=False)


LAUNCHER = launcher_of({})


class Files(Current):
    """An app without dynos, whose env files are as a test wants."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken = False
        self.says = LAUNCHER
        self.launcher = LAUNCHER

    def reads(self, path: str) -> bool:
        """Only one of them."""
        return os.path.realpath(path) == "/app/.env"

    def prepare(self, *, config_only: bool) -> Prepared:
        """Read them."""
        return Prepared(self, config_only=config_only)

    def read(self, *, config_only: bool = False) -> Launcher:
        """What they say."""
        assert config_only
        if self.broken:
            raise ConfigError([Problem(".env:1", "there is no name")])
        return self.says

    def become(self, launcher: Launcher, what: str, expect: Expect) -> tuple[str, list[Slot]]:
        """Be it."""
        assert launcher is self.says
        self.done.append(what)
        expect([])
        return f"{what}: nothing", []


def answer(folder: Path, files: Files, gate: Gate, path: str = "/app/.env") -> list[object]:
    """What comes back over a real socket: texts, decisions and errors."""
    loop = Loop()

    def handle(request: Request, connection: Connection) -> None:
        connection.closed = loop.stop
        reconfigure(request, connection, files, gate, lambda: Operation(connection, loop))

    server = Server(os.fspath(folder / "sock"), loop, handle)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.fspath(folder / "sock"))
        told = (("description", "Set A config vars"), ("by", "ann"))
        options = (("release", 7), *told, ("path", path))
        client.sendall(encode_request(Request(RECONFIGURE, (), options)))
        loop.run()
        server.close()
        loop.close()
        with client.makefile("rb") as lines:
            replies = [decode_reply(line) for line in lines]
    assert [reply.get("last", False) for reply in replies].index(True) == len(replies) - 1
    keys = ("doing", "text", "released", "error")
    return [reply[key] for reply in replies for key in keys if key in reply]


def test_without_a_gate_it_is_done_at_once(tmp_path: Path) -> None:
    """The decision comes first."""
    files = Files()

    assert answer(tmp_path, files, pass_all) == [True, "release v7: nothing"]
    assert files.done == ["release v7"]


@pytest.mark.parametrize("passed", [True, False])
def test_a_gate_may_take_its_time(tmp_path: Path, *, passed: bool) -> None:
    """It says so meanwhile; what it refuses is not done."""
    files = Files()
    seen: list[tuple[Change, Launcher]] = []
    done_before: list[list[str]] = []

    def gate(change: Change, prepared: Prepared, asker: Asker) -> None:
        seen.append((change, prepared.launcher))
        asker.doing("running release.1")
        asker.tell("release.1 ended")
        assert asker.decide(passed, lambda: done_before.append([*files.done])) == passed

    expected = [True, "release v7: nothing"] if passed else [False]
    assert answer(tmp_path, files, gate) == ["running release.1", "release.1 ended", *expected]
    assert seen == [(Change(7, "Set A config vars", "ann"), LAUNCHER)]
    assert files.done == (["release v7"] if passed else [])
    assert done_before == ([[]] if passed else [])


def test_files_with_mistakes_come_to_no_gate(tmp_path: Path) -> None:
    """They are told instead."""
    files = Files()
    files.broken = True

    assert answer(tmp_path, files, pass_all) == [".env:1: there is no name"]


def test_files_that_break_while_the_gate_is_closed_are_told(tmp_path: Path) -> None:
    """Nothing is done then, nor where they have come to say something else."""
    files = Files()
    counted: list[str] = []

    def gate(change: Change, _prepared: Prepared, asker: Asker) -> None:
        files.broken = True
        assert not asker.decide(True, lambda: counted.append(change.name))

    def edit(change: Change, _prepared: Prepared, asker: Asker) -> None:
        files.says = launcher_of({"A": "edited"})
        assert not asker.decide(True, lambda: counted.append(change.name))

    assert answer(tmp_path, files, gate) == [".env:1: there is no name"]
    files.broken = False
    assert answer(tmp_path, files, edit) == ["the env files were edited meanwhile"]
    assert files.done == counted == []


def test_a_file_that_the_app_does_not_read_matters_to_no_gate(tmp_path: Path) -> None:
    """A line says so."""
    files = Files()

    text = "the running app does not read /b: nothing changes for it"
    assert answer(tmp_path, files, pass_all, "/b") == [text, True]
    assert answer(tmp_path, files, pass_all, "\0") == ["'\\x00' is no path"]
    assert files.done == []
