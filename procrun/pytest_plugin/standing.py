"""--procrun-url: the app that runs already, and the tests that it is no app for."""

from __future__ import annotations

import ssl
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

import pytest

from procrun.pytest_plugin.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.marks import Choices

_PATIENCE = 5.0  # seconds for an answer


class StandingApp:
    """An app that somebody else has started."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_looked_at = False
        self._trouble: Trouble | None = None

    def require(self, choices: Choices) -> None:
        """Skip the test if that is another app; fail it if nobody answers."""
        if name := choices.other_app:
            skip(f"@pytest.mark.procrun({name}=…)")
        if not self._is_looked_at:
            self._is_looked_at = True
            self._trouble = _look(self._url)
        if self._trouble:
            self._trouble.fail()


def need_own_app(config: pytest.Config, fixture: str) -> None:
    """Skip a test with that fixture where the app is not started here."""
    if config.getoption("procrun_url"):
        skip(fixture)


def skip(wanted: str) -> None:
    """Skip the test that has such a wish."""
    pytest.skip(f"{wanted} needs an app that is started here, not that of --procrun-url")


class _Stay(HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_given: object) -> None:
        """Go nowhere."""


def _look(url: str) -> Trouble | None:
    """What is wrong if nobody answers there, whatever the answer."""
    anybody = ssl._create_unverified_context()  # noqa: S323, SLF001 - that it answers is enough
    try:
        build_opener(_Stay, HTTPSHandler(context=anybody)).open(url, timeout=_PATIENCE).close()
    except HTTPError as error:
        error.close()  # which is an answer
    except (OSError, HTTPException) as error:
        why = error.reason if isinstance(error, URLError) else error
        return Trouble(f"nothing answers at {url}: {getattr(why, 'strerror', None) or why}")
    return None
