"""What a dyno's answer may look like, and what of it the client gets (docs/heroku.md)."""

from __future__ import annotations

from procrun.core.router_errors import (
    BAD_LENGTH,
    BAD_RESPONSE,
    BIG_COOKIE,
    BIG_HEADER,
    BIG_STATUS_LINE,
    Refused,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.router_errors import Failure
    from procrun.core.router_request import Asked, Fields

LONGEST_HEADER = 512 * 1024  # bytes, without its end
LONGEST_COOKIE = 8192  # of a Set-Cookie header
LONGEST_STATUS_LINE = 8192
LONGEST_HEAD = 1024 * 1024  # what is kept of an answer for a client
SWITCHING = 101
CONTINUE = 100
_LOWEST, _HIGHEST = 100, 999
VERSIONS = ("1.1", "1.0")  # of HTTP that a dyno may speak
_BODILESS = (204, 304)
_OK = 200

_READ = frozenset(
    b"""connection te keep-alive proxy-authorization content-length transfer-encoding via
    strict-transport-security upgrade server""".split()
)
_LOCAL_AS_IPV6 = (b"[::ffff:127.", b"[::ffff:7f")
_NUMBER_SIGNS = b"0123456789."


class Answer:
    """A dyno's answer, or one that comes before it (1xx): no value, as one is made for each."""

    chunked = False
    closes = False  # whether the dyno says that it takes no more requests
    says_how_long = False  # whether it has a Connection header
    length: int | None = None  # of the body; None for one that is chunked or ends
    head = b""  # for the client, but for its last empty line
    ends_with_head = False  # whether it has no body

    def __init__(self, status: int) -> None:
        self.status = status

    @property
    def provisional(self) -> bool:
        """Whether the real one follows."""
        return self.status < _OK and self.status != SWITCHING


def understand(status: int, reason: bytes | None, fields: Fields, asked: Asked) -> Answer:
    """The answer of what a parser read; Refused for one that no client gets."""
    if reason is None or not _LOWEST <= status <= _HIGHEST:  # no reason, and no blank either
        raise Refused(BAD_RESPONSE)
    answer = Answer(status)
    if status == SWITCHING and not (asked.upgrade and _says_to_what(fields)):
        raise Refused(BAD_RESPONSE)
    head = [b"HTTP/1.1 %d %b" % (status, reason)]
    via, server = b"", b"Server: Heroku"
    for name, value in fields:
        lower = name.lower()
        if lower not in _READ:
            head.append(name + b": " + value)
        elif lower == b"server":
            server = b"Server: " + value
        elif lower == b"via":
            via += value + b", "
        elif _is_passed(lower, value, answer, asked):
            head.append(name + b": " + value)
    if status >= _OK:
        head.append(server)
    elif status == SWITCHING:
        head.append(b"Connection: Upgrade")
    head.append(b"Via: " + via + b"1.1 heroku-router\r\n")
    answer.ends_with_head = (
        status < _OK or status in _BODILESS or answer.length == 0 or asked.method == b"HEAD"
    )
    answer.head = b"\r\n".join(head)
    return answer


def _is_passed(lower: bytes, value: bytes, answer: Answer, asked: Asked) -> bool:
    """Whether a header goes to the client; notes where the body ends."""
    if lower == b"content-length":
        answer.length = int(value)
        return answer.status >= _OK and answer.status not in (204, SWITCHING)
    if lower == b"transfer-encoding":
        if value.strip(b" \t").lower() != b"chunked":
            raise Refused(BAD_RESPONSE)
        answer.chunked = True
        return not asked.old and answer.status >= _OK and answer.status not in _BODILESS
    if lower == b"connection":
        answer.says_how_long = True
        answer.closes = b"close" in value.lower()
        return False
    if lower == b"strict-transport-security":
        return not is_local(asked.host)
    return lower == b"upgrade"


def _says_to_what(fields: Fields) -> bool:
    """Whether a 101 has the headers that it must have."""
    named = {name.lower(): value.lower() for name, value in fields}
    tokens = named.get(b"connection", b"").split(b",")
    return b"upgrade" in named and b"upgrade" in [token.strip(b" \t") for token in tokens]


def is_local(host: bytes) -> bool:
    """Whether a Host header means this machine, whose names no app may bind to https."""
    name = host.lower()
    if not name.endswith(b"]"):
        name = name.rpartition(b":")[0] if b":" in name else name
    if name.startswith(b"["):
        is_one = name.endswith(b"1]") and name.translate(None, b"0:") == b"[1]"
        return is_one or name.startswith(_LOCAL_AS_IPV6)
    name = name.removesuffix(b".")
    if name.startswith(b"127."):
        return not name.translate(None, _NUMBER_SIGNS)
    return name == b"localhost" or name.endswith(b".localhost")


def check_limits(reason: bytes | None, fields: Fields) -> None:
    """Refused for a head of which a part is too long."""
    if len(reason or b"") + len(b"HTTP/1.1 200 ") > LONGEST_STATUS_LINE:
        raise Refused(BIG_STATUS_LINE)
    for name, value in fields:
        size = len(name) + len(value) + len(b": ")
        if size > LONGEST_COOKIE and name.lower() == b"set-cookie":
            raise Refused(BIG_COOKIE)
        if size > LONGEST_HEADER:
            raise Refused(BIG_HEADER)


def failure_of(complaint: str) -> Failure:
    """What it means that a parser would not read on, by its own words."""
    return BAD_LENGTH if "content-length" in complaint.lower() else BAD_RESPONSE
