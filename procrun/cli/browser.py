"""`procrun open`: the running app in the user's browser."""

from __future__ import annotations

import os
import sys

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.about import urls_of
from procrun.cli.options import parse
from procrun.core.names import WEB
from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line

_SAFE = "/?#&=%:@!$'()*+,;~-._[]"  # what stays as it was typed


def open_(line: Line) -> int:
    """Print the app's URL and open it; ProcrunError where no app runs, or none with web.

    Where there is no browser, or no display for one, the URL is there at least.
    """
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    urls = urls_of(settings.root)
    if not urls:
        hint = f"`procrun scale {WEB}=1` starts one, if the Procfile has it."
        raise ProcrunError(f"the app has no {WEB} process that could be opened", hint)
    url = _joined(urls[0], given.words[0] if given.words else "")
    output.write(f"{url}\n")
    if why := _not_opened(url):
        sys.stderr.write(f"procrun: no browser was opened: {why}\n")
    return 0


def _joined(url: str, path: str) -> str:
    from urllib.parse import quote

    return f"{url.rstrip('/')}/{quote(path.lstrip('/'), safe=_SAFE)}"


def _not_opened(url: str) -> str:
    """Open it; why that was not possible, "" if it was."""
    variables = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform != "darwin" and not any(map(os.environ.get, variables)):
        return f"there is no display, and none of {', '.join(variables)} is set"
    import webbrowser

    if webbrowser.open(url):
        return ""
    return "none was found that can; BROWSER names one"
