"""`procrun info`, `open`, and the commands of Heroku's pages, on an app and without one."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.cli.main import main
from procrun.config.ledger import Ledger
from procrun.core.release import FAILED
from tests.supervision.processes import FREE_PORTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Running, Starter

PROCFILE = "web: exec sleep 60\nworker: exec sleep 60\nrelease: true\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an app that does not run."""
    (tmp_path / "Procfile").write_text(PROCFILE, encoding="utf-8")
    (tmp_path / ".env").write_text("KEY=secret\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def app(procrun: Starter) -> Running:
    """Start an app of three processes, which are up when they are launched."""
    procrun.variables.update({**FREE_PORTS, "PROCRUN_READY": "launched"})
    words = ("-c", "worker=2", "--dyno-size", "basic")
    running = procrun("start", *words, procfile=PROCFILE, env_file="KEY=secret\n")
    running.wait_for("worker.2 started")
    return running


def said(procrun: Starter, typed: str) -> tuple[int, str]:
    """The status and the output of a command."""
    return procrun(*typed.split()).finish()


@pytest.mark.usefixtures("folder")
class TestAtRest:
    """While no app runs."""

    def test_info_tells_what_the_files_say(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Secrets are masked in every form."""
        (folder / ".python-version").write_text("3.13\n", encoding="utf-8")
        assert main(["info"]) == 0
        output = capsys.readouterr().out
        main(["info", "-s"])
        main(["apps:info", "-j"])
        more = capsys.readouterr().out

        assert output.startswith(
            f"=== ⬢ {folder.name}\n\nDynos:       none: the app does not run\n"
        )
        assert "\nPython:      3.13\n" in output
        assert output.endswith("Config Vars\n\nKEY: ********\n")
        assert "config_vars=KEY\n" in more
        assert "secret" not in output + more

    def test_info_tells_the_current_release(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Not one whose release command has failed; that is told beside it."""
        assert main(["config", "set", "A=1"]) == 0
        with Ledger(str(folder)) as ledger:
            (good,) = ledger.releases(1)
            ledger.write(good.replace(version=3, status=FAILED))
        capsys.readouterr()
        main(["info"])

        assert re.search(r"^Release: +v2 \(v3 failed\)$", capsys.readouterr().out, re.MULTILINE)

    def test_broken_env_files_are_told(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As by every command that reads them."""
        (folder / ".env").write_text("KEY\n", encoding="utf-8")

        assert main(["info"]) == 78
        assert "procrun: .env:1: " in capsys.readouterr().err

    @pytest.mark.parametrize("typed", ["open", "open /a", "ps:scale", "ps:restart -d web.1"])
    def test_what_is_of_a_running_app_says_that_none_runs(
        self, typed: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With a word on how to start one."""
        assert main(typed.split()) == 1
        assert "no app is running here\n  `procrun start` starts it" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("typed", "status", "told"),
        [
            ("ps:stop", 2, "ps:stop needs a name"),
            ("dyno:kill", 2, "dyno:kill needs a name"),
            ("stop -d ./shop", 2, "--root ./shop names the app's folder"),
            ("restart -d .", 2, "no process is called '.'"),
            ("ps:type web=basic", 2, "the size of dyno limits nothing here"),
            ("ps:type wrb", 2, "Did you mean web? It has web, worker."),
            ("run -e A=1;B=2 true", 78, "-E KEY=VALUE sets a variable"),
            ("pg:info", 2, "there is no command pg:info"),
        ],
    )
    def test_what_is_meant_otherwise_is_refused_with_a_word(
        self, typed: str, status: int, told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Rather than be done to more than was meant."""
        assert main(typed.split()) == status
        assert told in capsys.readouterr().err

    def test_sizes_are_those_of_the_settings(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`release` is no service."""
        text = '[types.web]\ndyno_size = "standard-2x"\n'
        (folder / "procrun.toml").write_text(text, encoding="utf-8")

        assert main(["ps:resize"]) == 0
        assert capsys.readouterr().out == "TYPE    SIZE\nweb     Standard-2X\nworker  Eco\n"


def test_an_app_is_worked_on_in_herokus_words(procrun: Starter, app: Running) -> None:
    """With the options of Heroku's pages."""
    assert said(procrun, "ps:scale") == (0, "web=1:Basic worker=2:Basic\n")
    status, output = said(procrun, "ps:scale worker-1:Standard-2X web+1")
    assert status == 0
    assert "the size of dyno limits nothing here" in output
    assert said(procrun, "scale") == (0, "web=2:Basic worker=1:Basic\n")
    assert said(procrun, "ps:type web") == (0, "TYPE  SIZE\nweb   Basic\n")
    assert said(procrun, "ps:wait -t web -R") == (0, "all of them are ready\n")
    assert said(procrun, "ps:stop -d web.2 --ps worker")[0] == 0
    app.wait_for("web.2 stopped")
    app.wait_for("worker.1 stopped", times=1)
    app.signal(0)  # it goes on
    _, table = said(procrun, "ps web")
    assert [line.split()[0] for line in table.splitlines()] == ["NAME", "web.1", "web.2"]
    assert said(procrun, "ps nothing")[0] == 1
    assert said(procrun, "logs -n 1 --ps web.2")[1].endswith("heroku[web.2]: web.2 stopped\n")
    assert said(procrun, "logs --dyno-name router") == (0, "")
    fields = json.loads(said(procrun, "info --json")[1])
    assert fields["dynos"] == {"web": 2, "worker": 1}
    assert (fields["pid"], fields["maintenance"], fields["heroku"]) == (app.pid, False, False)
    assert re.fullmatch(r"http://localhost:\d+", fields["web_urls"][0])
    assert said(procrun, "stop")[0] == 0
    assert said(procrun, "logs -n 1 -d api") == (0, "")
    app.finish()


@pytest.mark.skipif(sys.platform == "darwin", reason="it has a browser always")
@pytest.mark.usefixtures("app")
def test_open_opens_the_first_url(procrun: Starter) -> None:
    """In $BROWSER; where there is no display either, the URL is there at least."""
    _, output = said(procrun, "info -s")
    url = re.search(r"http://localhost:\d+", output)
    assert url
    page = f"{url[0]}/a%20b?c=1"
    bare = dict.fromkeys(("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"), "")

    alone = procrun("open", "/a b?c=1", env=bare).finish()
    opened = procrun("open", "a b?c=1", env={**bare, "BROWSER": "echo opened %s"}).finish()

    assert alone[0] == opened[0] == 0
    assert alone[1].startswith(f"{page}\nprocrun: no browser was opened: there is no display")
    assert opened[1] == f"{page}\nopened {page}\n"
    assert said(procrun, "scale web=0")[0] == 0
    status, output = said(procrun, "open")
    assert (status, output.partition("\n")[0]) == (
        1,
        "procrun: the app has no web process that could be opened",
    )
    assert said(procrun, "stop")[0] == 0
