"""Nothing is ever left behind, however procrun ends and whatever its children are."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes
from tests.supervision.processes import Family

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter

pytestmark = processes.LINUX_ONLY

KINDS = ("plain", "tree", "setsid", "nested", "daemon", "bare-daemon", "stubborn")


def interrupt_twice(running: Running) -> None:
    """Press Ctrl-C, and again while procrun waits."""
    running.signal(signal.SIGINT)
    running.wait_for("no SIGTERM, thanks")
    processes.press_until_it_ends(running)


def kill_inner(running: Running) -> None:
    """Kill the process that does the work."""
    os.kill(processes.inner(running), signal.SIGKILL)


# How it ends: what is done, the status, the grace in seconds.
BLOWS: dict[str, tuple[Callable[[Running], None], int, str]] = {
    "SIGINT": (lambda running: running.signal(signal.SIGINT), 130, "0.3"),
    "SIGTERM": (lambda running: running.signal(signal.SIGTERM), 143, "0.3"),
    "SIGHUP": (lambda running: running.signal(signal.SIGHUP), 129, "0.3"),
    "second Ctrl-C": (interrupt_twice, 130, "60"),
    "kill -9 of the visible process": (lambda running: running.signal(signal.SIGKILL), -9, "0.3"),
    "kill -9 of the inner process": (kill_inner, 137, "0.3"),
}


def command(kind: str, probe: Callable[[str], Path]) -> str:
    """The command of a family of that kind."""
    member = f"{sys.executable} -S {probe('family')} {kind} {processes.mark()}"
    return f"""sh -c 'sh -c "{member} & wait" & wait'""" if kind == "tree" else member


def check_relations(kind: str, family: Family, leader: int, inner: int) -> None:
    """Fail where the family is not what its kind should be."""
    own_session = family.session != leader
    assert (family.pid == leader) == (kind in ("plain", "stubborn"))
    assert own_session == (kind not in ("plain", "stubborn", "tree"))
    assert own_session == (family.group != leader)
    assert (family.parent == inner) == (kind not in ("tree", "setsid", "nested"))
    if kind == "tree":
        assert processes.field(family.parent, "PPid") == str(leader)
    if kind == "nested":
        assert processes.field(family.parent, "NSsid") == str(family.parent)
    if kind == "stubborn":
        assert int(processes.field(family.pid, "SigIgn"), 16) & 1 << signal.SIGTERM - 1
    assert bool(processes.environment(family.pid)) == (kind != "bare-daemon")


@pytest.mark.parametrize("blow", BLOWS)
def test_nothing_is_left(procrun: Starter, probe: Callable[[str], Path], blow: str) -> None:
    """Every kind of child is gone when procrun's last process is, and the status says why."""
    strike, status, grace = BLOWS[blow]
    procfile = "".join(f"{kind}: {command(kind, probe)}\n" for kind in KINDS)
    if blow == "second Ctrl-C":
        procfile += f"anchor: {sys.executable} -S {probe('anchor')}\n"
    running = procrun("start", "-t", grace, procfile=procfile)
    if blow == "second Ctrl-C":
        running.wait_for("the anchor holds")
    families = {
        kind: Family(running.wait_for(re.compile(rf" {kind}\.1 .*is there: \d+"))) for kind in KINDS
    }
    inner = processes.inner(running)
    for kind, family in families.items():
        check_relations(kind, family, processes.leader(running, f"{kind}.1"), inner)
    assert [processes.name(pid) for pid in (running.pid, inner)] == ["procrun", "procrun"]

    strike(running)

    assert running.finish()[0] == status
    assert processes.bearers(processes.mark()) == []


@pytest.mark.parametrize("blow", ["SIGTERM", "kill -9 of the inner process"])
def test_nothing_of_a_daemon_is_left_that_is_alone(
    procrun: Starter, probe: Callable[[str], Path], blow: str
) -> None:
    """No other dyno keeps procrun up until it is found."""
    strike, status, grace = BLOWS[blow]
    running = procrun("start", "-t", grace, procfile=f"w: {command('bare-daemon', probe)}\n")
    running.wait_for("is there: ")

    strike(running)

    assert running.finish()[0] == status
    assert processes.bearers(processes.mark()) == []
