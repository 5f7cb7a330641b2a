"""server.py [ADDRESS [PORT [bound]]]: a web process that answers, and does, what the path says.

/NAME is answered with that variable of its environment, /pid with its pid, /status/503 with that
status, /there/NAME with 503 until there is such a file; /exit/3 ends it, and / is answered with
404. Every request is told; with `bound` the moment is told from which it listens.
"""

import os
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2] if len(sys.argv) > 2 else os.environ["PORT"])


class Server(HTTPServer):
    """Listens on one address, of whichever kind."""

    address_family = socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Do what the path says."""
        print("asked for", self.path, flush=True)
        verb, _, word = self.path[1:].partition("/")
        if verb == "exit":
            os._exit(int(word))
        status, text = answer(verb, word)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """It was told."""


def answer(verb: str, word: str) -> tuple[int, str]:
    """The status and the text for a path of one word or of two."""
    if verb == "status":
        return int(word), ""
    if verb == "there":
        return 200 if os.path.exists(word) else 503, ""
    if verb == "pid":
        return 200, str(os.getpid())
    return 200 if verb else 404, os.environ.get(verb, "")


def main() -> None:
    """Serve."""
    server = Server((ADDRESS, PORT), Answer)
    if "bound" in sys.argv:
        print("bound", time.time(), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
