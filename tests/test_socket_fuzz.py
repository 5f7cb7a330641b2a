"""Clients of every bad kind, several at a time, against one real app that must outlive them all."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from procrun.control.client import ask, connect
from procrun.core.commands import (
    ATTACH,
    KILL,
    LOGS,
    LONGEST,
    PS,
    RESTART,
    SCALE,
    START,
    STOP,
    VERSION,
    WAIT,
    Request,
    encode_request,
)
from tests.supervision import processes

if TYPE_CHECKING:
    from tests.running import Running, Starter

PATIENCE = 10.0
PS_LINE = encode_request(Request(PS))
NESTED = b"[" * 200_000
SURROGATE = "\ud800"

# Text that no dyno is called, numbers beyond all bounds, and values of other kinds.
odd_texts = st.sampled_from(["", "\0", SURROGATE, "x" * 10_000, "no*", "[", "web\n", "²", "-1"])
odd_numbers = st.sampled_from([-1, 0, 1, 2**31, 2**63, 10**30, -(10**30)])
odd_values = st.one_of(
    odd_texts,
    odd_numbers,
    st.booleans(),
    st.none(),
    st.floats(),
    st.lists(odd_numbers, max_size=2),
    st.dictionaries(odd_texts, odd_numbers, max_size=2),
)
option_names = st.sampled_from(["lines", "tail", "dyno", "type", "source", "signal", "wait"])
odd_signs = st.sampled_from(
    [
        "log",
        "log:[",
        "log:(?<",
        "log:\0",
        f"log:{SURROGATE}",
        "log:" + "(" * 10_000,
        "log:x{99999999999999}",
        "http:/\0",
        "http:/ \r\n",
        f"http:/{SURROGATE}",
        "http:/²",
        "http://[",
        "port:\0",
        "command:\0",
        f"command:{SURROGATE}",
        "command:false " + "x" * 200_000,
        "launched",
    ]
)
odd_frames = st.one_of(
    st.dictionaries(
        st.sampled_from(
            "rows columns keys size leave output notice last text code error hint status".split()
        ),
        odd_values,
        max_size=3,
    ),
    st.sampled_from(
        [
            {"rows": 65535, "columns": 65535},
            {"rows": 0, "columns": 1},
            {"keys": 1, "size": 1},
            {"keys": 1, "size": 70_000},
            {"leave": True},
        ]
    ),
)
scales = st.sampled_from(
    ["web", "web=", "web=10000000", f"web={10**30}", "web=-1", "=1", "nobody=1"]
)


@st.composite
def odd_requests(draw: st.DrawFn) -> bytes:
    """A request of the right form with something wrong in it; none that changes the app."""
    verb = draw(st.sampled_from([PS, LOGS, KILL, SCALE, START, STOP, RESTART, "", SURROGATE]))
    names: object = draw(st.lists(scales, min_size=1, max_size=3)) if verb == SCALE else ["nobody"]
    if verb in {PS, LOGS}:
        names = draw(st.one_of(st.lists(odd_texts, max_size=3), odd_values))
    elif draw(st.booleans()):
        names = [draw(odd_texts), "nobody"]
    version = draw(st.sampled_from([VERSION, VERSION, VERSION, VERSION + 1, "1", None]))
    options = draw(st.one_of(st.dictionaries(option_names, odd_values, max_size=3), odd_values))
    fields = {"version": version, "verb": verb, "names": names, "options": options}
    return json.dumps(fields).encode() + b"\n"


@st.composite
def odd_waits(draw: st.DrawFn) -> bytes:
    """A wait for a sign that there can't be, for a time that there isn't."""
    ready = st.one_of(odd_signs, odd_values)
    given = st.fixed_dictionaries({}, optional={"timeout": odd_values, "ready": ready})
    return request_of(WAIT, [], draw(given))


@st.composite
def odd_visits(draw: st.DrawFn) -> bytes:
    """Somebody who is attached, with what he sends; no key that ends or stops a process."""
    sizes = st.fixed_dictionaries({}, optional={"rows": odd_values, "columns": odd_values})
    frame = st.one_of(sizes, odd_frames)
    return request_of(ATTACH, [draw(st.sampled_from(["web", "web.1"]))], draw(sizes)) + b"".join(
        json.dumps(head).encode() + b"\n" + draw(st.sampled_from([b"", b"x", b"x" * 70_000]))
        for head in draw(st.lists(frame, max_size=4))
    )


def request_of(verb: str, names: list[str], options: dict[str, object]) -> bytes:
    """A request with options that none of procrun's own has."""
    fields = {"version": VERSION, "verb": verb, "names": names, "options": options}
    return json.dumps(fields).encode() + b"\n"


