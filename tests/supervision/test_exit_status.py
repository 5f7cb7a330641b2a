"""The exit status of `start`, and the last line, which names the culprit."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Running, Starter

STAY = "exec sleep 60"
FULL = "procrun: standard output cannot be written: No space left on device\n"


def last_line(output: str) -> str:
    """The last line without its time."""
    return output.splitlines()[-1].partition(" ")[2]


@pytest.mark.parametrize(
    ("ends", "status", "how"),
    [
        pytest.param("true", 0, "exited with status 0", id="success"),
        pytest.param("exit 3", 3, "exited with status 3", id="failure"),
        pytest.param("exit 255", 255, "exited with status 255", id="the highest status"),
        pytest.param("./no-such-program", 127, "exited with status 127", id="a missing command"),
        pytest.param("./Procfile", 126, "exited with status 126", id="not executable"),
        pytest.param("kill -KILL $$", 137, "killed by SIGKILL", id="SIGKILL"),
        pytest.param("kill -TERM $$", 143, "killed by SIGTERM", id="SIGTERM"),
        pytest.param("ulimit -c 0; kill -SEGV $$", 139, "killed by SIGSEGV", id="SIGSEGV"),
        pytest.param(
            "ulimit -c 0; kill -40 $$", 168, "killed by signal 40", id="a nameless signal"
        ),
    ],
)
def test_the_first_to_end_gives_the_status(
    procrun: Starter, ends: str, status: int, how: str
) -> None:
    """As an exit code, and in words in the last line, with the time that it ran."""
    running = procrun("start", procfile=f"stays: {STAY}\nends: {ends}\n")

    code, output = running.finish()

    assert code == status
    time = r"(\d+ ms|\d\.\d s)"
    assert re.fullmatch(
        rf"procrun +\| stopped because ends.1 {how} after {time}", last_line(output)
    )
    assert re.search(rf"ends.1 {how} after {time}\n(.*\n)*.*stays.1 stopped\n", output)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, 137), (signal.SIGTERM, 143)])
def test_somebody_kills_a_process(procrun: Starter, number: signal.Signals, status: int) -> None:
    """That counts as its own end."""
    running = procrun("start", procfile=f"web: echo here; {STAY}\nworker: {STAY}\n")
    running.wait_for("| here")
    os.kill(processes.leader(running, "web.1"), number)

    code, output = running.finish()

    assert code == status
    assert f"stopped because web.1 killed by {number.name} after" in last_line(output)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
@pytest.mark.parametrize("to", ["the visible process", "the inner process"])
def test_a_signal_gives_the_status(
    procrun: Starter, number: signal.Signals, status: int, to: str
) -> None:
    """128 and its number, whichever of the two processes gets it."""
    running = procrun("start", procfile=f"web: echo here; {STAY}\n")
    running.wait_for("| here")
    os.kill(processes.inner(running) if to == "the inner process" else running.pid, number)

    code, output = running.finish()

    assert code == status
    assert last_line(output) == f"procrun | stopped by {number.name}"
    assert "web.1 stopped\n" in output


@pytest.mark.parametrize(
    ("ends", "statuses", "status"),
    [
        pytest.param(["web"], {"web": 0, "worker": 0}, 0, id="the one that must not die ends"),
        pytest.param(["worker", "web"], {"web": 5, "worker": 4}, 5, id="it gives the status"),
        pytest.param(["worker", "web"], {"web": 0, "worker": 4}, 0, id="even if it is 0"),
    ],
)
def test_what_can_die_does_not_give_the_status(
    procrun: Starter, tmp_path: Path, ends: list[str], statuses: dict[str, int], status: int
) -> None:
    """As long as something runs that can't."""
    running = start_with_gates(procrun, tmp_path, statuses, "--can-die", "worker")
    for name in ends:
        end(running, tmp_path, name, statuses[name])

    code, output = running.finish()

    assert code == status
    assert f"stopped because web.1 exited with status {status} after" in last_line(output)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        pytest.param({"a": 0, "b": 0, "c": 0}, 0, id="all succeed"),
        pytest.param({"a": 0, "b": 4, "c": 5}, 4, id="the first that does not"),
        pytest.param({"a": 6, "b": 0, "c": 0}, 6, id="whatever comes after"),
    ],
)
def test_when_all_can_die_the_first_failure_gives_the_status(
    procrun: Starter, tmp_path: Path, statuses: dict[str, int], status: int
) -> None:
    """And the app ends with the last of them."""
    running = start_with_gates(procrun, tmp_path, statuses, "--can-die", "all")
    for name, code in statuses.items():
        end(running, tmp_path, name, code)

    assert running.finish()[0] == status


def test_ctrl_c_gives_the_status_when_something_had_died_before(
    procrun: Starter, tmp_path: Path
) -> None:
    """It is what ended the app."""
    statuses = {"web": 0, "worker": 4}
    running = start_with_gates(procrun, tmp_path, statuses, "--can-die", "worker")
    end(running, tmp_path, "worker", 4)
    running.signal(signal.SIGINT)

    assert running.finish()[0] == 130


