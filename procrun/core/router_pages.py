"""The pages that a client gets in the place of an app's answer.

They need no network: what Heroku's page loads in a frame stands in ours. A page of the app's own is
shown in a frame, as on Heroku, so that what it links to is found beside it.
"""

from __future__ import annotations

from procrun.core.router_errors import MAINTENANCE, REASONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.router_errors import Failure

_FRAME = """<!DOCTYPE html>
<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta charset="utf-8">
    <title>{title}</title>
    <style media="screen">
      html,body,iframe {{ margin: 0; padding: 0; }}
      html,body {{ height: 100%; overflow: hidden; }}
      iframe {{ width: 100%; height: 100%; border: 0; }}
    </style>
  </head>
  <body>
    <iframe src="{address}"></iframe>
  </body>
</html>
"""
_OURS = """<!DOCTYPE html>
<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta charset="utf-8">
    <title>{title}</title>
    <style media="screen">
      body {{ font-family: sans-serif; color: #333; max-width: 36em; }}
      body {{ margin: 15vh auto; padding: 1em; }}
    </style>
  </head>
  <body>
    <h1>{heading}</h1>
    <p>{text}</p>
    <p>{cause}</p>
  </body>
</html>
"""
_ERROR = "Application Error", "Application error"
_ERROR_TEXT = """An error occurred in the application and your page could not be served. If you are
    the application owner, check your logs for details: <code>procrun logs --tail</code>"""
_OFFLINE = "Offline for Maintenance", "Offline for maintenance"
_OFFLINE_TEXT = "This application is undergoing maintenance right now. Please check back later."


def page(failure: Failure, address: str = "") -> bytes:
    """The body of the answer to a failure; `address` is that of the app's own page, if it has one.

    The status stays the failure's own.
    """
    is_maintenance = failure.code == MAINTENANCE.code
    title, heading = _OFFLINE if is_maintenance else _ERROR
    if address:
        return _FRAME.format(title=title, address=_attribute(address)).encode()
    text = _OFFLINE_TEXT if is_maintenance else _ERROR_TEXT
    cause = f"{failure.code}: {failure.desc}"
    return _OURS.format(title=title, heading=heading, text=text, cause=cause).encode()


def _attribute(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    return text


def answer(failure: Failure, body: bytes, kind: str, *, close: bool, head: bool = False) -> bytes:
    """A whole answer of ours: head and body, or the head alone where HEAD was asked."""
    lines = [
        f"HTTP/1.1 {failure.status} {REASONS[failure.status]}",
        "Server: Heroku",
        f"Content-Type: {kind}; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-cache, no-store",
        "Via: 1.1 heroku-router",
    ]
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if head else body)
