"""The strict look: who answers on a dyno's port must be a process of this app, on 127.0.0.1.

For those who took a port that nobody else should have, and who would not notice that they talk to
somebody else's server: test suites.
"""

from __future__ import annotations

import _socket
import os

from procrun.core.readiness import (
    LONGEST_LOUD_PAUSE_OF_OWN,
    LONGEST_QUIET_PAUSE_OF_OWN,
    LOUD_GROWTH,
    status,
)
from procrun.supervisor.readiness import PortLook
from procrun.system.listening import stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.names import DynoName
    from procrun.core.readiness import Readiness
    from procrun.loop import Loop


class OwnPortLook(PortLook):
    """Whether a process of this app accepts, and answers if there is a path."""

    _hosts = ((_socket.AF_INET, "127.0.0.1"),)
    _longest_quiet_pause = LONGEST_QUIET_PAUSE_OF_OWN
    _longest_loud_pause = LONGEST_LOUD_PAUSE_OF_OWN

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

    def _accepted(self, server: _socket.socket) -> None:
        # Before anything is asked: somebody else may never answer.
        other = stranger(self._port, os.getpid())
        if other:
            self._growth = LOUD_GROWTH
            self.trouble = f"{other} answers on port {self._port}, which {self._name} was given"
            if self.stolen_since is None:
                self.stolen_since = self._loop.now()
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
        super()._answered_badly(received)

    def _nobody_else(self) -> None:
        self.trouble = ""
        self.stolen_since = None
