"""A web dyno of the standard library: what is asked for says how it behaves."""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON, on connections that stay."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one go

    def do_GET(self) -> None:
        """Answer as the path says."""
        if self.path == "/silent":
            SILENCE.wait()
            print("finished all the same", flush=True)
        if self.path == "/shout":
            print("x" * 10_001, flush=True)
        headers = dict(self.headers.items())
        body = json.dumps({"headers": headers, "environment": dict(os.environ)}).encode()
        self.send_response(200)
        if self.path == "/cookie":
            self.send_header("Set-Cookie", "a=" + "b" * 8191)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/speak":
            SILENCE.set()

    def log_message(self, *_words: object) -> None:
        """Nothing: the router has a line of each."""


SILENCE = threading.Event()

if __name__ == "__main__":
    server = ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler)
    server.daemon_threads = True
    print("listening", *sys.argv[1:], flush=True)
    server.serve_forever()
