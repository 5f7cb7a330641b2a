"""One command into one process: in a session of its own, through the shell, as Heroku does.

posix_spawn rather than fork: its cost does not grow with procrun's memory, and no Python runs in
the child. It also gives a terminal without any code in the child: the file actions run after
setsid, and a session leader that opens a terminal by its name gets it as controlling terminal.
"""

from __future__ import annotations

import os
import signal
import sys

from procrun.system.shell import reading_profile, through_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What Python or the caller ignores, and what procrun handles, begins anew in the child. SIGHUP is
# left as it is: an app under nohup is to survive the terminal.
_TO_DEFAULT = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGTTOU,
    signal.SIGTTIN,
    signal.SIGTSTP,
)


class Wiring:
    """What becomes a child's standard input, output and error: descriptors, or one terminal."""

    __slots__ = ("output", "standard_input", "terminal")

    def __init__(self, *, standard_input: int = -1, output: int = -1, terminal: str = "") -> None:
        self.standard_input = standard_input
        self.output = output
        self.terminal = terminal

    def actions(self) -> list[tuple[int, ...] | tuple[int, int, str, int, int]]:
        """The same as file actions of posix_spawn."""
        if self.terminal:
            opened = (os.POSIX_SPAWN_OPEN, 0, self.terminal, os.O_RDWR, 0)
            return [opened, (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
        return [
            (os.POSIX_SPAWN_DUP2, self.standard_input, 0),
            (os.POSIX_SPAWN_DUP2, self.output, 1),
            (os.POSIX_SPAWN_DUP2, self.output, 2),
        ]


def spawn(
    command: str, environment: Mapping[str, str], wiring: Wiring, *, reads_profile: bool = False
) -> int:
    """The pid of a new session's leader that runs the command.

    With `reads_profile` its shell reads the profile scripts of the current folder first. OSError
    when the system can't start it: an environment too large, too many processes.
    """
    execution = through_shell(command, before=reading_profile() if reads_profile else "")
    return os.posix_spawn(
        execution.program,
        execution.arguments,
        environment,
        file_actions=wiring.actions(),
        setsid=True,
        setsigmask=(),
        setsigdef=_TO_DEFAULT,
    )


def close_inherited() -> None:
    """Keep what our caller left open from the children."""
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return  # no /proc: Python's own are not inheritable anyway
    for name in names:
        if name.isdigit() and int(name) > 2:
            try:
                os.set_inheritable(int(name), False)
            except OSError:
                pass  # the descriptor that listed the folder
