"""Test suites of users, each with a small app, that our tests run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.apps import SERVER

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WEB = SERVER.read_text(encoding="utf-8")
WORKER = """
import signal
print("worker begins", flush=True)
signal.pause()
"""
BROKEN = "raise SystemExit('no such table: users')\n"
HEAD = """
import os
import signal
from urllib.request import urlopen

import pytest
from procrun.testing import AppFailed

def read(url):
    with urlopen(url, timeout=10) as response:
        return response.read().decode()

def crash(app):
    with pytest.raises(OSError):
        read(app.url + "/exit/3")
    with pytest.raises(AppFailed, match="none can come"):
        app.wait_for_log("its last words")
"""
# Nothing of our own run: not its order, nor its folders, nor plugins that take long to load.
_WITHOUT = ("randomly", "cacheprovider", "hypothesispytest", "anyio")
PLAIN = (*(word for name in _WITHOUT for word in ("-p", f"no:{name}")), "-W", "error")


class Suite:
    """A folder with an app, an ini file and tests; they are there to be changed."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.root: Path = pytester.path
        self.app()
        self.ini()

    def app(self, web: str = WEB, worker: str = WORKER) -> None:
        """Write the app: two scripts and their Procfile."""
        self.write("web.py", web)
        self.write("worker.py", worker)
        python = f"exec {sys.executable}"
        self.write("Procfile", f"web: {python} web.py\nworker: {python} worker.py\n")

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.root / name).write_text(text, encoding="utf-8")

    def ini(self, **options: str) -> None:
        """Write the ini file."""
        lines = (f"{name} = {value}\n" for name, value in options.items())
        self.write("pytest.ini", "[pytest]\n" + "".join(lines))

    def tests(self, text: str, name: str = "test_shop.py") -> None:
        """Write a file of tests."""
        self.write(name, HEAD + text)

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run it in this process, in the order in which the tests stand there."""
        return self._pytester.runpytest_inprocess(*PLAIN, *arguments)

    def run_apart(self, *arguments: str) -> pytest.RunResult:
        """Run it in processes of its own, as pytest-xdist needs it."""
        return self._pytester.runpytest_subprocess(*PLAIN, *arguments)
