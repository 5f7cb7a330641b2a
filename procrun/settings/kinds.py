"""What a setting can be: the kinds of value, and how each is read from text or from TOML."""

from __future__ import annotations

from procrun.settings.values import (
    UNITS,
    ByteCount,
    KeyByte,
    PerType,
    SignalNumber,
    Text,
    TypeNames,
    Watched,
    show,
)
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, TypeVar

    from procrun.core.readiness import Readiness

    T = TypeVar("T")
    T_co = TypeVar("T_co", covariant=True)
else:
    from procrun.settings.values import Generic

    T = T_co = None


PREFIX = "PROCRUN_"  # of the variable that sets a setting
LONGEST = 86_400  # seconds: a day is no grace but a mistake
_SMALLEST, _LARGEST = 0.001, 100.0  # factors of durations
_LOCALHOST = {"localhost": ("127.0.0.1", "::1")}
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Refused(Exception):
    """A value is not of its kind; the message, if any, says more than what the kind expects."""


class Entry(Value):
    """A setting as somebody wrote it, yet to be looked at."""

    name: str
    raw: object  # Text, or what TOML made of it
    where: str  # for messages: "--timeout", "PROCRUN_TIMEOUT", "pyproject.toml:12"
    source: str  # the same without the line
    process_type: str = ""  # of a table of its own in a settings file
    folder: str = ""  # that paths in it are relative to


class Kind(Value, Generic[T_co]):
    """A kind of value. `convert` takes Text or a value of TOML and raises Refused."""

    expected: str  # completes "timeout takes ..."
    convert: Callable[[object], T_co]
    is_path: bool = False
    element: Kind[object] | None = None  # of a setting that can be set per process type


