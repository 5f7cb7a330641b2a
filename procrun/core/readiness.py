"""What tells that a dyno is up, and what types it is to be started after."""

from __future__ import annotations

from enum import Enum

from procrun.core.names import WEB
from procrun.core.text import excerpt
from procrun.errors import UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FIRST_PAUSE = 0.01  # seconds between the first two looks at a dyno that is starting
_PROVISIONAL = range(100, 200)  # an answer that the real one follows
_REDIRECTS_AND_BELOW = range(200, 400)
_PROTOCOL = b"HTTP/"
_LONGEST_LINE = 1024  # bytes, of a status line
_LONGEST_HEADS = 64 * 1024  # bytes, of provisional answers


class Pace(Value):
    """How soon a look at a dyno that is starting follows one in vain."""

    growth: float  # of the pause after each look, as a factor
    longest: float = 1.0  # seconds

    def after(self, pause: float) -> float:
        """The pause that follows one of so many seconds."""
        return min(pause * self.growth, self.longest)


# A look that nobody notices comes within 2 % of the time that the dyno takes to be up; one that
# costs somebody a process or a line in a log comes less often.
QUIET = Pace(1.02)
LOUD = Pace(1.5)
# Where somebody waits for what is his own, as a test suite does, its first moment is noticed.
QUIET_OF_OWN = QUIET.replace(longest=0.02)
LOUD_OF_OWN = LOUD.replace(longest=0.25)


class Sign(Enum):
    """What tells that a dyno is up."""

    LAUNCHED = "launched"  # that its process could be started
    PORT = "port"  # that its port accepts connections
    HTTP = "http"  # that a path answers, neither with an error of the client nor of the server
    ANSWER = "answer"  # that a path answers with whatever status
    LOG = "log"  # that it wrote a line that a regular expression is found in
    COMMAND = "command"  # that a command, run in the dyno's environment, succeeds


class Readiness(Value):
    """The sign that is waited for, with its path, expression or command.

    Who listens on the port must be a process of this app where it is to be its `own`. Then, or
    where its requests are `routed`, it must listen on 127.0.0.1.
    """

    sign: Sign
    detail: str = ""
    own: bool = False  # never written by users
    routed: bool = False  # likewise

    @property
    def on_ipv4(self) -> bool:
        """Whether 127.0.0.1 is the only address that counts."""
        return self.own or self.routed

    @property
    def is_on_port(self) -> bool:
        """Whether it is the dyno's port that is looked at."""
        return self.sign in (Sign.PORT, Sign.HTTP, Sign.ANSWER)

    @property
    def path(self) -> str:
        """The path that is asked for; "" for none."""
        return self.detail if self.sign in (Sign.HTTP, Sign.ANSWER) else ""

    def is_given_by(self, head: bytes) -> bool | None:
        """Whether an HTTP response that begins so is the one; None if more of it is needed."""
        found = status(head)
        if not found:
            return None if found is None else False
        return self.sign is Sign.ANSWER or found in _REDIRECTS_AND_BELOW

    @property
    def missing(self) -> str:
        """What is not so yet while the dyno is starting; for a person who waits."""
        return _MISSING[self.sign].format(self.detail)

    @property
    def search(self) -> Callable[[bytes], object]:
        """What finds the expression in a line; of a sign that has one."""
        import re  # only where somebody has one

        return re.compile(self.detail.encode()).search

    def __str__(self) -> str:
        return f"{self.sign.value}:{self.detail}" if self.detail else self.sign.value


_MISSING = {
    Sign.LAUNCHED: "it could not be started",
    Sign.PORT: "its port is not open yet",
    Sign.HTTP: "no good answer from {} yet",
    Sign.ANSWER: "no answer from {} yet",
    Sign.LOG: "no line matches {} yet",
    Sign.COMMAND: "`{}` does not succeed yet",
}

_WITH_DETAIL = ("http", "answer", "log", "command")
LAUNCHED = Readiness(Sign.LAUNCHED)
PORT = Readiness(Sign.PORT)


def usual(process_type: str) -> Readiness:
    """What tells it where nobody says: of `web` that its port accepts, as on Heroku."""
    return PORT if process_type == WEB else LAUNCHED


def parse(text: str) -> Readiness:
    """A sign as it is written in settings; ValueError with what is wrong with it."""
    name, colon, detail = text.partition(":")
    if text in (Sign.LAUNCHED.value, Sign.PORT.value):
        return Readiness(Sign(text))
    if name not in _WITH_DETAIL or not colon:
        raise ValueError("")
    if not detail.strip():
        raise ValueError("nothing follows the colon")
    if "\0" in detail or not _is_utf8(detail):
        raise ValueError("no process can be given that text")
    sign = Sign(name)
    if sign in (Sign.HTTP, Sign.ANSWER) and (
        not detail.startswith("/") or not detail.isprintable()
    ):
        raise ValueError("a path begins with a slash")
    found = Readiness(sign, detail)
    if sign is Sign.LOG:
        _check_expression(found)
    return found


def asked_for(text: str) -> Readiness:
    """The sign that somebody asks for on the command line; UsageError for none."""
    try:
        return parse(text)
    except ValueError as error:
        why = f": {error}" if str(error) else ""
        hint = "Write port, http:/PATH, answer:/PATH, log:REGEX or command:COMMAND."
        raise UsageError(f"{excerpt(text)} can't be waited for{why}", hint) from None


def status(head: bytes) -> int | None:
    """The status of an HTTP response that begins so; None if more is needed, 0 if it is none."""
    whole = head
    while True:
        line, end, _rest = head.partition(b"\r\n")
        if not _PROTOCOL.startswith(line[: len(_PROTOCOL)]):
            return 0  # whether more of it comes or not
        if not end:
            return None if len(line) < _LONGEST_LINE and len(whole) < _LONGEST_HEADS else 0
        words = line.split(None, 2)
        if len(words) < 2 or not words[0].startswith(_PROTOCOL) or not words[1].isdigit():
            return 0
        if int(words[1]) not in _PROVISIONAL:
            return int(words[1])
        _provisional, end, head = head.partition(b"\r\n\r\n")
        if not end:
            return None if len(whole) < _LONGEST_HEADS else 0


def find_circle(after: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Types each of which waits for the next, the last for the first; () if there are none."""
    done: set[str] = set()
    for first in after:
        # Each with those it waits for that are yet to be looked at. Not recursive: a chain may be
        # longer than Python's stack.
        path = {first: iter(after.get(first, ()))} if first not in done else {}
        while path:
            name, others = next(reversed(path.items()))
            other = next(others, None)
            if other is None:
                done.add(name)
                del path[name]
            elif other in path:
                names = tuple(path)
                return names[names.index(other) :]
            elif other not in done:
                path[other] = iter(after.get(other, ()))
    return ()


def _check_expression(sign: Readiness) -> None:
    import re

    try:
        _ = sign.search
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
