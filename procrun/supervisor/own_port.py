"""The strict look: who answers on a dyno's port must be a process of this app, on 127.0.0.1.

For those who took a port that nobody else should have, and who would not notice that they talk to
somebody else's server: test suites.
"""

from __future__ import annotations

import os

from procrun.core.diagnosis import not_http
from procrun.core.readiness import LOUD_OF_OWN, QUIET_OF_OWN, status
from procrun.supervisor.readiness import PortLook
from procrun.system.listeners import stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable

    from procrun.core.names import DynoName
    from procrun.core.readiness import Readiness
    from procrun.loop import Loop

_STOLEN = 1.0  # seconds for which somebody else has the port: he will not let go of it


class OwnPortLook(PortLook):
    """Whether a process of this app accepts, and answers if there is a path."""

    _quiet = QUIET_OF_OWN
    _loud = LOUD_OF_OWN

    def __init__(
        self,
        loop: Loop,
        found: Callable[[], None],
        port: int,
        readiness: Readiness,
        name: DynoName,
    ) -> None:
        super().__init__(loop, found, port, readiness)
        self._name = name
        self._stolen_since: float | None = None  # by the loop's clock

    def verdict(self, now: float) -> str:
        """Who else has the port, if that has been so for long."""
        since = self._stolen_since
        return self.trouble if since is not None and now - since >= _STOLEN else ""

    def _accepted(self, server: _socket.socket) -> None:
        # Before anything is asked: somebody else may never answer.
        other = stranger(self._port, os.getpid())
        if other:
            self._pace = self._loud
            self.trouble = f"{other} answers on port {self._port}, which {self._name} was given"
            if self._stolen_since is None:
                self._stolen_since = self._loop.now()
            self._try_next()
        else:
            self._nobody_else()
            if path := self._readiness.path:
                self.trouble = f"its port is open, but {path} has not answered yet"
            super()._accepted(server)

    def _refused(self) -> None:
        self._nobody_else()
        super()._refused()

    def _answered_badly(self, received: bytes) -> None:
        if found := status(received):
            self.trouble = f"{self._readiness.path} answers with status {found}"
        elif words := not_http(received):
            self.trouble = words
        super()._answered_badly(received)

    def _nobody_else(self) -> None:
        self.trouble = ""
        self._stolen_since = None