class Key(Generic[T]):
    """One row of the table: a setting, an attribute of the class that it stands in."""

    name = ""

    def __init__(self, kind: Kind[T], meaning: str, default: T, unset: str = "") -> None:
        self.kind = kind
        self.meaning = meaning
        self.default = default
        self.unset = unset  # what holds where the default is no value

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    def __get__(self, _settings: object, _owner: type) -> T:
        # A value that was given stands in the instance and hides this.
        return self.default

    @property
    def option(self) -> str:
        """Its long option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def per_type(self) -> bool:
        """Whether a process type can have a value of its own, in [tool.procrun.types.NAME]."""
        return self.kind.element is not None

    def is_explicit(self, source: str) -> bool:
        """Whether a source of it is the command line or the environment."""
        return source in (self.option, self.variable)

    def in_words(self, value: object) -> str:
        """A value of it, or what its default stands for."""
        is_default = str(value) == str(self.default)  # of a PerType, what holds for all
        return (self.unset if is_default else "") or show(value) or "none"


def _word(raw: object) -> str:
    if not isinstance(raw, str) or not raw or "\0" in raw:
        raise Refused
    return str(raw)


def _words(raw: object) -> tuple[str, ...]:
    if isinstance(raw, Text):
        return tuple(filter(None, (word.strip() for word in raw.split(","))))
    if not isinstance(raw, list):
        raise Refused
    return tuple(_word(each) for each in raw)


def _addresses(raw: object) -> tuple[str, ...]:
    """At least one address of IPv4 or IPv6; `localhost` is the two that it usually has."""
    from ipaddress import ip_address

    words = [each for word in _words(raw) for each in _LOCALHOST.get(word, (word,))]
    for word in words:
        try:
            ip_address(word)
        except ValueError:
            raise Refused(f"{word} is no address") from None
    if not words:
        raise Refused
    return tuple(dict.fromkeys(words))


def _flag(raw: object) -> bool:
    value = _TRUTH.get(raw.lower()) if isinstance(raw, Text) else raw
    if not isinstance(value, bool):
        raise Refused
    return value


def _flag_or_auto(raw: object) -> bool | None:
    return None if raw == "auto" else _flag(raw)


def _seconds(raw: object) -> float:
    try:
        value = float(raw) if isinstance(raw, Text) else raw
    except ValueError:
        raise Refused from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST:
        raise Refused
    return float(value)


def _factor(raw: object) -> float:
    value = _seconds(raw)
    if not _SMALLEST <= value <= _LARGEST:
        raise Refused
    return value


def _port(raw: object) -> int:
    from procrun.core.ports import HIGHEST
    from procrun.core.text import whole_number

    number = whole_number(raw) if isinstance(raw, Text) else raw
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= HIGHEST:
        raise Refused
    return number


def _size(raw: object) -> ByteCount:
    from procrun.core.text import whole_number

    text = str(raw).replace(" ", "").upper() if type(raw) in (Text, str, int) else ""
    digits = text.rstrip("KMGIB")
    number = whole_number(digits)
    if not number or text[len(digits) :] not in UNITS:
        raise Refused
    return ByteCount(number * UNITS[text[len(digits) :]])


def _signal(raw: object) -> SignalNumber:
    from signal import Signals

    name = f"SIG{_word(raw).upper().removeprefix('SIG')}"
    if name not in Signals.__members__:
        raise Refused
    return SignalNumber(Signals[name])


def _key(raw: object) -> KeyByte:
    from procrun.core.keys import NoSuchKey, parse

    try:
        return KeyByte(parse(_word(raw)))
    except NoSuchKey as error:
        raise Refused(str(error)) from None


def _type_names(raw: object) -> TypeNames:
    return TypeNames(_words(Text(raw) if raw == "all" else raw))


def _dyno_size(raw: object) -> str:
    from procrun.core.dyno_size import SIZES

    name = _word(raw).lower()
    if name not in SIZES:
        raise Refused(f"there are {', '.join(SIZES)}")
    return name


def _globs(raw: object) -> tuple[str, ...]:
    """Globs as they are matched; `true` is all of the sources."""
    from procrun.core.globs import EVERYTHING, normal

    truth = _TRUTH.get(raw.lower()) if isinstance(raw, Text) else raw
    if isinstance(truth, bool):
        return (EVERYTHING,) if truth else ()
    words = _words(raw if isinstance(raw, (Text, list)) else [raw])
    try:
        return tuple(dict.fromkeys(map(normal, words)))
    except ValueError as error:
        raise Refused(str(error)) from None


def _watched(raw: object) -> Watched:
    """The same where a glob may be for one process type alone: `worker=jobs/**`."""
    from procrun.core.names import is_process_type

    general: list[str] = []
    own: dict[str, list[str]] = {}
    for word in _globs(raw):
        name, equals, glob = word.partition("=")
        if equals and name == "all":
            general.extend(_globs([glob]))
        elif equals and glob and is_process_type(name):
            own.setdefault(name, []).extend(_globs([glob]))
        else:
            general.append(word)
    types = tuple((name, tuple(globs)) for name, globs in own.items())
    return Watched(tuple(general), types)


def _formation(raw: object) -> str:
    from procrun.core.formation import parse_quantities
    from procrun.errors import ProcrunError

    if isinstance(raw, dict):
        raw = ",".join(f"{name}={number}" for name, number in raw.items())
    text = _word(raw)
    try:
        parse_quantities([text])
    except ProcrunError as error:
        raise Refused(error.message) from None
    return text


def _readiness(raw: object) -> Readiness | None:
    from procrun.core.readiness import parse

    try:
        return None if raw == "auto" else parse(_word(raw))
    except ValueError as error:
        raise Refused(str(error)) from None


def choice(*words: str) -> Kind[str]:
    """One of a few words."""

    def convert(raw: object) -> str:
        if raw not in words:
            raise Refused
        return str(raw)

    return Kind(" or ".join((", ".join(words[:-1]), words[-1])), convert)


def per_type(kind: Kind[T]) -> Kind[PerType[T]]:
    """The same kind for a setting that a process type can have its own value of."""
    return Kind(kind.expected, lambda raw: PerType(kind.convert(raw)), element=kind)


FLAG = Kind("true or false", _flag)
FLAG_OR_AUTO = Kind("auto, true or false", _flag_or_auto)
SECONDS = Kind(f"seconds from 0 to {LONGEST}", _seconds)
FACTOR = Kind(f"a number from {_SMALLEST:g} to {_LARGEST:g}", _factor)
PORT = Kind("a whole number from 0 to 65535", _port)
SIZE = Kind('bytes, or a number with KB, MB or GB such as "10MB"', _size)
SIGNAL = Kind("the name of a signal such as SIGINT", _signal)
KEY = Kind(r"a key with Ctrl such as ctrl-\ or ^]", _key)
NAME = Kind("the name of a process such as web.1", _word)
DYNO_SIZE = Kind("a size of Heroku's dynos such as standard-2x", _dyno_size)
PATH = Kind("a path", _word, is_path=True)
PATHS = Kind("a list of paths", _words, is_path=True)
WORDS = Kind("a list of names", _words)
ADDRESSES = Kind("a list of addresses such as 127.0.0.1 or ::1", _addresses)
TYPES = Kind('a list of process types, or "all"', _type_names)
READINESS = Kind(
    '"auto", "launched", "port", "http:/PATH", "answer:/PATH", "log:REGEX" or "command:COMMAND"',
    _readiness,
)
GLOBS = Kind("true, false or a list of globs", _globs)
WATCHED = Kind(GLOBS.expected, _watched, element=GLOBS)
FORMATION = Kind('numbers by process type such as "web=2,worker=1"', _formation)
