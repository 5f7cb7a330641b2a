"""The host: an app, or a one-off command, that belongs to another process and ends with it.

`python -m procrun.owned` reads an order from its standard input (core/order.py) and carries it out
until that input ends. Like `procrun start` it is two processes, of which one guards the other.
"""

from __future__ import annotations

import os

from procrun.core.names import WEB
from procrun.guardian import fork, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.app.lifeline import Lifeline
    from procrun.app.reception import Reception
    from procrun.core.order import Order
    from procrun.core.readiness import Readiness
    from procrun.guardian import Link
    from procrun.settings import Settings

_STANDARD_INPUT = 0
# A suite is told of every end and decides itself; nothing of it is shown or written by the way.
_OPTIONS = {
    "port": "0",
    "can_die": "all",
    "restart": "",
    "watch": "false",
    "exclude": "",
    "quiet": "",
    "color": "never",
    "tty": False,
    "json": False,
    "env_precedence": "file",
    "release": False,  # the suite runs its command, where it wants that
    "clean_env": False,  # an app in tests has an environment of its own
}


def main() -> None:
    """Carry out one order, and exit."""
    guard(_carry_out)


def _carry_out(link: Link) -> int:
    from procrun.cli.main import reported
    from procrun.core.order import START, Order

    line = _read_line()
    if not line:
        return 1  # the owner ended before it had said anything
    order = Order.decode(line)
    os.environ.clear()
    os.environ.update(order.environment)
    return reported(lambda: (_told if order.verb == START else _run)(order, link))


def _read_line() -> bytes:
    """The first line, and not a byte more of what is to come."""
    return open(_STANDARD_INPUT, "rb", buffering=0, closefd=False).readline()


def _told(order: Order, link: Link) -> int:
    """Run the app; what is wrong with it is for its owner to read."""
    from procrun.app.lifeline import Lifeline
    from procrun.core.order import Refused
    from procrun.errors import ProcrunError

    lifeline = Lifeline()
    try:
        return _start(order, link, lifeline)
    except ProcrunError as error:
        lifeline.tell(Refused(error.problems, error.exit_code))
        return error.exit_code


def _start(order: Order, link: Link, lifeline: Lifeline) -> int:
    """Run the app until its owner lets go of it; the guardian removes its folder then."""
    from procrun import settings as settings_module
    from procrun.app.app import App
    from procrun.core.order import Ended
    from procrun.inputs import enter
    from procrun.plan import plan_start
    from procrun.supervisor.spawn import close_inherited

    options = {"root": order.root, **order.options, **_OPTIONS}
    settings = settings_module.resolve(options, {})
    signs = _Signs(settings, order.ready)
    plan = plan_start(settings, order.words, order.overrides, signs)
    grace = max(launch.grace for launch in plan.launches)
    reception = _open_folder(
        order.folder, lambda: link.instruct(grace, settings.keep, folder=order.folder)
    )
    close_inherited()
    app = App(settings, plan, link, reception, lifeline)
    enter(settings.root)
    code = app.run()
    lifeline.tell(Ended(app.ends))
    lifeline.await_end(link.lifeline)
    return code


def _open_folder(folder: str, made: Callable[[], None]) -> Reception:
    """Make a folder of our own, in which others reach the app. ProcrunError if that can't be."""
    from procrun.app.reception import Reception
    from procrun.errors import ProcrunError

    try:
        os.mkdir(folder, 0o700)
        made()
        return Reception(folder, os.getppid())
    except OSError as error:
        hint = "It is for an app in tests; TMPDIR says where to make such folders."
        raise ProcrunError(f"{folder} can't be written: {error.strerror}", hint) from error


class _Signs:
    """What tells that a dyno is up: of web an answer on its port, by a process of the app.

    An open port would prove nothing: gunicorn opens it before it can import the app.
    """

    def __init__(self, settings: Settings, ready: str) -> None:
        from procrun.core.readiness import asked_for
        from procrun.core.suites import ANSWER

        self._settings = settings
        self._of_web = asked_for(ready) if ready else settings.ready(WEB) or asked_for(ANSWER)

    def __call__(self, process_type: str) -> Readiness:
        from procrun.core.readiness import LAUNCHED

        if process_type != WEB:
            return self._settings.ready(process_type) or LAUNCHED
        return self._of_web.replace(own=self._of_web.is_on_port)


def _run(order: Order, link: Link) -> int:
    """Run a one-off until it ends, or its owner is gone: the guardian ends what is left then."""
    from procrun import settings as settings_module
    from procrun.core.exit_status import code
    from procrun.system.descendants import adopt_orphans

    settings = settings_module.resolve({"root": order.root, **order.options}, {})
    link.instruct(settings.timeout.default, settings.keep)
    adopt_orphans()  # so that all of it can be found even where the guardian is killed
    pid = fork()
    if pid == 0:
        _become(order, settings)
    status = _await(pid, link)
    return code(status) if status is not None else 1


def _become(order: Order, settings: Settings) -> None:
    """In a process of its own: the command in place of procrun."""
    import signal

    from procrun.cli import release, run
    from procrun.cli.main import reported
    from procrun.core.order import RUN

    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, _STANDARD_INPUT)
    os.close(nowhere)
    if order.verb == RUN:
        os._exit(reported(lambda: run.become(settings, order.words, order.overrides)))
    os._exit(reported(lambda: release.become(settings, order.overrides)))


def _await(pid: int, link: Link) -> int | None:
    """The wait status of a child; None where the owner is gone or somebody stops us before.

    Orphans that end meanwhile are reaped, too.
    """
    import select
    import signal

    wakeup, feed = os.pipe()
    os.set_blocking(feed, False)
    signal.set_wakeup_fd(feed, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
    while True:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == pid:
                return ended[1]
        ready, _, _ = select.select([_STANDARD_INPUT, wakeup, link.lifeline], [], [])
        if wakeup in ready:
            os.read(wakeup, 512)
        if _STANDARD_INPUT in ready:
            return None
        if link.lifeline in ready:
            numbers = os.read(link.lifeline, 512)
            if not numbers:  # the guardian was killed
                link.end_leftovers()
            if not numbers or any(each != signal.SIGCHLD for each in numbers):
                return None


if __name__ == "__main__":
    main()
