"""What Heroku's log says of dynos, in the lines that production prints (docs/heroku.md).

What helps whoever watches and Heroku has no line for comes under procrun's own name.
"""

from __future__ import annotations

from procrun.core.duration import duration
from procrun.core.lifecycle import Event
from procrun.core.log import PROCRUN
from procrun.core.names import WEB
from procrun.core.wording import own_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.launch import Launch
    from procrun.core.lifecycle import State
    from procrun.core.wording import Line, Lines

_ENDINGS = {Event.RESTART: "Restarting", Event.CYCLE: "Cycling"}
_PORT = ("${PORT}", "$PORT")


class AsHeroku:
    """Heroku's lines. Seconds in them are those of Heroku, whatever they are multiplied by.

    `tells_ports` is as for `Plain`.
    """

    def __init__(self, time_scale: float, *, tells_ports: bool = False) -> None:
        self._time_scale = time_scale
        self._tells_ports = tells_ports

    def remark(self, _name: str, text: str) -> Line:
        """It is procrun's."""
        return PROCRUN, text

    def launched(self, launch: Launch, pid: int) -> Lines:  # noqa: ARG002 - `ps` shows it
        """The command."""
        command = with_port(launch.command, launch.port)
        yield str(launch.name), f"Starting process with command `{command}`"

    def is_up(self, launch: Launch, after: float) -> Lines:
        """It changes to up; where that is, unless a router says where all of them are."""
        if self._tells_ports and launch.name.type == WEB:
            text = f"{launch.name} is up after {duration(after)}: {own_url(launch)}"
            yield self.remark(str(launch.name), text)

    def changed(self, name: str, before: State, after: State) -> Lines:
        """`State changed from starting to up`."""
        yield name, f"State changed from {before.value} to {after.value}"

    def is_to_end(self, name: str, event: Event) -> Lines:
        """`Restarting`, `Cycling`; nothing for what only stops."""
        if event in _ENDINGS:
            yield name, _ENDINGS[event]

    def asked_to_end(self, name: str, signal: str) -> Lines:
        """`Stopping all processes with SIGTERM`."""
        yield name, f"Stopping all processes with {signal}"

    def is_late(self, name: str, grace: float) -> Lines:
        """R12; of who has no grace it is not said."""
        if grace:
            what = "At least one process failed to exit"
            within = f"within {self._unscaled(grace)} seconds of SIGTERM"
            yield name, f"Error R12 (Exit timeout) -> {what} {within}"
            yield name, "Stopping remaining processes with SIGKILL"

    def never_bound(self, name: str, boot_timeout: float, why: str) -> Lines:
        """R10, after the reason."""
        yield self.remark(name, f"{name} is not up: {why}")
        what = "Web process failed to bind to $PORT"
        within = f"within {self._unscaled(boot_timeout)} seconds of launch"
        yield name, f"Error R10 (Boot timeout) -> {what} {within}"
        yield name, KILLING

    def ended(self, name: str, code: int, _how: str) -> Lines:
        """`Process exited with status 3`."""
        yield name, f"Process exited with status {code}"

    def stopped(self, name: str, code: int, how: str, *, as_asked: bool) -> Lines:  # noqa: ARG002 - all the same
        """`Process exited with status 143`."""
        return self.ended(name, code, how)

    def _unscaled(self, seconds: float) -> str:
        return f"{seconds / self._time_scale:g}"


KILLING = "Stopping process with SIGKILL"


def with_port(command: str, port: int) -> str:
    """A command with its port in place of $PORT where the shell will put it.

    Other variables stay as they are written: their values may be secrets. A command that gives
    PORT itself stays as well.

    >>> with_port("gunicorn -b :$PORT app", 48329)
    'gunicorn -b :48329 app'
    """
    if "PORT=" in command:
        return command
    shown, at, single, double = "", 0, False, False
    while at < len(command):
        letter = command[at]
        written = "" if single or letter != "$" else _port_at(command, at)
        if written:
            shown, at = shown + str(port), at + len(written)
            continue
        step = 2 if letter == "\\" and not single else 1  # what is escaped means itself
        if letter == "'" and not double:
            single = not single
        elif letter == '"' and not single:
            double = not double
        shown, at = shown + command[at : at + step], at + step
    return shown


def _port_at(command: str, at: int) -> str:
    """How the variable is written there; "" where it is another one."""
    for written in _PORT:
        if command.startswith(written, at):
            follows = command[at + len(written) : at + len(written) + 1]
            if written.endswith("}") or not (follows == "_" or follows.isalnum()):
                return written
    return ""
