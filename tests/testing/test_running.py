"""An app that runs for tests: what they can see of it, and do with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

import procrun.testing
from procrun.errors import ProcrunError
from procrun.testing import AppFailed
from tests import leaks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testing.apps import Example


def read(url: str) -> str:
    """What a page says."""
    with urlopen(url, timeout=10) as response:
        return str(response.read().decode())


def test_an_app_answers_while_it_is_entered_and_not_after(example: Example) -> None:
    """On a free port of 127.0.0.1; only web runs where nothing is said."""
    with procrun.testing.app(example.root) as app:
        assert read(f"{app.url}/PS") == "web.1"
        assert app.url == f"http://127.0.0.1:{app.port('web')}"
        assert [dyno.name for dyno in app.processes] == ["web.1"]
    with pytest.raises(URLError):
        urlopen(app.url, timeout=1)


def test_nothing_is_left_in_the_root_and_in_the_temporary_folder(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lock, socket and log are elsewhere, and that is removed."""
    import tempfile

    (elsewhere := tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    with procrun.testing.app(example.root) as app:
        assert app.folder.startswith(str(elsewhere))

    assert list(elsewhere.iterdir()) == []
    assert not (example.root / ".procrun").exists()


def test_two_apps_of_one_root_run_beside_each_other(example: Example) -> None:
    """They never meet."""
    with procrun.testing.app(example.root) as one, procrun.testing.app(example.root) as other:
        assert one.url != other.url
        assert read(f"{one.url}/PS") == read(f"{other.url}/PS") == "web.1"


def test_any_answer_on_the_root_will_do(example: Example) -> None:
    """The example's is 404."""
    with procrun.testing.app(example.root, ready="http:/") as app, pytest.raises(HTTPError):
        read(app.url)


def test_env_test_is_read_and_env_is_not(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what the developer exported, and what the test says beats it all."""
    monkeypatch.setenv("EXPORTED", "by the developer")
    monkeypatch.setenv("PASSED", "on")
    example.write(".env", "ONLY_ENV=1\nA=development\n")
    example.write(".env.test", "A=test\nB=test\n")
    with procrun.testing.app(example.root, env={"B": "own"}, pass_env=["PASS*"]) as app:
        names = ("ONLY_ENV", "EXPORTED", "A", "B", "PASSED")
        assert [read(f"{app.url}/{name}") for name in names] == ["", "", "test", "own", "on"]
        assert app.env["A"] == "test"
        assert "ONLY_ENV" not in app.env


def test_the_log_can_be_asked_for_by_process_and_time(example: Example) -> None:
    """It has what was written by now."""
    with procrun.testing.app(example.root, "web worker=2") as app:
        app.wait_for_log("worker begins", process="worker.2")
        read(f"{app.url}/one")
        between = app.logs("web")[-1].when
        read(f"{app.url}/two")

        assert "asked for /two" in app.logs("web", since=between)
        assert "worker begins" not in app.logs("web")
        assert list(app.logs("worker.1")) == ["worker begins"]
        assert "web.1 is up" in app.logs(source="heroku")
        assert "asked for /one" in str(app.logs())
    assert "asked for /two" in app.logs("web")
    assert "worker.1 stopped" in app.logs(source=None)


def test_a_name_that_means_nothing_is_told(example: Example) -> None:
    """Where else an empty log would look as if nothing had been written."""
    with procrun.testing.app(example.root, "web worker=2") as app:
        app.wait_for_log("worker begins", process="worker.2")
        app.scale(worker=0)
        assert "worker begins" in app.logs("worker.2")
        assert app.wait_for_log("worker begins", process="worker.2")
        assert app.logs("worker", since=app.logs()[-1].when + 1) == ()
        with pytest.raises(AppFailed, match=r"none can come: no worker runs"):
            app.wait_for_log("nothing", 60, process="worker")
        with pytest.raises(ProcrunError, match=r"nothing is called .wbe") as caught:
            app.logs("wbe")
        assert "web" in caught.value.hint
        with pytest.raises(ProcrunError, match=r"nothing is called .wbe"):
            app.wait_for_log("nothing", process="wbe")
    with pytest.raises(ProcrunError, match=r"nothing is called .wbe"):
        app.logs("wbe")


def test_a_line_is_waited_for_until_none_can_come(example: Example) -> None:
    """At once where the process has ended, or at the latest when time is up."""
    with procrun.testing.app(example.root, "web worker") as app:
        assert app.wait_for_log(r"worker be.ins").dyno == "worker.1"
        with pytest.raises(AppFailed, match=r"no line matches 'nothing' within 0\.05 s"):
            app.wait_for_log("nothing", 0.05)
        app.kill("worker", "KILL")
        with pytest.raises(AppFailed, match=r"none can come: worker\.1 killed by SIGKILL"):
            app.wait_for_log("nothing", 60, process="worker")


def test_a_line_that_is_found_was_written(example: Example) -> None:
    """Be the app so fast that some of its log is lost in the middle of a line."""
    example.write("worker.py", "while True: print('<' + 'x' * 300_000 + '>', flush=True)\n")
    with (
        procrun.testing.app(example.root, "worker") as app,
        pytest.raises(AppFailed, match=r"within 0\.5 s"),
    ):
        app.wait_for_log("x<", 0.5)


def test_a_one_off_has_the_environment_and_its_status_comes_back(example: Example) -> None:
    """A text goes to the shell, several words are passed on as they are."""
    example.write(".env.test", "A=test\n")
    example.write("shows.py", "import os, sys\nprint(sys.argv[1:], os.environ['A'])\n")
    example.procfile(web="web.py", shows="shows.py")
    with procrun.testing.app(example.root) as app:
        done = app.run("echo $A; echo wrong >&2; exit 3")
        assert (done.returncode, done.stdout, done.stderr) == (3, "test\n", "wrong\n")
        assert app.run(["echo", "$A"]).stdout == "$A\n"
        assert app.run(["shows", "a b"]).stdout == "['a b'] test\n"
        assert app.run("echo $A", env={"A": "other"}).stdout == "other\n"
        assert app.run("kill -TERM $$").returncode == 143
        assert app.run("cat").stdout == ""
        with pytest.raises(AppFailed, match="'sleep 60' did not end within"):
            app.run("sleep 60", timeout=0.1)


def test_it_can_be_restarted_and_scaled(example: Example) -> None:
    """Each returns when it is so, and the port stays."""
    with procrun.testing.app(example.root) as app:
        pid, port = app.processes[0].pid, app.port("web.1")
        app.restart("web")
        assert app.processes[0].pid != pid
        assert app.port("web.1") == port
        assert read(f"{app.url}/PS") == "web.1"
        app.scale("worker=1", web=2)
        assert [dyno.name for dyno in app.processes] == ["web.1", "web.2", "worker.1"]
        assert read(f"http://127.0.0.1:{app.port('web.2')}/PS") == "web.2"


def test_without_a_web_process_there_is_no_url(example: Example) -> None:
    """The message says what there is; the traceback ends in the test."""
    with (
        procrun.testing.app(example.root, "worker") as app,
        pytest.raises(AppFailed, match="no web process: it runs worker") as caught,
    ):
        assert app.url
    assert caught.value.hint
    assert str(caught.traceback.filter(caught)[-1].path) == __file__


@pytest.mark.parametrize("name", ["USR1", "SIGUSR1", signal.SIGUSR1, "10"])
def test_signals_have_names_and_numbers(example: Example, name: str | int) -> None:
    """They go to the first process of the dyno."""
    told = "import signal\nprint('begins', flush=True)\nprint(signal.sigwait({10}), flush=True)\n"
    example.write("worker.py", f"import signal\nsignal.pthread_sigmask(0, {{10}})\n{told}")
    with procrun.testing.app(example.root, "worker") as app:
        app.wait_for_log("begins")
        app.kill("worker.1", name)
        assert app.wait_for_log("10|SIGUSR1")


def test_the_end_is_reported(example: Example) -> None:
    """With the status of each dyno; asked twice it is the same report."""
    with procrun.testing.app(example.root, "web worker") as app:
        app.wait_for_log("worker begins")
    report = app.stop()

    assert report.exit_statuses == {"web.1": 143, "worker.1": 143}
    assert report.graceful
    assert (report.forced, report.survivors) == ((), ())
    assert app.stop() is report


def test_what_ignores_sigterm_is_killed_and_reported(example: Example) -> None:
    """After the grace that the settings give it."""
    example.write("procrun.toml", "timeout = 0.2\n")
    example.write("worker.py", "import signal\nsignal.signal(15, signal.SIG_IGN)\n" + "x" * 0)
    with (example.root / "worker.py").open("a", encoding="utf-8") as file:
        file.write("print('begins', flush=True)\nwhile True: signal.pause()\n")
    with procrun.testing.app(example.root, "worker") as app:
        app.wait_for_log("begins")
    report = app.stop()

    assert report.forced == ("worker.1",)
    assert not report.graceful
    assert report.exit_statuses == {"worker.1": 137}


def test_it_shows_what_state_it_is_in(example: Example) -> None:
    """In a failing assertion."""
    with procrun.testing.app(example.root, "web worker") as app:
        app.kill("worker", 9)
        assert f"at {app.url}: web.1 up (pid" in repr(app)
    assert "stopped: StopReport(" in repr(app)


def test_a_fork_of_the_owner_does_not_end_it(example: Example) -> None:
    """And does not keep it either: it has no lifeline."""
    with procrun.testing.app(example.root) as app:
        pid = os.fork()
        if pid == 0:
            report = app.stop()
            os._exit(report.is_known or report.graceful)
        assert os.waitpid(pid, 0)[1] == 0
        assert read(f"{app.url}/PS") == "web.1"


def test_what_is_wrong_with_the_files_is_told_as_ever(example: Example) -> None:
    """With the place and the remedy, and nothing is started."""
    example.write("Procfile", "web python app.py\n")
    example.write(".env.test", "no variable\n")
    with pytest.raises(ProcrunError) as caught, procrun.testing.app(example.root):
        pass

    assert "Procfile:1: 'web python app.py' is not a process type" in str(caught.value)
    assert ".env.test:1: " in str(caught.value)


@pytest.mark.parametrize("name", [".env.other", ".env.test"])
def test_an_env_file_that_is_named_must_be_there(example: Example, name: str) -> None:
    """Else a suite would run with other variables than it says."""
    with (
        pytest.raises(ProcrunError, match=rf"{re.escape(name)}: no such env file"),
        procrun.testing.app(example.root, env_file=name),
    ):
        pass


@pytest.mark.parametrize(("given", "value"), [(None, "test"), ([], ""), ([".env.ci"], "ci")])
def test_env_test_is_read_where_none_is_named(
    example: Example, given: list[str] | None, value: str
) -> None:
    """An empty list names none, and none is read."""
    example.write(".env.test", "A=test\n")
    example.write(".env.ci", "A=ci\n")
    with procrun.testing.app(example.root, "worker", given) as app:
        assert app.env.get("A", "") == value


def test_an_app_that_is_kept_goes_on_without_its_owner(example: Example) -> None:
    """Until somebody stops it, which removes its folder."""
    program = f"""
from procrun.testing import Setup, start
app = start(Setup({str(example.root)!r}))
print(app.folder)
app.keep()
assert not app.is_stopped
assert not app.stop().is_known
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    folder = done.stdout.strip()

    for verb, words in (("ps", "web.1"), ("stop", "")):
        command = [sys.executable, "-m", "procrun", "-d", folder, verb]
        assert words in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not os.path.exists(folder)


def test_procrun_stop_does_not_wait_for_the_owner_of_an_app(example: Example) -> None:
    """Only until all of its dynos have ended."""
    with procrun.testing.app(example.root) as app:
        pid = app.processes[0].pid
        command = [sys.executable, "-m", "procrun", "-d", app.folder, "stop"]
        subprocess.run(command, check=True, timeout=60)

        assert pid is not None
        assert leaks.exits(pid, 0)


def test_what_crashed_elsewhere_is_no_matter_of_a_restart(example: Example) -> None:
    """Nor of a change of how many there are."""
    with procrun.testing.app(example.root, "web worker") as app:
        app.kill("worker", "KILL")
        with pytest.raises(AppFailed):
            app.wait_for_log("nothing", 60, process="worker")
        app.restart("web")
        app.scale(web=2)
        assert [dyno.state for dyno in app.processes] == ["up", "up", "crashed"]
