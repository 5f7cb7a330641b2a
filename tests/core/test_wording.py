"""What the log says of dynos, in procrun's words and in Heroku's."""

from __future__ import annotations

import pytest

from procrun.core.launch import Launch
from procrun.core.lifecycle import Event, State
from procrun.core.log import PROCRUN
from procrun.core.names import DynoName
from procrun.core.wording import Plain
from procrun.core.wording_heroku import AsHeroku, with_port

SIGTERM = 15
R10 = "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch"
R12 = "Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM"


def launch(process_type: str) -> Launch:
    """A dyno's."""
    return Launch(DynoName(process_type, 1), "serve $PORT", {}, 48329, 30.0, SIGTERM)


def test_in_plain_words_every_line_names_the_dyno() -> None:
    """And is the dyno's."""
    words = Plain()
    lines = [
        *words.launched(launch("web"), 42),
        *words.launched(launch("worker"), 42),
        *words.is_up(launch("web"), 0.3),
        *words.is_up(launch("worker"), 12),
        *words.is_to_end("web.1", Event.CYCLE),
        *words.is_late("web.1", 5),
        *words.never_bound("web.1", 60, "its port is not open yet"),
        *words.ended("web.1", 3, "exited with status 3 after 20 ms"),
        *words.stopped("web.1", 143, "killed by SIGTERM", as_asked=True),
        *words.stopped("web.1", 3, "exited with status 3", as_asked=False),
        words.remark("web.1", "web.1 waits for redis"),
    ]

    assert [text for _name, text in lines] == [
        "web.1 started (pid 42, port 48329)",
        "worker.1 started (pid 42)",
        "web.1 is up after 0.3 s: http://localhost:48329",
        "worker.1 is up after 12 s",
        "web.1 has run for a day: restarting it",
        "web.1 did not end within 5 s: killing it",
        "web.1 is not up after 1 min (its port is not open yet): killing it",
        "web.1 exited with status 3 after 20 ms",
        "web.1 stopped",
        "web.1 stopped, exited with status 3",
        "web.1 waits for redis",
    ]
    assert all(text.startswith(name) for name, text in lines)


def test_in_plain_words_states_and_signals_are_not_told() -> None:
    """The line before says what made them so."""
    words = Plain()

    assert not [*words.changed("web.1", State.UP, State.DOWN), *words.asked_to_end("w.1", "SIGINT")]
    assert not [*words.is_to_end("web.1", Event.RESTART), *words.is_late("web.1", 0)]


@pytest.mark.parametrize("scale", [1.0, 0.05, 0.1, 3.0])
def test_the_lines_of_heroku_are_those_of_production(scale: float) -> None:
    """However fast its time goes; what is not of Heroku comes under procrun's name."""
    words = AsHeroku(scale)
    lines = [
        *words.launched(launch("worker"), 42),
        *words.is_up(launch("worker"), 12),
        *words.changed("web.1", State.STARTING, State.UP),
        *words.is_to_end("web.1", Event.STOP),
        *words.is_to_end("web.1", Event.RESTART),
        *words.is_to_end("web.1", Event.CYCLE),
        *words.asked_to_end("web.1", "SIGTERM"),
        *words.ended("web.1", 0, "exited with status 0 after 20 ms"),
        *words.stopped("web.1", 143, "killed by SIGTERM", as_asked=True),
        *words.is_late("web.1", 30 * scale),
        *words.never_bound("web.1", 60 * scale, "its port is not open yet"),
    ]

    assert [text for name, text in lines if name != PROCRUN] == [
        "Starting process with command `serve 48329`",
        "State changed from starting to up",
        "Restarting",
        "Cycling",
        "Stopping all processes with SIGTERM",
        "Process exited with status 0",
        "Process exited with status 143",
        R12,
        "Stopping remaining processes with SIGKILL",
        R10,
        "Stopping process with SIGKILL",
    ]
    assert [text for name, text in lines if name == PROCRUN] == [
        "web.1 is not up: its port is not open yet"
    ]


def test_as_heroku_a_start_is_its_command_alone() -> None:
    """`ps` shows the pid and the port."""
    assert [name for name, _text in AsHeroku(1).launched(launch("web"), 42)] == ["web.1"]


def test_as_heroku_without_a_router_it_is_told_where_web_is() -> None:
    """As in plain words, under procrun's name; a router says it itself, for all of them."""
    words = AsHeroku(1, tells_ports=True)

    told = [*words.is_up(launch("web"), 0.3), *words.is_up(launch("worker"), 12)]
    assert told == [(PROCRUN, "web.1 is up after 0.3 s: http://localhost:48329")]
    assert not [*AsHeroku(1).is_up(launch("web"), 0.3)]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("gunicorn -b :$PORT app", "gunicorn -b :48329 app"),
        ("serve ${PORT}0 $PORT", "serve 483290 48329"),
        ("serve $PORTAL $PORT_2 $PORTé", "serve $PORTAL $PORT_2 $PORTé"),
        ("serve ${PORT:-5000} $SECRET", "serve ${PORT:-5000} $SECRET"),
        ("echo '$PORT' \"it's $PORT\" $PORT", "echo '$PORT' \"it's 48329\" 48329"),
        (r"echo \$PORT \\$PORT", r"echo \$PORT \\48329"),
        ("PORT=1; serve $PORT", "PORT=1; serve $PORT"),
        ("serve $", "serve $"),
        ("serve \\", "serve \\"),
    ],
)
def test_a_command_is_shown_with_its_port(command: str, shown: str) -> None:
    """Where the shell puts it; the values of other variables may be secrets."""
    assert with_port(command, 48329) == shown
