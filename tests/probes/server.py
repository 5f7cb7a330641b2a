"""server.py [ADDRESS [PORT [bound]]]: a web process that answers, and does, what the path says.

/NAME is answered with that variable of its environment, /pid with its pid, /status/503 with that
status, /there/NAME with 503 until there is such a file; /exit/3 ends it, and / is answered with
404. Every request is told; with `bound` the moment is told from which it listens.

Not one of Python's own servers: to load those, and even `socket`, takes longer than all that is
asked of this one.
"""

import _socket as socket
import os
import sys
import time

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2] if len(sys.argv) > 2 else os.environ["PORT"])
END_OF_HEAD = b"\r\n\r\n"


def serve(client: socket.socket) -> None:
    """Answer one request, if there is one."""
    head = b""
    while END_OF_HEAD not in head:
        received = client.recv(4096)
        if not received:
            return
        head += received
    path = head.decode().split(" ", 2)[1]
    print("asked for", path, flush=True)
    verb, _, word = path[1:].partition("/")
    if verb == "exit":
        os._exit(int(word))
    status, text = answer(verb, word)
    body = text.encode()
    client.sendall(f"HTTP/1.0 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


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
    server = socket.socket(socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET)
    if ":" in ADDRESS:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((ADDRESS, PORT))
    server.listen()
    if "bound" in sys.argv:
        print("bound", time.time(), flush=True)
    while True:
        descriptor, _ = server._accept()  # type: ignore[attr-defined]  # what `socket` calls
        client = socket.socket(fileno=descriptor)
        try:
            serve(client)
        except ConnectionError:
            pass  # it is gone
        finally:
            client.close()


if __name__ == "__main__":
    main()
