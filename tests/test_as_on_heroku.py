"""What Heroku's documents and its production say of an app, of one that runs here."""

from __future__ import annotations

import collections
import http.client
import json
import os
import re
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.front.crowd import unused_port
from tests.supervision.processes import FREE_PORTS, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.running import Running, Starter

URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_THE_PLATFORM = {"DYNO", "PORT", "HOME", "PWD", "PATH"}
OF_A_SHELL = {"SHLVL", "_", "PS1", "OLDPWD"}
OF_PYTHON = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}  # which sets them itself
LETTERS = "abcdefghij0123456789"


class App:
    """One that runs as on Heroku, and is asked through its router."""

    def __init__(self, procrun: Starter, running: Running) -> None:
        self._procrun = procrun
        self.running = running
        found = URL.search(running.wait_for(URL))
        assert found
        self._connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)

    def get(self, path: str = "/", **headers: str) -> tuple[int, dict[str, dict[str, str]]]:
        """The status, and what the dyno says it was asked and is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers=named)
        answer = self._connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if answer.status == 200 else {}

    def asked(self, *words: str) -> str:
        """What a command prints, which must succeed."""
        command = self._procrun(*words, apart=True)
        status, output = command.finish()
        assert status == 0, (output, command.errors)
        return output

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@pytest.fixture
def start(procrun: Starter, probe: Callable[[str], Path]) -> Iterator[Callable[..., App]]:
    """Start an app of some web dynos and a worker, with the platform 20 times as fast."""
    procrun.variables.update({**FREE_PORTS, "OF_THE_SHELL": "alone"})
    started: list[App] = []

    def start_it(*words: str, env_file: str = "A=config\n") -> App:
        procfile = f"web: {sys.executable} {probe('dyno')}\nworker: exec sleep 600\n"
        options = ("--heroku", "--time-scale", "0.05", "--no-timestamp", *words)
        running = procrun("start", *options, procfile=procfile, env_file=env_file)
        started.append(App(procrun, running))
        return started[-1]

    yield start_it
    for app in started:
        app.close()


def test_a_dyno_gets_config_vars_and_what_the_platform_sets(
    start: Callable[..., App], tmp_path: Path
) -> None:
    """Nothing of the shell; profile scripts see the config vars and have the last word."""
    (tmp_path / ".profile.d").mkdir()
    (tmp_path / ".profile.d" / "a.sh").write_text('export B="${A}-and-more"\n', encoding="utf-8")
    app = start()

    environment = app.get()[1]["environment"]

    found = set(environment) - OF_A_SHELL - OF_PYTHON
    assert found == {*OF_THE_PLATFORM, "NODE_EXTRA_CA_CERTS", "A", "B"}
    assert (environment["DYNO"], environment["A"]) == ("web.1", "config")
    assert environment["B"] == "config-and-more"
    assert environment["HOME"] == environment["PWD"] == str(tmp_path)


def test_the_router_says_who_asks_and_gives_each_request_an_id(start: Callable[..., App]) -> None:
    """What the client says of itself is kept on the left; ids of 20 to 200 plain characters."""
    app = start("web")

    headers = _headers(app, X_Forwarded_For="1.2.3.4", X_Forwarded_Proto="spoof")
    assert headers["X-Forwarded-For"].replace(" ", "") == "1.2.3.4,127.0.0.1"
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "80")
    assert re.fullmatch(r"\d{13}", headers["X-Request-Start"])
    for given in (LETTERS, LETTERS * 10):
        assert _headers(app, X_Request_Id=given)["X-Request-Id"] == given
    for given in (LETTERS[1:], LETTERS * 10 + "a", LETTERS + "_", ""):
        assert UUID.fullmatch(_headers(app, X_Request_Id=given)["X-Request-Id"])


def test_what_goes_wrong_has_its_code(start: Callable[..., App]) -> None:
    """In the answer the status, in the log the code; the app works on meanwhile."""
    app = start()

    assert app.get("/cookie")[0] == 502
    app.running.wait_for('code=H25 desc="HTTP restriction: oversized cookie"')
    assert app.get(Expect="foo")[0] == 417
    app.running.wait_for("code=H26")
    assert app.get("/silent")[0] == 503
    line = app.running.wait_for("code=H12")
    service = re.search(r" service=(\d+)ms ", line)
    assert service
    assert int(service[1]) >= 1500
    app.get("/speak")
    app.running.wait_for("finished all the same")

    app.asked("maintenance", "on")
    assert app.get()[0] == 503
    app.running.wait_for(re.compile(r"at=info code=H80 .*status=503"))
    assert "worker.1  up" in app.asked("ps")
    app.asked("maintenance", "off")
    app.asked("scale", "web=0")
    assert app.get()[0] == 503
    app.running.wait_for('code=H14 desc="No web processes running"')
    app.asked("scale", "web=1")
    assert app.get()[0] == 200


def test_before_the_first_release_there_is_no_app(
    procrun: Starter, probe: Callable[[str], Path], tmp_path: Path
) -> None:
    """Clients hear that while the release command of the first start runs."""
    port = unused_port()
    os.mkfifo(tmp_path / "go")
    web = f"web: {sys.executable} {probe('dyno')}\n"
    release = "release: echo migrating; read line < go\n"
    running = procrun("start", "--heroku", "-p", str(port), procfile=web + release)
    running.wait_for("migrating")
    eventually(lambda: _status(port) == 502, "the router says that there is no app")
    running.wait_for('at=info code=H81 desc="Blank app"')
    (tmp_path / "go").write_text("go\n", encoding="utf-8")
    running.wait_for(URL)
    assert _status(port) == 200


def test_requests_are_spread_over_the_web_dynos(start: Callable[..., App]) -> None:
    """At random, and to each as many."""
    app = start("web=3")
    for number in range(1, 4):
        app.running.wait_for(f"web.{number}: State changed from starting to up")

    seen = collections.Counter(app.get()[1]["environment"]["DYNO"] for _ in range(600))

    assert set(seen) == {"web.1", "web.2", "web.3"}
    assert all(150 <= count <= 250 for count in seen.values())


def test_a_long_line_is_several_records_in_the_log(start: Callable[..., App]) -> None:
    """Of 10,000 bytes; the terminal shows it as it is."""
    app = start("web")
    app.get("/shout")
    app.running.wait_for("x" * 10_001)

    records = re.findall(r" app\[web\.1\]: (x+)$", app.asked("logs"), re.MULTILINE)

    assert list(map(len, records)) == [10_000, 1]


def _status(port: int) -> int | None:
    """That of the answer; None where nobody listens."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status
    except ConnectionRefusedError:
        return None


def _headers(app: App, **headers: str) -> Mapping[str, str]:
    status, seen = app.get(**headers)
    assert status == 200
    return seen["headers"]
