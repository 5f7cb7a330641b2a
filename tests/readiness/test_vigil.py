"""Who waits for dynos, at the other end of a connection."""

from __future__ import annotations

import os
import signal
import socket

from procrun.control.server import Connection
from procrun.core.commands import WAIT, Request, decode_reply
from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.core.policy import Policy
from procrun.core.readiness import Readiness, Sign
from procrun.logs.history import History
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.requests.vigil import Vigil
from procrun.supervisor import Supervisor


def test_a_dyno_that_could_not_be_started_is_told_at_once() -> None:
    """Its environment is too large for any process."""
    loop, history = Loop(), History()
    policy = Policy(lambda _type: False, lambda _type: True)
    supervisor = Supervisor(loop, Hub([history]), policy, frozenset(), terminal=None, adopts=False)
    environment = {**os.environ, "X": "x" * 4_000_000}
    ready = Readiness(Sign.ANSWER, "/", own=True)
    launch = Launch(DynoName("web", 1), "true", environment, 5000, 0, signal.SIGTERM, ready)
    supervisor.begin(supervisor.add([launch]))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        connection = Connection(ours, loop, lambda *_: None, lambda _connection: None)
        Vigil(Request(WAIT), connection, supervisor, history, loop)
        reply = decode_reply(theirs.recv(4096))
        connection.close()
    loop.close()

    assert str(reply["error"]).startswith("web.1 could not be started: ")
    assert "in_use" not in reply
