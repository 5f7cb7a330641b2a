"""The values that settings have, and how each is written."""

from __future__ import annotations

from os.path import join

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:
    T = None

    class Generic:
        """Stands in for `typing.Generic`, whose import a start would pay for."""

        def __class_getitem__(cls, _parameter: object) -> type:
            return cls


ALL_TYPES = "all"
UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Text(str):
    """A value that was typed, on the command line or in a variable, and is yet to be read."""

    __slots__ = ()


class PerType(Value, Generic[T]):
    """One value for all process types, and others for some of them."""

    default: T
    types: tuple[tuple[str, T], ...] = ()

    def __call__(self, process_type: str) -> T:
        """The value for a process type."""
        return dict(self.types).get(process_type, self.default)

    def with_type(self, process_type: str, value: T) -> PerType[T]:
        """The same with a process type's own value."""
        return PerType(self.default, (*self.types, (process_type, value)))

    def __str__(self) -> str:
        return show(self.default)


class Watched(PerType[tuple[str, ...]]):
    """The globs of the files whose changes restart a process type; none: it is not watched."""

    def __str__(self) -> str:
        own = (f"{name}={glob}" for name, globs in self.types for glob in globs)
        return show((*self.default, *own))


class TypeNames(Value):
    """Some process types, or all of them where `all` is among the names."""

    names: tuple[str, ...] = ()

    def __call__(self, process_type: str) -> bool:
        """Whether a process type is meant."""
        return process_type in self.names or ALL_TYPES in self.names

    def __str__(self) -> str:
        return show(self.names)


class SignalNumber(int):
    """A signal's number that prints as its name."""

    __slots__ = ()

    def __str__(self) -> str:
        from signal import Signals

        return Signals(self).name


SIGTERM = SignalNumber(15)  # on every POSIX system; `signal` takes 2 ms to import


class ByteCount(int):
    """A number of bytes that prints in the largest decimal unit that divides it."""

    __slots__ = ()

    def __str__(self) -> str:
        unit = next(unit for unit in ("GB", "MB", "KB", "") if self % UNITS[unit] == 0)
        return f"{self // UNITS[unit]:d}{unit}"


class KeyByte(int):
    """A key as the byte that it sends, that prints as its name."""

    __slots__ = ()

    def __str__(self) -> str:
        from procrun.core.keys import spell

        return spell(self)


def show(value: object) -> str:
    """A value as a user would write it in a variable."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def located(path: str, folder: str) -> str:
    """A path that is relative to a folder, from the current one; `-` is standard input."""
    return path if path == "-" or folder in ("", ".") else join(folder, path)


def rooted(raw: object, folder: str) -> object:
    """The paths in a value of a settings file, from the folder of that file."""
    if isinstance(raw, list):
        return [rooted(each, folder) for each in raw]
    return located(raw, folder) if isinstance(raw, str) and raw else raw
