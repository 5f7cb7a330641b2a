"""What a request may look like, and what of it a dyno gets (docs/heroku.md).

The head that a dyno gets is written anew from what the parser understood, so that no two readers
can disagree about it: what cannot be written is not passed on.
"""

from __future__ import annotations

from procrun.core.request_id import acceptable
from procrun.core.router_errors import BAD_EXPECT, BAD_HEADER, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Fields = list[tuple[bytes, bytes]]

LONGEST_LINE = 8192  # bytes of the request line or a header, without its end
LONGEST_NAME = 1000
MOST_FIELDS = 1000
_VERSIONS = ("1.1", "1.0")
_BLANKS = b" \t"

# Read here: passed on as they are, in another form, or not at all.
_DROPPED = frozenset((b"connection", b"te", b"keep-alive", b"proxy-authorization"))
_WRITTEN_ANEW = frozenset(
    b"""content-length transfer-encoding x-forwarded-for x-forwarded-proto x-forwarded-port
    x-request-start x-request-id via expect""".split()
)
_PASSED = frozenset((b"host", b"upgrade"))
_READ = _DROPPED | _WRITTEN_ANEW | _PASSED


class Asked:
    """A request as the router understood it: no value, as one is made for each request."""

    keep = False  # whether the client wants to go on with its connection
    host = b""
    length = 0  # of the body, where it is not chunked
    chunked = False
    upgrade = False
    expects = False  # whether the client waits for "100 Continue"
    request_id = b""  # the client's, if it is kept; then the router's
    forwarded_for = b""  # the same
    via = b""

    def __init__(self, method: bytes, target: bytes, *, old: bool) -> None:
        self.method = method
        self.target = target
        self.old = old  # whether the client speaks HTTP/1.0
        self.lines: list[bytes] = []  # of the head that are passed on as they are

    def head(self, *, secure: bool, milliseconds: int) -> bytes:
        """What a dyno gets; `request_id` and `forwarded_for` are those of the router by now."""
        framing = b""
        if self.chunked:
            framing = b"\r\nTransfer-Encoding: chunked"
        elif self.length or self.method in _WITH_BODY:
            framing = b"\r\nContent-Length: %d" % self.length
        return b"".join(
            (
                self.method,
                b" ",
                self.target,
                b" HTTP/1.1\r\n",
                b"\r\n".join(self.lines),
                framing,
                _FORWARDED_UPGRADE if self.upgrade else _FORWARDED,
                self.forwarded_for,
                _SECURE if secure else _PLAIN,
                b"%d" % milliseconds,
                b"\r\nVia: " + self.via + b", 1.1 heroku-router" if self.via else _VIA,
                b"\r\nX-Request-Id: ",
                self.request_id,
                b"\r\n\r\n",
            )
        )


_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))
_FORWARDED = b"\r\nX-Forwarded-For: "
_FORWARDED_UPGRADE = b"\r\nConnection: Upgrade" + _FORWARDED
_SECURE = b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\nX-Request-Start: "
_PLAIN = b"\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Request-Start: "
_VIA = b"\r\nVia: 1.1 heroku-router"


def understand(method: bytes, target: bytes, version: str, fields: Fields) -> Asked:
    """The request of what a parser read; Refused for one that no dyno gets."""
    if method == b"CONNECT" or version not in _VERSIONS:
        other = f"speaks HTTP/1.1, not HTTP/{version}"
        what = "is no proxy" if version in _VERSIONS else other
        raise Refused(BAD_HEADER, f"This server {what}.")
    asked = Asked(method, target, old=version == "1.0")
    lines = asked.lines
    read: dict[bytes, bytes] = {}
    for name, value in fields:
        lower = name.lower()
        if lower not in _READ:
            lines.append(name + b": " + value)
        elif lower not in read:
            read[lower] = value
            if lower in _PASSED:
                lines.append(name + b": " + value)
        elif lower == b"host":
            raise Refused(BAD_HEADER, "There are two Host headers.")
        else:
            read[lower] += b"," + value
    asked.host = read.get(b"host", b"").strip(_BLANKS)
    if not asked.host:
        raise Refused(BAD_HEADER, "There is no Host header.")
    if len(read) > 1:
        for lower, value in read.items():
            if rule := _RULES.get(lower):
                rule(asked, value.strip(_BLANKS))
        if asked.upgrade:
            _check_upgrade(asked, named=b"upgrade" in read)
    return asked


