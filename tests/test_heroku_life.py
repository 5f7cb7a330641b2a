"""The life of dynos under `start --heroku`, whose time goes faster here."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.settings import resolve
from procrun.supervisor.conduct import conduct_of
from procrun.supervisor.upkeep import quota_of

if TYPE_CHECKING:
    from tests.running import Starter

R10 = "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch"
R12 = "Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM"
# One that heeds the signal, and below it one that does not.
LEAVES_ONE = "sh -c \"trap '' TERM; echo deep; exec sleep 60\" & exec sleep 60"
ONLY_ON_IPV6 = """import os, socket, time
try:
    server = socket.create_server(("::1", int(os.environ["PORT"])), family=socket.AF_INET6)
except OSError:
    pass
print("listens", flush=True)
time.sleep(60)
"""


def lines_of(text: str, dyno: str) -> list[str]:
    """The platform's lines about a dyno out of a log in Heroku's format."""
    return re.findall(rf"^\S+ heroku\[{re.escape(dyno)}\]: (.*)$", text, re.MULTILINE)


def test_a_life_on_heroku(procrun: Starter) -> None:
    """Told in its words: on the terminal with the dyno's name, in `logs` as there."""
    (procrun.folder / "server.py").write_text(ONLY_ON_IPV6)
    procfile = f"web: exec python server.py $PORT\nworker: {LEAVES_ONE}\n"
    running = procrun("start", "--heroku", "--time-scale", "0.03", "-p", "0", procfile=procfile)
    running.wait_for("deep")
    running.wait_for("procrun  | web.1: State changed from starting to crashed")
    log = procrun("logs", "-n", "200").finish()[1]
    objects = procrun("logs", "-n", "200", "--json", "web.1").finish()[1].splitlines()
    running.signal(signal.SIGINT)
    shown = running.finish()[1]

    started, *died = lines_of(log, "web.1")[:5]
    assert re.fullmatch(r"Starting process with command `exec python server\.py \d+`", started)
    assert died == [
        R10,
        "Stopping process with SIGKILL",
        "Process exited with status 137",
        "State changed from starting to crashed",
    ]
    assert "web.1 is not up: its port is not open yet" in "\n".join(lines_of(log, "procrun"))
    killed = [each for each in map(json.loads, objects) if each["text"] == died[1]]
    assert killed[0].items() >= {"source": "heroku", "dyno": "web.1", "type": "state"}.items()
    ends = re.findall(r"procrun  \| worker\.1: (.*)$", shown, re.MULTILINE)[2:]
    assert ends == [
        "State changed from up to down",
        "Stopping all processes with SIGTERM",
        "Process exited with status 143",
        R12,
        "Stopping remaining processes with SIGKILL",
    ]


def test_new_config_makes_crashes_forgotten(procrun: Starter) -> None:
    """A worker that exits with 0 has crashed: started again at once, then after 20 s."""
    (procrun.folder / ".env").write_text("A=1\n")
    options = ("--heroku", "-p", "0", "--time-scale", "10")
    running = procrun("start", *options, procfile="worker: echo at work\n")
    running.wait_for("worker.1 starts again in 3 min 20 s")
    before = running.output
    procrun("config", "set", "A=2").finish()
    running.wait_for("worker.1 starts again in 3 min 20 s", times=2)

    assert before.count("worker.1: Process exited with status 0") == 2
    assert before.count("worker.1: State changed from crashed to starting") == 1
    assert running.output.count("| at work") == 4
    running.signal(signal.SIGINT)
    running.finish()


def test_the_size_of_a_dyno_is_its_quota() -> None:
    """The smallest has 512 MB; a type may have another."""
    usual = quota_of(resolve({"heroku": True}, {}))
    large = quota_of(resolve({"heroku": True, "dyno_size": "standard-2x"}, {}))

    assert [usual("web"), large("web")] == [512 * 1024**2, 1024 * 1024**2]


def test_without_its_router_it_is_told_where_web_is() -> None:
    """By the dynos' own lines; with one it tells so itself."""
    launch = Launch(DynoName("web", 1), "serve", {}, 5000, 30.0, signal.SIGTERM)
    alone = conduct_of(resolve({"heroku": True, "router": False}, {})).wording
    routed = conduct_of(resolve({"heroku": True}, {})).wording

    assert [text for _name, text in alone.is_up(launch, 1)] == [
        "web.1 is up after 1 s: http://localhost:5000"
    ]
    assert not [*routed.is_up(launch, 1)]
