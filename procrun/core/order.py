"""What the owner of an app has its host do, and what the host answers: one JSON object a line."""

from __future__ import annotations

from procrun.errors import Problem
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

START = "start"  # the app
RUN = "run"  # a one-off command
RELEASE = "release"  # the release command

STOP = b"s"  # what an owner may say later: end the app and tell what became of it
KEEP = b"k"  # go on without the owner


class Order(Value):
    """The first line that a host reads. Paths are absolute."""

    verb: str
    root: str
    environment: Mapping[str, str]  # in the place of the owner's
    options: Mapping[str, object] = {}  # settings as the command line gives them
    overrides: Mapping[str, str] = {}  # variables that beat the env files
    words: tuple[str, ...] = ()  # process types (START), or a command (RUN)
    ready: str = ""  # what web is waited for; "" for what the settings say
    folder: str = ""  # for lock, socket and log; the host makes and removes it

    def encode(self) -> bytes:
        """The line."""
        return encode({name: getattr(self, name) for name in self._fields})

    @classmethod
    def decode(cls, line: bytes) -> Order:
        """The order of a line; ValueError, TypeError or KeyError for anything else."""
        fields = decode(line)
        words = fields["words"]
        if not isinstance(words, list):
            raise TypeError("words must be a list")
        return cls(
            str(fields["verb"]),
            str(fields["root"]),
            _texts(fields["environment"]),
            _mapping(fields["options"]),
            _texts(fields["overrides"]),
            tuple(map(str, words)),
            str(fields["ready"]),
            str(fields["folder"]),
        )


class Begun(Value):
    """The first line that a host says of an app, which is there and need not be ready."""

    environment: Mapping[str, str]  # of its dynos, but for PORT and PS
    grace: float  # seconds, the longest of any dyno
    pid: int  # of the host's visible process

    def encode(self) -> bytes:
        """The line."""
        return encode({name: getattr(self, name) for name in self._fields})

    @classmethod
    def decode(cls, line: bytes) -> Begun:
        """What a line says; ValueError, TypeError or KeyError for anything else."""
        fields = decode(line)
        return cls(
            _texts(fields["environment"]), _number(fields["grace"]), int(_number(fields["pid"]))
        )


class DynoEnd(Value):
    """How the last process of a dyno ended."""

    name: str
    code: int | None  # 128+n for a signal; None: it never ran, or has not ended
    was_killed: bool  # after its grace
    outlives_us: bool  # not even SIGKILL has ended it


class Ended(Value):
    """The last line that a host says of an app."""

    dynos: tuple[DynoEnd, ...]

    def encode(self) -> bytes:
        """The line."""
        return encode({"dynos": [_row(end) for end in self.dynos]})

    @classmethod
    def decode(cls, line: bytes) -> Ended:
        """What a line says; ValueError, TypeError or KeyError for anything else."""
        return cls(tuple(_dyno_end(*each) for each in _rows(decode(line)["dynos"])))


class Refused(Value):
    """What a host says where it can't carry out its order, in the place of all else."""

    problems: tuple[Problem, ...]
    status: int

    def encode(self) -> bytes:
        """The line."""
        rows = [(each.where, each.text, each.hint, each.warning) for each in self.problems]
        return encode({"problems": rows, "status": self.status})

    @classmethod
    def decode(cls, line: bytes) -> Refused | None:
        """What a line says, None if it says something else; ValueError or TypeError for no line."""
        fields = decode(line)
        if "problems" not in fields:
            return None
        problems = tuple(_problem(*each) for each in _rows(fields["problems"]))
        return cls(problems, int(_number(fields["status"])))


def encode(fields: Mapping[str, object]) -> bytes:
    """The line of an object."""
    import json

    return json.dumps(fields).encode() + b"\n"


def decode(line: bytes) -> dict[str, object]:
    """The object of a line; ValueError or TypeError for anything else."""
    import json

    return _mapping(json.loads(line))


def _mapping(found: object) -> dict[str, object]:
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return {str(name): value for name, value in found.items()}


def _texts(found: object) -> dict[str, str]:
    return {name: str(value) for name, value in _mapping(found).items()}


def _row(end: DynoEnd) -> tuple[object, ...]:
    return end.name, end.code, end.was_killed, end.outlives_us


def _rows(found: object) -> list[list[object]]:
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        raise TypeError("not a list of lists")
    return found


def _number(found: object) -> float:
    if not isinstance(found, int | float):
        raise TypeError("not a number")
    return found


def _dyno_end(name: object, code: object, was_killed: object, outlives_us: object) -> DynoEnd:
    return DynoEnd(
        str(name), None if code is None else int(_number(code)), bool(was_killed), bool(outlives_us)
    )


def _problem(where: object, text: object, hint: object, warning: object) -> Problem:
    return Problem(str(where), str(text), str(hint), bool(warning))
