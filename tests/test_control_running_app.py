"""The commands that act on a running app, each tried with the installed command."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import ask
from procrun.core.commands import START, Request
from procrun.system.listeners import free, taken
from tests.running import Starter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, TerminalStarter

STAY = "echo ready; exec sleep 60"
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
TWO = f"web: {STAY}\nworker: {STAY}\n"


@pytest.fixture
def app(procrun: Starter) -> Callable[..., Running]:
    """Start an app and wait until so many of its dynos have said that they are ready.

    They do not listen, so that they count as up when they are launched.
    """

    def start(procfile: str, *options: str, ready: int = 1) -> Running:
        running = procrun(
            *("start", "-p", "0", "--no-timestamp", *options),
            procfile=procfile,
            env={"PROCRUN_READY": "launched"},
        )
        running.wait_for(re.compile(r"\| ready$"), times=ready)
        return running

    return start


def done(procrun: Starter, *arguments: str) -> tuple[int, str]:
    """The status and the output of a command that ends."""
    return procrun(*arguments).finish()


def rows(procrun: Starter) -> dict[str, dict[str, object]]:
    """What `ps --json` prints, by name."""
    status, output = done(procrun, "ps", "--json")
    assert status == 0, output
    return {row["name"]: row for row in json.loads(output)}


def states(procrun: Starter) -> dict[str, object]:
    """Each dyno's state."""
    return {name: row["state"] for name, row in rows(procrun).items()}


def test_ps_is_a_table(procrun: Starter, app: Callable[..., Running]) -> None:
    """With a heading, and a line for each dyno."""
    running = app(TWO, "worker=2", "web", ready=3)
    status, output = done(procrun, "ps")
    heading, web, *workers = output.splitlines()
    pid = processes.leader(running, "web.1")
    row = rf"web\.1 +up +\d+(\.\d)? m?s +{pid} +\d+ +0 +\d+\.\d % +\d+\.\d MB +{re.escape(STAY)}"

    assert status == 0
    words = ["NAME", "STATE", "SINCE", "PID", "PORT", "RESTARTS", "CPU", "MEMORY", "COMMAND"]
    assert heading.split() == words
    assert re.fullmatch(row, web), output
    assert [line.split()[0] for line in workers] == ["worker.1", "worker.2"]


def test_ps_for_programs(procrun: Starter, app: Callable[..., Running]) -> None:
    """One array, with numbers as numbers."""
    before = time.time()
    running = app(f"web: sh -c '{STAY}' & wait\nworker: {STAY}\n", ready=2)
    row = rows(procrun)["web.1"]
    types = {
        "name": str,
        "type": str,
        "state": str,
        "since": float,
        "pid": int,
        "port": int,
        "restarts": int,
        "cpu_percent": float,
        "memory_bytes": int,
        "command": str,
    }

    assert {name: type(row[name]) for name in types} == types
    assert row["pid"] == processes.leader(running, "web.1")
    since, memory = row["since"], row["memory_bytes"]
    assert isinstance(since, float)
    assert before < since < time.time()
    assert isinstance(memory, int)
    assert memory > 1_000_000  # of two processes


