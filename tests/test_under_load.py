"""Commands on an app that is busy: nobody else notices them, and no line is lost by them."""

from __future__ import annotations

import http.client
import re
import shlex
import sys
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.running import Running, Starter

REQUESTS = 500
RATE = 100_000  # lines a second
APP = """def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
"""
FLASK = """from flask import Flask
application = Flask(__name__)

@application.get("/")
def hello():
    return "hello"
"""
SERVERS = {
    "gunicorn": (APP, "-m gunicorn --bind 127.0.0.1:$PORT --workers 2 served:application"),
    "flask": (FLASK, "-m flask --app served run --port $PORT"),
}


def answer(port: int) -> bytes:
    """What a request gets; b"" where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    except OSError:
        return b""
    finally:
        connection.close()


class InTurn:
    """Commands one after the other, beside the test; what each of them came to."""

    def __init__(self, procrun: Starter, commands: Iterable[tuple[str, ...]]) -> None:
        self.results: list[tuple[int, str]] = []
        self._procrun = procrun
        self._commands = commands
        self._thread = Thread(target=self._run)
        self._thread.start()

    @property
    def at_work(self) -> bool:
        """Whether there are more to come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        for words in self._commands:
            self.results.append(self._procrun(*words).finish(30))

    def end(self) -> None:
        """Fail where one of them failed."""
        self._thread.join()
        assert [status for status, _ in self.results] == [0] * len(self.results), self.results


@pytest.mark.parametrize("server", SERVERS)
def test_web_answers_every_request_while_the_worker_restarts(procrun: Starter, server: str) -> None:
    """Again and again, five hundred times and more."""
    text, words = SERVERS[server]
    (procrun.folder / "served.py").write_text(text)
    web = f"web: exec {shlex.quote(sys.executable)} {words} >/dev/null 2>&1\n"
    worker = "worker: trap 'sleep 0.1; exit' TERM; echo ready; while :; do sleep 0.05; done\n"
    app = procrun("start", "-p", "0", "--no-timestamp", procfile=web + worker)
    found = re.search(r"port (\d+)", app.wait_for("web.1 started"))
    assert found is not None
    port = int(found[1])
    processes.eventually(lambda: answer(port) == b"hello", "web answers")
    app.wait_for("| ready")

    restarts = InTurn(procrun, [("restart", "worker")] * 4)
    answers: list[bytes] = []
    while len(answers) < REQUESTS or restarts.at_work:
        answers.append(answer(port))
    restarts.end()

    assert set(answers) == {b"hello"}
    app.wait_for("| ready", times=5)
    assert app.output.count("web.1 started") == 1


def lives(texts: Iterable[str]) -> Iterator[int]:
    """How many lines each process of a dyno wrote; fails where one is lost, doubled or misplaced.

    Each began with the first, ended with its last word, and the next came after it.
    """
    number = 0
    for text in texts:
        if text.startswith("said "):
            assert text == f"said {number}"
            yield number
            number = 0
        else:
            word = text.rpartition(" ")[0]
            assert word in {"line", "last word"}, text
            assert text == f"{word} {number}"
            number += 1
    assert number == 0, "the last words are missing"


def by_dyno(output: str) -> dict[str, list[str]]:
    """What each dyno wrote."""
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        name, bar, text = line.partition("| ")
        assert bar, line
        found.setdefault(name.rstrip(), []).append(text)
    return found


def read_until_it_ends(app: Running, commands: InTurn) -> None:
    """Take what the app writes; with `wait_for` each read would search all of it."""
    while commands.at_work:
        app._read(monotonic() + 0.05)


def test_no_line_is_lost_while_the_app_is_scaled(
    procrun: Starter, probe: Callable[[str], Path]
) -> None:
    """Up and down under a busy log: on standard output and in the files, last words included."""
    paced = f"exec {shlex.quote(sys.executable)} {shlex.quote(str(probe('paced')))}"
    app = procrun(
        "start",
        "-p",
        "0",
        "--no-timestamp",
        "--log-dir",
        "logs",
        procfile=f"web: {paced} 1000\nlog: {paced} {RATE}\n",
        env={"PROCRUN_LOG_SIZE": "1GB", "PROCRUN_READY": "launched"},
    )
    app.wait_for("line 0")
    scaling = InTurn(
        procrun, [*[("scale", f"web={number}") for number in (3, 1, 3, 2, 3, 1)], ("stop",)]
    )
    read_until_it_ends(app, scaling)
    scaling.end()
    status, output = app.finish(30)
    dynos = by_dyno(output)
    said = dynos.pop("procrun")

    assert status == 0
    written = {name: list(lives(texts)) for name, texts in dynos.items()}
    # On a slow machine one of them may be asked to end before its Python listens to that.
    most = {"log.1": 1, "web.1": 1, "web.2": 2, "web.3": 3}
    assert all(1 <= len(counts) <= most[name] for name, counts in written.items()), written
    assert set(written) == set(most)
    assert written["log.1"][0] > 10_000
    assert said.count("web.3 stopped") == 3
    for name, texts in dynos.items():
        assert (procrun.folder / "logs" / f"{name}.log").read_text().splitlines() == texts


def test_a_dynos_last_words_come_before_the_line_that_says_it_has_stopped(
    procrun: Starter, probe: Callable[[str], Path]
) -> None:
    """Also where they are many and others write."""
    paced = f"exec {shlex.quote(sys.executable)} {shlex.quote(str(probe('paced')))}"
    procfile = f"web: {paced} 1000\nlog: {paced} {RATE}\n"
    app = procrun("start", "-p", "0", "--no-timestamp", "-c", "web=2", procfile=procfile)
    app.wait_for(re.compile(r"web\.2 +\| line 0"))
    scaling = InTurn(procrun, [("scale", "web=1"), ("stop",)])
    read_until_it_ends(app, scaling)
    scaling.end()
    lines = app.finish(30)[1].splitlines()
    about = [line.partition("| ")[2] for line in lines if re.search(r"^web\.2 |\| web\.2", line)]

    assert about[-1] == "web.2 stopped"
    assert about[-2].startswith("said ")