def start_with_gates(
    procrun: Starter, folder: Path, statuses: dict[str, int], *options: str
) -> Running:
    """Start processes that end with these statuses, each when `end` says so."""
    for name in statuses:
        os.mkfifo(folder / f"gate-{name}")
    lines = [f"{name}: read < gate-{name}; exit {code}" for name, code in statuses.items()]
    return procrun("start", *options, procfile="\n".join(lines))


def end(running: Running, folder: Path, name: str, code: int) -> None:
    """Let a process end, and wait until the log says that it has."""
    (folder / f"gate-{name}").write_text("\n")
    running.wait_for(f"{name}.1 exited with status {code}")


@pytest.mark.parametrize(
    ("arguments", "files", "status", "complaint"),
    [
        pytest.param(["--no-such"], {}, 2, "--no-such", id="an unknown option"),
        pytest.param(["-t", "soon"], {}, 2, "soon", id="a value that is no number"),
        pytest.param(["-c", "web=x"], {}, 2, "x", id="a quantity that is no number"),
        pytest.param([], {"Procfile": "web\n"}, 78, "Procfile:1: ", id="a bad Procfile"),
        pytest.param(["-f", "other"], {}, 78, "other: no such", id="no Procfile"),
        pytest.param(["wbe"], {}, 78, "web", id="an unknown type"),
        pytest.param(["-c", "wbe=2"], {}, 78, "web", id="an unknown type in the formation"),
        pytest.param([], {".env": "A=1\nB\n"}, 78, ".env:2: ", id="a bad env file"),
        pytest.param(["-e", "other"], {}, 78, "other: no such", id="no env file"),
        pytest.param([], {"procrun.toml": "prot = 1\n"}, 78, "port", id="an unknown setting"),
        pytest.param(["-p", "65600"], {}, 2, "65600", id="no such port"),
    ],
)
def test_nothing_starts_when_something_is_wrong(
    procrun: Starter,
    tmp_path: Path,
    arguments: list[str],
    files: dict[str, str],
    status: int,
    complaint: str,
) -> None:
    """Usage is 2, files and names are 78; the complaint goes to standard error."""
    (tmp_path / "Procfile").write_text("web: touch started\n")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    running = procrun("start", *arguments, apart=True)

    assert running.finish() == (status, "")
    assert running.errors.startswith("procrun: ")
    assert complaint in running.errors
    assert not (tmp_path / "started").exists()


def test_a_taken_port_is_told_with_its_holder(procrun: Starter, tmp_path: Path) -> None:
    """Nothing starts; who holds it is named."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        arguments = ("start", "-p", str(port))
        running = procrun(*arguments, procfile="web: touch started\n", apart=True)

        assert running.finish() == (1, "")

    assert re.search(rf"port {port} of web.1 is taken by \S+ \(pid {os.getpid()}\)", running.errors)
    assert not (tmp_path / "started").exists()


def test_a_command_that_the_system_cannot_start_gives_126(procrun: Starter) -> None:
    """The environment is too large; the process is named."""
    running = procrun("start", procfile="web: true\n", env_file=f"LARGE={'x' * 200_000}\n")

    code, output = running.finish()

    assert code == 126
    text = "web.1 could not be started: Argument list too long"
    assert last_line(output) == f"procrun | stopped because {text}"


def test_standard_streams_that_are_closed_change_nothing(procrun: Starter, tmp_path: Path) -> None:
    """As some cron or init systems start their jobs."""
    procrun.command = ("sh", "-c", '"$@" <&- >&- 2>&-', "sh", *procrun.command)
    procfile = "web: echo $$ written > out; echo >&2; exit 3\n"

    assert procrun("start", procfile=procfile).finish() == (3, "")
    assert "written" in (tmp_path / "out").read_text()


@processes.LINUX_ONLY
@pytest.mark.parametrize(("errors", "told"), [("", True), ("2>&1", False)], ids=["apart", "same"])
def test_a_full_disk_stops_the_app(procrun: Starter, errors: str, *, told: bool) -> None:
    """And standard error says so, if that can still be written."""
    procrun.command = ("sh", "-c", f'"$@" > /dev/full {errors}', "sh", *procrun.command)
    running = procrun("start", procfile=f"web: echo here; {STAY}\n")

    status, output = running.finish()

    assert status == 1
    assert output == (FULL if told else "")


def test_too_few_descriptors_are_no_mistake_of_ours(procrun: Starter) -> None:
    """It is said in words, and how to get more."""
    procrun.command = ("sh", "-c", 'ulimit -n 8; exec "$@"', "sh", *procrun.command)
    status, output = procrun("start", procfile="web: true\n").finish()

    assert status == 1
    assert output == f"procrun: {os.strerror(errno.EMFILE)}\n  `ulimit -n` raises the limit.\n"