def check_limits(method: bytes, target: bytes, fields: Fields) -> None:
    """Refused for a head of which a part is too long, or that has too many."""
    if len(method) + len(target) + len(b"  HTTP/1.1") > LONGEST_LINE:
        raise Refused(BAD_HEADER, f"The request line has more than {LONGEST_LINE} bytes.")
    if len(fields) > MOST_FIELDS:
        raise Refused(BAD_HEADER, f"There are more than {MOST_FIELDS} headers.")
    for name, value in fields:
        if len(name) > LONGEST_NAME:
            raise Refused(BAD_HEADER, f"A header's name has more than {LONGEST_NAME} bytes.")
        if len(name) + len(value) + len(b": ") > LONGEST_LINE:
            raise Refused(BAD_HEADER, f"A header has more than {LONGEST_LINE} bytes.")


def is_well_spelt(method: bytes, target: bytes, version: str, head: bytes) -> bool:
    """Whether a request line is three words with one blank between them.

    The parser is more generous, and takes other protocols' names, too.
    """
    return method + b" " + target + b" HTTP/" + version.encode() + b"\r\n" in head


def misspelling(version: str, head: bytes) -> str:
    """What is wrong with a request line that is not well spelt, in a sentence for the client."""
    name = b" HTTP/" + version.encode()
    if name in head:
        return "There is more than one blank between two words."
    if version == "0.9":  # what the parser takes for that has no version at all
        return "The request line names no version; this server speaks HTTP/1.1."
    return "This server speaks HTTP/1.1, and no other protocol."


def _check_upgrade(asked: Asked, *, named: bool) -> None:
    if not named:
        raise Refused(BAD_HEADER, "Connection: upgrade needs an Upgrade header.")
    if asked.chunked:
        raise Refused(BAD_HEADER, "What asks for an upgrade may not be chunked.")
    if asked.old:  # which knows no upgrade
        asked.upgrade = False
        asked.lines = [line for line in asked.lines if line[:8].lower() != b"upgrade:"]


def _connection(asked: Asked, value: bytes) -> None:
    tokens = (token.strip(_BLANKS) for token in value.lower().split(b","))
    asked.upgrade = b"upgrade" in tokens


def _expect(asked: Asked, value: bytes) -> None:
    if value.lower() == b"100-continue":
        asked.expects = not asked.old
    elif value:
        raise Refused(BAD_EXPECT, "Expect may only be 100-continue.")


def _content_length(asked: Asked, value: bytes) -> None:
    if not value.isdigit():
        raise Refused(BAD_HEADER, "Content-Length is not a number.")
    asked.length = int(value)


def _transfer_encoding(asked: Asked, value: bytes) -> None:
    if value.lower() != b"chunked" or asked.old:
        raise Refused(BAD_HEADER, "Transfer-Encoding may only be chunked.")
    asked.chunked = True


def _request_id(asked: Asked, value: bytes) -> None:
    if acceptable(value):
        asked.request_id = value


def _forwarded_for(asked: Asked, value: bytes) -> None:
    asked.forwarded_for = value


def _via(asked: Asked, value: bytes) -> None:
    asked.via = value


_RULES: dict[bytes, Callable[[Asked, bytes], None]] = {
    b"connection": _connection,
    b"expect": _expect,
    b"content-length": _content_length,
    b"transfer-encoding": _transfer_encoding,
    b"x-request-id": _request_id,
    b"x-forwarded-for": _forwarded_for,
    b"via": _via,
}


def chunk(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Some bytes of a body as a chunk, in three pieces."""
    return b"%x\r\n" % len(content), content, b"\r\n"


def last_chunk(trailers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """What ends a body of chunks; what a head alone may say is not said again behind it."""
    passed = (b"%b: %b\r\n" % field for field in trailers if field[0].lower() not in _READ)
    return b"0\r\n%b\r\n" % b"".join(passed)
