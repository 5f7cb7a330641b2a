"""An app of another process: one that was lent to us, or one of which only the URL is known."""

from __future__ import annotations

from urllib.parse import urlsplit

from procrun.core.order import Begun, Order
from procrun.testing.ownership import Ownership
from procrun.testing.reach import Distant, Local
from procrun.testing.running import RunningApp

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing.setup import Setup

_PORTS = {"http": 80, "https": 443}


def borrow(setup: Setup, lent: str) -> RunningApp:
    """An app that another process has lent; it is not stopped by this one."""
    order, begun = lent.encode().splitlines()
    ownership = Ownership(None)
    reach = Local(Order.decode(order), Begun.decode(begun), ownership)
    return RunningApp(setup, reach, ownership)


class DistantApp(RunningApp):
    """An app that runs somewhere; its `url` and its `port` are known, all else is refused."""

    def __init__(self, setup: Setup, url: str) -> None:
        self._distant = Distant(url)
        super().__init__(setup, self._distant, Ownership(None))
        self._url = url

    def port(self, name: str) -> int:
        """The port of its URL, for `web`."""
        if name not in ("web", "web.1"):
            self._distant.refuse()
        parts = urlsplit(self._url)
        return parts.port or _PORTS[parts.scheme]

    def __repr__(self) -> str:
        return f"<app at {self._url}>"
