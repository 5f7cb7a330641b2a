"""What clients notice of what happens behind the router: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.front.crowd import Crowd, port_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter

APP = """
import time

def application(environment, begin):
    environment["wsgi.input"].read()
    time.sleep(0.04)
    begin("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
PROCFILE = "web: exec gunicorn -k gthread --threads 4 --no-control-socket served:application\n"
QUIET = ("-p", "0", "--router", "-q", "web,router")


def test_no_request_fails_while_web_processes_come_and_go(procrun: Starter, tmp_path: Path) -> None:
    """One of two is restarted, then both; there are three, then one; maintenance is on, and off."""
    (tmp_path / "served.py").write_text(APP, encoding="utf-8")
    app = procrun("start", *QUIET, "web=2", procfile=PROCFILE)
    port = port_of(app)
    with Crowd(port, clients=6) as crowd:
        crowd.await_answers()
        for command in ("restart web.1", "restart web.2", "restart", "scale web=3", "scale web=1"):
            code, output = procrun(*command.split()).finish()
            assert code == 0, output
            crowd.await_answers()
            assert crowd.failures == [], command

        crowd.allowed = {200, 503}
        assert procrun("maintenance", "on").finish()[0] == 0
        crowd.await_answers()
        crowd.allowed = {503}
        crowd.await_answers()
        crowd.allowed = {200, 503}
        assert procrun("maintenance", "off").finish()[0] == 0
        crowd.await_answers()
        crowd.allowed = {200}
        crowd.await_answers()
    assert crowd.failures == []
    assert procrun("stop").finish()[0] == 0
