"""The env file that holds what is set by `procrun config`."""

from __future__ import annotations

import os

from procrun.core import envfile
from procrun.core.text import decode
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import read_file, shown_path
from procrun.system import durable
from procrun.system.own_files import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.envfile import Binding

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EnvFile:
    """One env file, there or not; `shown` is how messages name it."""

    def __init__(self, path: str, *, required: bool = False) -> None:
        self._required = required
        self.shown = os.path.normpath(shown_path(path))
        self.path = os.path.realpath(path)  # so that a symbolic link stays one

    def read(self) -> Text:
        """What is in it now, nothing if it is not there.

        ConfigError if it can't be read, isn't a plain file, or is not there but has to be.
        """
        try:
            raw = read_file(self.path, again=True)
        except FileNotFoundError as error:
            if self._required:
                hint = "Make it, or name another one with -e."
                raise ConfigError([Problem(self.shown, "no such env file", hint)]) from error
            raw = b""
        except OSError as error:
            hint = "Name another one with -e."
            raise ConfigError(
                [Problem(self.shown, error.strerror or "unreadable", hint)]
            ) from error
        return Text(raw, decode(raw, self.shown), self.shown)

    def replace(self, before: Text, after: Text) -> None:
        """Put a text in the place of what was read before.

        ProcrunError, with nothing done, if that is there no longer, or if it can't be written.
        """
        if self.read().raw != before.raw:
            hint = "Nothing was written. Try again."
            raise ProcrunError(f"{self.shown} has changed meanwhile", hint)
        try:
            durable.replace(self.path, after.raw, new=_beside(self.path))
        except OSError as error:
            message = f"{self.shown} cannot be written: {error.strerror}"
            raise ProcrunError(message, "It is as it was.") from error

    def forget_unfinished(self) -> None:
        """Remove what a change that was killed had begun to write."""
        remove(_beside(self.path))


def _beside(path: str) -> str:
    """Where the new file is written: hidden, so that who watches the sources does not care."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name.lstrip('.')}.procrun-new")


class Text:
    """The text of an env file at one moment."""

    def __init__(self, raw: bytes, text: str, shown: str) -> None:
        self.raw = raw
        self.text = text
        self.shown = shown

    def with_text(self, text: str) -> Text:
        """The same file with another text."""
        mark = _BYTE_ORDER_MARK if self.raw.startswith(_BYTE_ORDER_MARK) else b""
        return Text(mark + text.encode(), text, self.shown)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What it sets; ConfigError with all its mistakes."""
        return envfile.parse(self.text, self.shown)

    @property
    def written(self) -> dict[str, str]:
        """Each name with its value, `${NAME}` not yet replaced. ConfigError likewise."""
        return {binding.key: binding.value for binding in self.bindings}
