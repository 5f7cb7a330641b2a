"""Procfile.sample, which is the first thing that anybody runs."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING
from urllib.request import urlopen

from tests.conftest import PACKAGE

if TYPE_CHECKING:
    from tests.running import Starter

SAMPLE = (PACKAGE.parent / "Procfile.sample").read_text(encoding="utf-8")


def test_the_sample_runs_in_an_empty_folder_and_stops_quietly(procrun: Starter) -> None:
    """Its web process answers on its port, the others write lines, and none has last words."""
    running = procrun("start", "-p", "0", "--no-timestamp", procfile=SAMPLE)
    line = running.wait_for("listening on")
    (url,) = re.findall(r"http://localhost:\d+", line)
    with urlopen(url.replace("localhost", "127.0.0.1")) as page:
        assert page.read() == b"Hello from procrun!\n"
    running.wait_for(re.compile(r"^web\.1 .*GET / HTTP/1\.1"))
    running.wait_for(re.compile(r"^clock\.1 .*it is \d\d:\d\d:\d\d$"))
    running.wait_for(re.compile(r"^worker\.1 .*job 1 done in \d+ ms$"))
    before = len(running.output)
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 128 + signal.SIGTERM
    assert "Traceback" not in output
    assert re.findall(r"^(web|worker|clock)", output[before:], re.MULTILINE) == []
