"""Small apps as tests want them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.apps import SERVER

if TYPE_CHECKING:
    from pathlib import Path

WORKER = """
import signal, sys
print("worker begins", flush=True)
signal.pause()
"""


class Example:
    """A folder with an app in it; the files are there to be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("web.py", SERVER.read_text(encoding="utf-8"))
        self.write("worker.py", WORKER)
        self.procfile(web="web.py", worker="worker.py")

    def write(self, name: str, text: str) -> None:
        """Write a file of it."""
        (self.root / name).write_text(text, encoding="utf-8")

    def procfile(self, **scripts: str) -> None:
        """Write a Procfile of Python scripts."""
        lines = (f"{name}: exec {sys.executable} {script}\n" for name, script in scripts.items())
        self.write("Procfile", "".join(lines))
