"""Text as people write it in files and on command lines, and as messages quote it."""

from __future__ import annotations

from procrun.errors import ConfigError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def decode(raw: bytes, path: str) -> str:
    """The text of a UTF-8 file, without the byte order mark that Windows editors put first.

    `path` is what messages call the file. A ConfigError names every line that is not UTF-8.
    """
    try:
        return raw.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError:
        raise ConfigError(_undecodable(raw, path)) from None


def _undecodable(raw: bytes, path: str) -> Iterator[Problem]:
    # A newline is never part of a longer UTF-8 character, so lines can be tried one by one.
    for number, line in enumerate(raw.split(b"\n"), start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            found = f"not UTF-8: byte 0x{line[error.start]:02x}"
            yield Problem(f"{path}:{number}", found, "Save the file as UTF-8.")


def whole_number(text: str) -> int | None:
    """A number of at most nine ASCII digits; None for all else that int() takes ("+1", "1_0")."""
    plain = text.isascii() and text.isdigit() and len(text) <= len("999999999")
    return int(text) if plain else None


def one_line(name: str) -> str:
    """A file's name for a message: as it is, or as an excerpt where a terminal can't show it."""
    return name if name.isprintable() else excerpt(name)


def excerpt(text: str, width: int = 60) -> str:
    """Text in quotes for a message: cut short, and what a terminal cannot show is escaped."""
    return repr(text if len(text) <= width else f"{text[: width - 1]}…")