def test_ps_says_why_a_dyno_crashed_and_when_it_starts_again(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """In words for people, as numbers for programs."""
    running = app(f"web: {STAY}\nworker: exit 3\n", "--restart", "worker")
    running.wait_for("worker.1 starts again in 2 s")
    row = rows(procrun)["worker.1"]
    _, table = done(procrun, "ps")

    assert (row["state"], row["why"], row["pid"]) == ("crashed", "exited with status 3", None)
    assert (row["exit_status"], row["signal"]) == (3, None)
    assert row["restarts"] == 1
    assert isinstance(row["again_in"], float)
    assert 0 < row["again_in"] <= 2
    assert re.search(
        r"worker\.1 +crashed \(exited with status 3\), starts again in [\d.]+ m?s ", table
    )


def test_ps_says_how_a_dyno_that_can_die_ended(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """And that it does not start again by leaving that out."""
    running = app(f"web: {STAY}\nworker: kill -9 $$\n", "--can-die", "worker")
    running.wait_for("worker.1 killed by SIGKILL")
    _, table = done(procrun, "ps")

    assert re.search(r"worker\.1 +crashed \(killed by SIGKILL\) +\d", table)
    row = rows(procrun)["worker.1"]
    assert (row["again_in"], row["exit_status"], row["signal"]) == (None, None, "SIGKILL")


def test_a_dyno_is_stopped_and_started_by_hand(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """The app goes on without it; it stays down until somebody names it."""
    app(TWO, ready=2)

    assert done(procrun, "stop", "web") == (0, "web.1 stopped\n")
    assert states(procrun) == {"web.1": "down", "worker.1": "up"}
    status, output = done(procrun, "restart")
    assert (status, re.sub(r"\d+\)", "N)", output)) == (0, "worker.1 restarted (pid N)\n")
    (said, last) = ask(str(procrun.folder), Request(START, ("web",)))
    assert re.fullmatch(r"web\.1 started \(pid \d+\)", str(said["text"]))
    assert last == {"last": True}
    (said, last) = ask(str(procrun.folder), Request(START, ("web",)))
    assert said["text"] == "web.1 is up already"
    assert states(procrun) == {"web.1": "up", "worker.1": "up"}


def test_a_dyno_that_is_stopping_is_shown_and_told(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Whoever waits learns for whom."""
    app(f"web: {STAY}\nworker: {STUBBORN}\n", "-t", "2", ready=2)
    stopping = procrun("stop", "*")
    stopping.wait_for("waiting for worker.1")

    assert states(procrun)["worker.1"] == "stopping"
    assert stopping.finish() == (0, "web.1 stopped\nwaiting for worker.1\nworker.1 stopped\n")


def test_restart_gives_dynos_new_processes(procrun: Starter, app: Callable[..., Running]) -> None:
    """Those that are named and no others, on their ports, a line for each."""
    app(TWO, "-c", "web=2", ready=3)
    before = rows(procrun)
    for names, restarted in (
        ((), ["web.1", "web.2", "worker.1"]),
        (("web",), ["web.1", "web.2"]),
        (("web.2", "w*r"), ["web.2", "worker.1"]),
        (("*.1",), ["web.1", "worker.1"]),
    ):
        status, output = done(procrun, "restart", *names)
        after = rows(procrun)

        assert status == 0
        lines = sorted(f"{name} restarted (pid {after[name]['pid']})" for name in restarted)
        assert sorted(output.splitlines()) == lines
        assert [name for name in after if after[name]["pid"] != before[name]["pid"]] == restarted
        assert [row["port"] for row in after.values()] == [row["port"] for row in before.values()]
        for name, row in before.items():
            assert after[name]["restarts"] == int(str(row["restarts"])) + (name in restarted)
        before = after


def test_an_unknown_name_is_an_error(procrun: Starter, app: Callable[..., Running]) -> None:
    """With the closest and all that there are; nothing happens to those that were right."""
    app(TWO, ready=2)
    before = rows(procrun)
    for verb in ("restart", "stop", "kill"):
        status, output = done(procrun, verb, "web", "wroker")
        assert status == 1
        assert output == (
            "procrun: nothing is called 'wroker'\n"
            "  Did you mean worker? There are web.1, worker.1.\n"
        )

    after = rows(procrun)
    assert {name: row["state"] for name, row in after.items()} == {"web.1": "up", "worker.1": "up"}
    assert [row["pid"] for row in after.values()] == [row["pid"] for row in before.values()]


@pytest.mark.parametrize("verb", ["restart", "stop"])
def test_a_type_that_was_scaled_to_none_is_known(
    procrun: Starter, app: Callable[..., Running], verb: str
) -> None:
    """There is just nothing of it to act on; the others are done."""
    app(TWO, ready=2)
    assert done(procrun, "scale", "worker=0")[0] == 0
    status, output = done(procrun, verb, "web", "worker")

    assert status == 0
    assert re.fullmatch(r"web\.1 (restarted \(pid \d+\)|stopped)\n", output)
    assert done(procrun, verb, "worker") == (0, "")


def test_a_restart_that_fails_says_why(procrun: Starter, app: Callable[..., Running]) -> None:
    """The others go on, with their log."""
    os.mkfifo(procrun.folder / "say")
    running = app(
        "web: echo ready; while read word < say; do echo $word; done\n"
        f"worker: test -e broken && exit 3; {STAY}\n",
        "--restart",
        "all",
        ready=2,
    )
    (procrun.folder / "broken").touch()
    status, output = done(procrun, "restart", "worker")
    (procrun.folder / "say").write_text("hello\n")

    assert (status, output) == (1, "worker.1 exited with status 3, starts again in 1 s\n")
    running.wait_for("web.1    | hello")
    assert rows(procrun)["web.1"]["restarts"] == 0


def test_a_restart_that_fails_may_stop_the_app(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """By foreman's rule; the reason is not lost in that."""
    running = app(f"web: {STAY}\nworker: test -e broken && exit 3; {STAY}\n", ready=2)
    (procrun.folder / "broken").touch()
    status, output = done(procrun, "restart", "worker")

    assert (status, output) == (1, "worker.1 exited with status 3, which stops the app\n")
    assert running.finish()[0] == 3


def test_what_can_die_may_end_well_at_once(procrun: Starter, app: Callable[..., Running]) -> None:
    """A restart of it is no failure, unless it says so with its status."""
    running = app(f"web: {STAY}\njob: test ! -e broken\n", "--can-die", "job")
    running.wait_for("job.1 exited with status 0")

    assert done(procrun, "restart", "job") == (0, "job.1 exited with status 0\n")
    (procrun.folder / "broken").touch()
    assert done(procrun, "restart", "job") == (1, "job.1 exited with status 1\n")


def test_an_app_of_mortals_ends_when_all_have_ended_by_themselves(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Also those that were started again by hand in between."""
    once = "echo ready; read _ < {0}; exit"
    for name in ("a", "b"):
        os.mkfifo(procrun.folder / name)
    running = app(
        f"a: {once.format('a')} 3\nb: {once.format('b')} 4\n", "--can-die", "all", ready=2
    )
    (procrun.folder / "a").write_text("\n")
    running.wait_for("a.1 exited with status 3")
    assert done(procrun, "stop", "a") == (0, "a.1 stopped\n")
    assert done(procrun, "restart", "a")[0] == 0
    (procrun.folder / "b").write_text("\n")
    running.wait_for("b.1 exited with status 4")
    assert states(procrun) == {"a.1": "up", "b.1": "crashed"}
    (procrun.folder / "a").write_text("\n")

    assert running.finish()[0] == 3


def test_scale_starts_and_stops_the_highest_numbers(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """A line for each that changes; the others are left alone."""
    app(TWO, ready=2)
    first = rows(procrun)["web.1"]["pid"]
    status, output = done(procrun, "scale", "web=3", "worker+1")
    assert status == 0
    started = [line.partition(" (pid")[0] for line in output.splitlines()]
    assert sorted(started) == ["web.2 started", "web.3 started", "worker.2 started"]
    status, output = done(procrun, "scale", "web-1", "worker=0")
    assert status == 0
    assert sorted(output.splitlines()) == ["web.3 stopped", "worker.1 stopped", "worker.2 stopped"]

    assert list(rows(procrun)) == ["web.1", "web.2"]
    assert rows(procrun)["web.1"]["pid"] == first


def test_the_names_of_the_dynos_are_in_a_file(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """While the app runs, as they are now: completion reads them."""
    running = app(TWO, ready=2)
    file = procrun.folder / ".procrun" / "dynos"
    assert file.read_text() == "web.1\nworker.1\n"
    done(procrun, "scale", "web=2", "worker=0")
    assert file.read_text() == "web.1\nweb.2\n"
    done(procrun, "stop")
    running.finish()

    assert not file.exists()


def test_scale_of_all_is_of_every_type(procrun: Starter, app: Callable[..., Running]) -> None:
    """But for release, which is no service."""
    app(f"release: true\n{TWO}", ready=2)

    assert done(procrun, "scale", "all+1")[0] == 0
    assert sorted(rows(procrun)) == ["web.1", "web.2", "worker.1", "worker.2"]


def test_an_app_without_dynos_goes_on(procrun: Starter, app: Callable[..., Running]) -> None:
    """It can be scaled up again, or stopped."""
    running = app(f"web: {STAY}\n")
    assert done(procrun, "scale", "web=0") == (0, "web.1 stopped\n")
    assert states(procrun) == {}
    assert done(procrun, "scale", "web=1")[0] == 0
    assert states(procrun) == {"web.1": "up"}
    assert done(procrun, "scale", "web=0")[0] == 0
    assert done(procrun, "stop") == (0, "the app has stopped\n")

    assert running.finish()[0] == 0


def test_ports_stay_with_their_numbers(procrun: Starter) -> None:
    """Whoever has gone in between."""
    running = procrun("start", "-p", "23400", "worker=2", procfile=f"a: true\nworker: {STAY}\n")
    running.wait_for("ready", times=2)
    done(procrun, "scale", "worker=1")
    done(procrun, "scale", "worker=3")

    assert [row["port"] for row in rows(procrun).values()] == [23500, 23501, 23502]


def test_a_scale_that_cannot_be_changes_nothing(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Not even the part that could."""
    app(f"{TWO}release: true\n", ready=2)
    for change, status, what in (
        (
            "wbe=2",
            78,
            "Procfile has no process type 'wbe'\n  Did you mean web? It has web, worker.",
        ),
        ("web=101", 78, "web=101 is more than 100 of a type"),
        ("web+100", 78, "web=101 is more than 100 of a type"),
        ("release=1", 78, "release is not a service"),
        ("web", 2, "not a change of the formation: 'web'"),
        ("web=many", 2, "not a change of the formation: 'web=many'"),
    ):
        got, output = done(procrun, "scale", "worker=2", change)
        assert got == status
        assert output.startswith(f"procrun: {what}")

    assert list(rows(procrun)) == ["web.1", "worker.1"]


@pytest.mark.parametrize("words", [("scale", "web=2"), ("start", "web.2")])
def test_a_port_that_somebody_else_has_is_told_before_anything_starts(
    procrun: Starter, words: tuple[str, ...]
) -> None:
    """As at the start of the app."""
    port = 1 + next(first for first in iter(lambda: free(1)[0], 0) if not taken([first + 1]))
    running = procrun(
        *("start", "-p", str(port - 1), "web=2"),
        procfile=f"web: {STAY}\n",
        env={"PROCRUN_READY": "launched"},
    )
    running.wait_for("ready", times=2)
    stop = ("scale", "web=1") if words[0] == "scale" else ("stop", "web.2")
    assert done(procrun, *stop)[0] == 0
    before = states(procrun)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        status, output = done(procrun, *words)

    assert status == 1
    assert output.startswith(f"procrun: port {port} of web.2 is taken by ")
    assert states(procrun) == before


def test_two_who_scale_at_a_time(procrun: Starter, app: Callable[..., Running]) -> None:
    """The last word counts, and whoever it overrides is told."""
    running = app(f"web: {STUBBORN}\n", "web=2", "-t", "2", ready=2)
    first, second = procrun("scale", "web=1"), procrun("scale", "web=1")
    for each in (first, second):
        each.wait_for("waiting for web.2")
    third = procrun("scale", "web=2")

    assert third.finish()[0] == 0
    assert first.finish()[0] == second.finish()[0] == 1
    assert "web.2 was started again by somebody else" in first.output
    assert states(procrun) == {"web.1": "up", "web.2": "up"}
    running.signal(signal.SIGINT)
    running.wait_for("waiting for")
    running.signal(signal.SIGINT)
    running.finish()


def test_kill_sends_any_signal(procrun: Starter, app: Callable[..., Running]) -> None:
    """By name or number, to the leader; the app hears of nothing but what comes of it."""
    running = app("web: trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done\n")

    assert done(procrun, "kill", "-s", "usr1", "web") == (0, "web.1 was sent SIGUSR1\n")
    running.wait_for("| usr1")
    number = str(int(signal.SIGUSR1))
    assert done(procrun, "kill", "-s", number, "web.1") == (0, "web.1 was sent SIGUSR1\n")
    running.wait_for("| usr1", times=2)
    assert done(procrun, "kill", "web") == (0, "web.1 was sent SIGTERM\n")
    assert running.finish()[0] == 143


def test_there_is_no_such_signal(procrun: Starter, app: Callable[..., Running]) -> None:
    """And the app does not suffer from it."""
    app(f"web: {STAY}\n")
    for text in ("NONE", "0", "65", "99999", "-1", "²", "SIG"):
        status, output = done(procrun, "kill", "-s", text, "web")
        assert status == 2
        assert output.startswith("procrun: there is no signal")

    assert states(procrun) == {"web.1": "up"}


def test_what_does_not_run_gets_no_signal(procrun: Starter, app: Callable[..., Running]) -> None:
    """That is told."""
    app(TWO, ready=2)
    done(procrun, "stop", "web")
    status, output = done(procrun, "kill", "web")

    assert status == 1
    assert "none of them is running" in output


@pytest.mark.parametrize("left", ["sleep 60 &", "setsid sleep 60 &"])
def test_stop_waits_until_nothing_is_left(
    procrun: Starter, app: Callable[..., Running], left: str
) -> None:
    """Of what left its group as well, and of procrun itself."""
    running = app(f"web: {left} {STAY}\n")

    assert done(procrun, "stop") == (0, "the app has stopped\n")
    assert processes.bearers(processes.mark()) == []
    status, output = running.finish()
    assert status == 0
    assert "stopped by `procrun stop`" in output


def test_an_app_that_stops_starts_nothing_any_more(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Else it would never end; whoever stops it is told who takes his time."""
    running = app(f"web: {STUBBORN}\nworker: {STAY}\n", "-t", "2", ready=2)
    stopping = procrun("stop")
    running.wait_for("worker.1 stopped")
    for words in (("restart",), ("scale", "worker=2"), ("stop", "web")):
        status, output = done(procrun, *words)
        assert status == 1
        assert "the app is stopping" in output

    assert stopping.finish() == (0, "waiting for web.1\nthe app has stopped\n")
    assert running.finish()[0] == 0


@pytest.mark.parametrize(
    "words",
    [("ps",), ("logs",), ("restart",), ("stop",), ("scale", "web=2"), ("kill", "web")],
    ids=" ".join,
)
def test_without_an_app_there_is_a_word_on_how_to_start_one(
    procrun: Starter, words: tuple[str, ...]
) -> None:
    """And exit status 1."""
    status, output = done(procrun, *words)

    assert status == 1
    assert output.startswith("procrun: no app is running here\n  `procrun start` starts it")
    assert not (procrun.folder / ".procrun").exists()


HEROKU = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 "


def test_logs_shows_the_end_of_the_log(procrun: Starter, app: Callable[..., Running]) -> None:
    """In Heroku's format where it is not on a terminal; a hundred lines, or as many as wanted."""
    app(f"web: seq 300; {STAY}\n")
    _, output = done(procrun, "logs")
    *numbers, last = output.splitlines()

    assert re.fullmatch(rf"{HEROKU}app\[web\.1\]: ready", last)
    assert [line.split()[-1] for line in numbers] == [str(number) for number in range(202, 301)]
    assert done(procrun, "logs", "-n", "1")[1].splitlines() == [last]
    assert done(procrun, "logs", "-n", "0") == (0, "")
    everything = done(procrun, "logs", "-n", "5000")[1].splitlines()
    assert len(everything) == 302
    assert re.fullmatch(rf"{HEROKU}heroku\[web\.1\]: web\.1 started \(pid .*\)", everything[0])


def test_logs_of_some_only(procrun: Starter, app: Callable[..., Running]) -> None:
    """By dyno, type and source, now and after the end."""
    running = app(f"web: {STAY}\nworker: echo working; {STAY[12:]}\n", "-c", "web=2", ready=2)
    running.wait_for("| working")
    table = {
        ("-d", "web.2"): {"ready"},
        ("-p", "worker"): {"working"},
        ("-s", "app"): {"ready", "working"},
        ("-s", "app", "-p", "web"): {"ready"},
    }

    def shown(options: tuple[str, ...]) -> set[str]:
        lines = done(procrun, "logs", *options)[1].splitlines()
        return {line.partition("]: ")[2] for line in lines if " app[" in line}

    assert {options: shown(options) for options in table} == table
    done(procrun, "stop")
    running.finish()
    assert {options: shown(options) for options in table} == table


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("-n", "many"), "many is not a number of lines"),
        (("-s", "web"), "there is no source web"),
        (("-d", "web.1", "-p", "web"), "--dyno and --process-type exclude each other"),
    ],
    ids=" ".join,
)
def test_logs_that_cannot_be(procrun: Starter, options: tuple[str, ...], what: str) -> None:
    """A mistake in the options is one without an app, too."""
    status, output = done(procrun, "logs", *options)

    assert status == 2
    assert output.startswith(f"procrun: {what}")


def test_logs_as_json(procrun: Starter, app: Callable[..., Running]) -> None:
    """One object per line, as `start --json` has them."""
    app(f"web: echo hello; {STAY}\n")
    _, output = done(procrun, "logs", "--json", "-s", "app")
    objects = [json.loads(line) for line in output.splitlines()]

    assert [(each["dyno"], each["text"]) for each in objects] == [
        ("web.1", "hello"),
        ("web.1", "ready"),
    ]


def test_logs_on_a_terminal_look_as_those_of_start(
    app: Callable[..., Running], terminal: TerminalStarter
) -> None:
    """Short names, padded to the longest."""
    app(f"web: {STAY}\nlong-name: {STAY}\n", ready=2)
    status, output = terminal("logs", "-s", "app", "--no-color").finish()

    assert status == 0
    lines = sorted(re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in output.splitlines())
    assert lines == ["long-name.1 | ready", "web.1       | ready"]


def test_logs_follow_to_the_end_of_the_app(procrun: Starter, app: Callable[..., Running]) -> None:
    """Every line of it, once; then they end, too."""
    os.mkfifo(procrun.folder / "go")
    running = app("web: echo ready; read _ < go; seq 1000; exit 3\n")
    following = procrun("logs", "-t")
    following.wait_for("ready")
    (procrun.folder / "go").write_text("\n")
    status, _ = running.finish()
    assert status == 3
    status, output = following.finish()
    lines = [line.partition("]: ")[2] for line in output.splitlines() if "app[web.1]" in line]

    assert status == 0
    assert lines == ["ready", *map(str, range(1, 1001))]
    assert "stopped because web.1 exited with status 3" in output.splitlines()[-1]


def test_the_last_runs_log_is_there_after_its_end(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Until the next run's takes its place."""
    for word in ("first", "second"):
        running = app(f"web: echo {word}; echo ready; exit 3\n")
        running.finish()
        status, output = done(procrun, "logs", "-t")

        assert status == 0
        assert re.search(rf"app\[web\.1\]: {word}\n", output)
        assert output.count("app[web.1]") == 2
        assert "exited with status 3" in output


def test_a_run_that_was_killed_leaves_no_log(procrun: Starter, app: Callable[..., Running]) -> None:
    """And that of the run before is not taken for its own."""
    app("web: echo first; echo ready\n").finish()
    running = app(f"web: {STAY}\n")
    os.kill(processes.inner(running), signal.SIGKILL)
    running.finish()
    status, output = done(procrun, "logs")

    assert status == 1
    assert output.startswith("procrun: the last run was killed and left no log\n")


def test_a_follower_that_is_stopped_loses_its_oldest_lines(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """It is told how many; the app is not held up, and its own log has every line."""
    os.mkfifo(procrun.folder / "go")
    running = app("web: echo ready; read _ < go; seq 600000; exec sleep 60\n")
    following = procrun("logs", "-t")
    following.wait_for("ready")
    following.signal(signal.SIGSTOP)
    (procrun.folder / "go").write_text("\n")
    running.wait_for("web.1   | 600000", 30)
    following.signal(signal.SIGCONT)
    following.wait_for("]: 600000", 30)
    own = re.findall(r"^web\.1   \| (\d+)$", running.output, re.MULTILINE)
    got = [int(each) for each in re.findall(r"app\[web\.1\]: (\d+)\n", following.output)]
    pattern = (
        rf"{HEROKU}heroku\[logplex\]: Error L11 \(Tail buffer overflow\) -> "
        rf"This tail session dropped (\d+) messages since {HEROKU.strip()}"
    )
    dropped = sum(int(each) for each in re.findall(pattern, following.output))

    assert own == [str(number) for number in range(1, 600_001)]
    assert dropped > 0
    assert len(got) + dropped == 600_000
    assert got == sorted(set(got))
    following.signal(signal.SIGINT)
    assert following.finish()[0] == 130


def test_the_log_of_one_process_or_type(procrun: Starter, app: Callable[..., Running]) -> None:
    """As an option or as a word, now and after the end."""
    running = app(TWO, "web", "worker=2", ready=3)
    check_logs_of_one(procrun)
    assert done(procrun, "stop")[0] == 0
    running.finish()
    check_logs_of_one(procrun)


def check_logs_of_one(procrun: Starter) -> None:
    """Fail where they are not so; what there is not is an error, not silence."""
    shown = {
        arguments: re.findall(r"app\[([a-z]+\.\d)\]: ready", done(procrun, *arguments)[1])
        for arguments in [("logs", "worker"), ("logs", "-p", "worker"), ("logs", "worker.2")]
    }
    status, output = done(procrun, "logs", "wroker")

    assert shown[("logs", "worker")] == shown[("logs", "-p", "worker")]
    assert sorted(shown[("logs", "worker")]) == ["worker.1", "worker.2"]
    assert shown[("logs", "worker.2")] == ["worker.2"]
    assert status == 1
    assert output.startswith("procrun: nothing is called 'wroker'\n  Did you mean worker? ")
    assert done(procrun, "logs", "web", "-d", "web.1")[0] == 2


def test_the_log_is_followed_by_any_of_its_names(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """-f is what `tail` and `docker` taught people."""
    app(TWO, ready=2)
    for flag in ("-t", "-f", "--tail", "--follow"):
        following = procrun("logs", flag)
        following.wait_for("app[web.1]: ready")
        following.signal(signal.SIGINT)
        assert following.finish()[0] == 130


def test_ps_keeps_a_types_dynos_together_and_within_the_window(
    procrun: Starter, terminal: TerminalStarter, app: Callable[..., Running]
) -> None:
    """In the order of the Procfile, whenever they were added."""
    app(TWO, ready=2)
    assert done(procrun, "scale", "web=2")[0] == 0
    output = terminal("ps", size=(24, 60)).finish()[1]

    assert [line.split()[0] for line in output.splitlines()[1:]] == ["web.1", "web.2", "worker.1"]
    assert max(map(len, output.splitlines())) <= 60


def test_a_debugger_that_waits_is_told(procrun: Starter) -> None:
    """Once for each process: without it the app just seems to hang."""
    running = procrun(
        *("start", "--tty", "--no-timestamp"),
        procfile="web: printf '(Pdb) '; read x; printf '(Pdb) '; read x\n",
        env={"PROCRUN_PORT": "0"},
    )
    running.wait_for("web.1 waits in its debugger: `procrun attach web.1` lets you answer")
    attached = procrun("attach", "web", stdin=b"c\n")
    assert attached.finish()[0] == 0
    running.wait_for(re.compile(r"\(Pdb\) $"), times=2, open_line=True)

    assert running.output.count("waits in its debugger") == 1


def test_a_second_start_names_the_first(procrun: Starter, app: Callable[..., Running]) -> None:
    """And the first goes on."""
    running = app(f"web: {STAY}\n")
    status, output = done(procrun, "start", "-p", "0")

    assert status == 1
    assert output.startswith(f"procrun: the app is running already (pid {running.pid})\n  ")
    assert states(procrun) == {"web.1": "up"}


@pytest.mark.parametrize("victim", ["visible", "inner"])
def test_what_a_killed_run_left_is_waited_for(
    procrun: Starter, app: Callable[..., Running], victim: str
) -> None:
    """Whichever of its processes was killed; the dynos of the two never meet."""
    first = app(f"web: {STUBBORN}\n", "-t", "1")
    pid = processes.leader(first, "web.1")
    os.kill(first.pid if victim == "visible" else processes.inner(first), signal.SIGKILL)
    second = procrun("start", "-p", "0", "-t", "0", procfile=f"web: {STAY}\n")
    second.wait_for("waiting for what is left of a run that was killed")
    second.wait_for(re.compile(r"\| ready$"))

    assert not processes.exists(pid)
    assert list(rows(procrun)) == ["web.1"]
    second.signal(signal.SIGTERM)
    second.finish()
    first.finish()


def test_a_wait_for_what_is_left_can_be_interrupted(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """By Ctrl-C, as anything."""
    first = app(f"web: {STUBBORN}\n", "-t", "2")
    first.signal(signal.SIGKILL)
    second = procrun("start", "-p", "0")
    second.wait_for("waiting for what is left")
    second.signal(signal.SIGINT)

    assert second.finish(1.5)[0] == 130
    first.finish()


def test_two_apps_never_meet(
    procrun: Starter, app: Callable[..., Running], command: tuple[str, ...], tmp_path: Path
) -> None:
    """Each root has its own."""
    app(f"web: {STAY}\n")
    (tmp_path / "other").mkdir()
    with Starter(command, tmp_path / "other") as other:
        running = other("start", "-p", "0", procfile=f"clock: {STAY}\n")
        running.wait_for("ready")

        assert list(rows(procrun)) == ["web.1"]
        assert list(rows(other)) == ["clock.1"]
        assert done(procrun, "-d", "other", "stop")[0] == 0
        assert running.finish()[0] == 0
    assert states(procrun) == {"web.1": "up"}


def test_a_root_deep_down_is_reached(command: tuple[str, ...], tmp_path: Path) -> None:
    """A socket's name has 108 bytes at most, its folder's more."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with Starter(command, deep) as procrun:
        running = procrun("start", procfile=f"worker: {STAY}\n")
        running.wait_for("ready")

        assert states(procrun) == {"worker.1": "up"}
        assert done(procrun, "stop")[0] == 0
        assert running.finish()[0] == 0


def test_a_root_that_cannot_be_written_is_no_reason_not_to_start(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """A line says what will not be."""
    (procrun.folder / ".procrun").touch()
    running = app(f"web: {STAY}\n")
    running.wait_for("the app's folder can't be written (File exists): `procrun ps` and the like")
    status, output = done(procrun, "ps")

    assert status == 1
    assert "no app is running here" in output
    running.signal(signal.SIGTERM)
    assert running.finish()[0] == 143


def test_the_folder_is_private(procrun: Starter, app: Callable[..., Running]) -> None:
    """And nothing of it is for git."""
    running = app(f"web: {STAY}\n")
    folder = procrun.folder / ".procrun"

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "control.sock").is_socket()
    done(procrun, "stop")
    running.finish()
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "lock", "log"]
