"""Small apps as tests want them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Answers every path with the variable that it names, and says so in the log.
WEB = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        body = os.environ.get(self.path[1:], "").encode()
        self.send_response(404 if self.path == "/" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
WORKER = """
import signal, sys
print("worker begins", flush=True)
signal.pause()
"""


class Example:
    """A folder with an app in it; the files are there to be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("web.py", WEB)
        self.write("worker.py", WORKER)
        self.procfile(web="web.py", worker="worker.py")

    def write(self, name: str, text: str) -> None:
        """Write a file of it."""
        (self.root / name).write_text(text, encoding="utf-8")

    def procfile(self, **scripts: str) -> None:
        """Write a Procfile of Python scripts."""
        lines = (f"{name}: exec {sys.executable} {script}\n" for name, script in scripts.items())
        self.write("Procfile", "".join(lines))
