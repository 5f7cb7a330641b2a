"""An app that runs on a laptop and would not on Heroku, from `check --heroku` to its first dyno."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_check import check, git, write
from tests.supervision.processes import FREE_PORTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter

PROCFILE = "web: python app.py\nworker: ./work >> log/work.log\n"
ENV_FILE = "CACHE_URL=redis://:secret@localhost\nAPI_KEY=1\n"
OF_PROCFILE = "Procfile:2: worker: writes a log to 'log/work.log'"
OF_CONFIG = ".env:1: CACHE_URL leads to this machine"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Make an app in a repository that lacks two of its files."""
    write(tmp_path / "app.py", "import os\nos.environ['API_KEY'], os.environ['MAIL_KEY']\n")
    write(tmp_path / "work", "#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "work").chmod(0o755)
    write(tmp_path / "requirements.txt", "flask\n")
    write(tmp_path / ".gitignore", "work\n.env\n")
    write(tmp_path / "Procfile", PROCFILE)
    write(tmp_path / ".env", ENV_FILE)
    (tmp_path / "log").mkdir()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Procfile", "requirements.txt")
    return tmp_path


@pytest.mark.needs("git", "python")
@pytest.mark.usefixtures("app")
def test_check_tells_what_can_be_known(procrun: Starter) -> None:
    """Without `--heroku` nothing of it; warnings are no errors, and no secret is shown."""
    variables = {"MAIL_KEY": "hunter2"}
    assert check(procrun, env=variables)[2] == []

    status, output, problems = check(procrun, "--heroku", env=variables)

    assert status == 0
    assert output == "Procfile: web, worker; .env: 2 variables; 4 warnings\n"
    assert problems == [
        f"warning: {OF_PROCFILE}",
        f"warning: {OF_CONFIG}",
        "warning: git does not have app.py, work (ignored), so a dyno has not, either",
        ("warning: the app mentions MAIL_KEY, and only your shell has it: no process gets it"),
    ]


@pytest.mark.needs("git", "python")
@pytest.mark.usefixtures("app")
def test_check_tells_programs_the_same(procrun: Starter) -> None:
    """By the setting as well; all of them are warnings."""
    status, output = procrun("check", "--json", env={"PROCRUN_HEROKU": "1"}).finish()

    found = json.loads(output)
    assert status == 0
    assert [problem["where"] for problem in found] == ["Procfile:2", ".env:1", ""]
    assert {problem["severity"] for problem in found} == {"warning"}


@pytest.mark.needs("git", "python")
def test_what_git_has_is_no_news(procrun: Starter, app: Path) -> None:
    """Nor is what was changed since; an app in no repository is not pushed with git."""
    git(app, "add", "-f", "app.py", "work")
    write(app / "app.py", "")

    lacks = [line for line in check(procrun, "--heroku")[2] if "git" in line]

    assert lacks == []


def test_a_start_says_so_before_the_first_process(procrun: Starter) -> None:
    """Each in one line with its remedy, as part of the log; nothing without `heroku`."""
    settings = {**FREE_PORTS, "PROCRUN_HEROKU": "1", "PROCRUN_RELEASE": "0"}
    procfile = "worker: echo done > /dev/null > x.log\n"

    running = procrun("start", "--no-timestamp", env=settings, procfile=procfile, env_file=ENV_FILE)
    running.wait_for("State changed from up to crashed")
    running.signal(signal.SIGINT)
    _, output = running.finish()
    _, plain = procrun("start", env=FREE_PORTS).finish()

    said = [line.partition("| ")[2] for line in output.splitlines()]
    assert said[0].startswith("warning: Procfile:1: worker: writes a log to 'x.log'. Heroku's log")
    assert said[1].startswith(f"warning: {OF_CONFIG}. ")
    assert said[2].startswith("worker.1: Starting process with command")
    assert "secret" not in output
    assert not re.search("warning", plain)
