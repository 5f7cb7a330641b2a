"""The router's line of a request, as it stands behind `heroku[router]: `."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.router_errors import Failure
    from procrun.core.router_request import Asked

_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b'"\\'))
_PLAIN_WORD = bytes(set(_PLAIN) - set(b" "))


class Served:
    """What became of a request."""

    dyno = ""  # its name, empty where none got the request
    status = 0
    relayed = 0  # bytes of the answer's body
    connect = 0.0  # seconds
    service = 0.0
    tls = ""  # the version as Python tells it, such as TLSv1.3; "" for plain HTTP


def line(asked: Asked, served: Served, failure: Failure | None = None) -> bytes:
    """The line, every key in its order, without an end."""
    target, host, forwarded_for = asked.target, asked.host, asked.forwarded_for
    if (target + host + forwarded_for).translate(None, _PLAIN_WORD):
        target, forwarded_for = _escaped(target, _PLAIN), _escaped(forwarded_for, _PLAIN)
        host = _escaped(host, _PLAIN_WORD)
    return (
        b'%b method=%b path="%b" host=%b request_id=%b fwd="%b" dyno=%b connect=%dms service=%dms'
        b" status=%d bytes=%d protocol=http1.1%b"
    ) % (
        b"at=info" if failure is None else _outcome(failure),
        asked.method,
        target,
        host,
        asked.request_id,
        forwarded_for,
        served.dyno.encode(),
        served.connect * 1000,
        served.service * 1000,
        served.status,
        served.relayed,
        _security(served.tls) if served.tls else b" tls=false",
    )


def _outcome(failure: Failure) -> bytes:
    sock = f"sock={failure.sock} " if failure.sock else ""
    cause = f' cause="{failure.cause}"' if failure.cause else ""
    return f'{sock}at={failure.at} code={failure.code} desc="{failure.desc}"{cause}'.encode()


def _security(version: str) -> bytes:
    return f" tls=true tls_version={version.lower().replace('v', '')}".encode()


def _escaped(text: bytes, plain: bytes) -> bytes:
    """What would end a field, or a line, or move a cursor, in the log's hands."""
    return b"".join(b"%c" % sign if sign in plain else _escape(sign) for sign in text)


def _escape(sign: int) -> bytes:
    return b"\\%c" % sign if sign in b'"\\' else b"\\x%02x" % sign