pieces = st.one_of(
    odd_requests(),
    odd_waits(),
    odd_visits(),
    st.binary(max_size=200),
    st.sampled_from(
        [
            PS_LINE,
            PS_LINE[:20],
            PS_LINE[20:],
            PS_LINE[:-1].ljust(LONGEST) + b"\n",
            PS_LINE[:-1].ljust(LONGEST + 1) + b"\n",
            b"x" * LONGEST,
            b"\0" * 5000,
            b"\n",
            NESTED + b"\n",
            b'{"version": 1, "verb": ' + NESTED + b"\n",
            b'{"a":' * 100_000 + b"\n",
            b'{"version": ' + b"9" * 10_000 + b"}\n",
            b'\xff\xfe"\xed\xa0\x80"\n',
        ]
    ),
)
CLIENTS = 4
deeds = st.lists(
    st.tuples(
        st.integers(0, CLIENTS - 1),
        st.one_of(pieces, st.sampled_from(["read", "half-close", "leave"])),
    ),
    max_size=15,
)


def do(client: socket.socket, deed: bytes | str) -> None:
    """What one client does; that the app has ended its connection is no surprise to it."""
    with suppress(BrokenPipeError, ConnectionResetError, OSError):
        if isinstance(deed, bytes):
            client.sendall(deed)
        elif deed == "read":
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.recv(1 << 20)
            client.settimeout(PATIENCE)
        elif deed == "half-close":
            client.shutdown(socket.SHUT_WR)
        else:
            client.close()


def is_well(root: str) -> bool:
    """Whether a normal request is answered as always."""
    rows = [row for row in ask(root, Request(PS)) if "name" in row]
    return [(row["name"], row["state"], row["restarts"]) for row in rows] == [
        ("web.1", "starting", 0)
    ]


def started(procrun: Starter) -> Running:
    """An app with something in its log."""
    procfile = "web: seq 1000; echo ready; exec sleep 600\n"
    running = procrun("start", "-p", "0", "--no-timestamp", "--tty", procfile=procfile)
    running.wait_for("| ready")
    return running


def test_no_clients_stop_the_app(procrun: Starter) -> None:
    """Whatever they send, in whatever order, and whenever they leave."""
    running, root = started(procrun), str(procrun.folder)

    @settings(max_examples=60)
    @given(deeds)
    def try_it(tried: list[tuple[int, bytes | str]]) -> None:
        with ExitStack() as stack:
            clients = [stack.enter_context(connect(root)) for _ in range(CLIENTS)]
            for client in clients:
                client.settimeout(PATIENCE)
            for number, deed in tried:
                do(clients[number], deed)
            assert is_well(root)
        assert is_well(root)

    try_it()
    assert procrun("stop").finish()[0] == 0
    status, output = running.finish()
    assert status == 0
    assert "internal error" not in output


@processes.LINUX_ONLY
def test_a_hundred_megabytes_in_one_line_are_not_kept(procrun: Starter) -> None:
    """While others have half of a request out, and get their answers."""
    running, root = started(procrun), str(procrun.folder)
    inner = processes.inner(running)
    with connect(root) as half, connect(root) as endless:
        half.sendall(PS_LINE[:20])
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                endless.sendall(b"x" * 1_000_000)
                assert is_well(root)
        half.sendall(PS_LINE[20:])
        half.settimeout(PATIENCE)

        assert b'"web.1"' in half.recv(1 << 16)
    assert is_well(root)
    assert int(processes.field(inner, "VmHWM")) < 60_000  # KiB
