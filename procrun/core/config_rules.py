"""What Heroku lets be a config var: its name, and the size of all of them (docs/config.md)."""

from __future__ import annotations

from procrun.core.shell_syntax import is_variable
from procrun.core.text import excerpt, one_line
from procrun.errors import FAILURE, ProcrunError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 64 * 1024  # bytes of all names and values
_RESERVED = ("__", "HEROKU_")


def assignment(text: str) -> tuple[str, str]:
    """The name and the value of `KEY=VALUE`, split at the first `=`; ProcrunError without one."""
    name, equals, value = text.partition("=")
    if not equals:
        message = f"{one_line(text)} is invalid. Must be in the format FOO=bar."
        raise UsageError(message, "procrun config set FOO= sets an empty value.", FAILURE)
    check_name(name)
    return name, value


def check_name(name: str) -> None:
    """ProcrunError for a name that is not one of letters, digits and underscores."""
    if not is_variable(name):
        hint = "A name has letters, digits and _, and does not begin with a digit."
        raise UsageError(f"{excerpt(name)} is not the name of a config var", hint, FAILURE)


def reserved(names: Iterable[str]) -> Iterator[str]:
    """The names that Heroku keeps for itself."""
    return (name for name in names if name.startswith(_RESERVED))


def check_size(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """ProcrunError if all config vars together get larger than Heroku takes."""
    size = _size(after)
    if size > MOST and size > _size(before):
        raise ProcrunError(
            f"all config vars together would have {size:,} bytes, and Heroku takes {MOST:,}",
            "Unset some, or put what is large into a file.",
        )


def too_large(config: Mapping[str, str]) -> str:
    """That all config vars together are larger than Heroku takes; "" if they are not."""
    size = _size(config)
    return f"all config vars have {size:,} bytes, and Heroku takes {MOST:,}" if size > MOST else ""


def _size(config: Mapping[str, str]) -> int:
    return sum(_bytes(name) + _bytes(value) for name, value in config.items())


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))  # of the command line, it may be anything
