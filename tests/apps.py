"""Small apps as tests and benchmarks want them: a Procfile, a web process that answers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

SERVER = Path(__file__).parent / "probes" / "server.py"
STAY = "exec sleep 1000"


class Example:
    """A folder with an app in it; the files are there to be changed."""

    def __init__(self, root: Path) -> None:
        """With the web process of tests/probes as `server.py`."""
        self.root = root
        self.write("server.py", SERVER.read_text(encoding="utf-8"))

    def write(self, name: str, text: str) -> None:
        """Write a file of it."""
        (self.root / name).write_text(text, encoding="utf-8")

    def procfile(self, **commands: str) -> None:
        """Write its Procfile."""
        lines = (f"{name}: {command}\n" for name, command in commands.items())
        self.write("Procfile", "".join(lines))


def script(name: str, *arguments: str) -> str:
    """The command that runs a script of an app, in the place of its shell."""
    return f"exec {shlex.quote(sys.executable)} {name} {' '.join(arguments)}".rstrip()
