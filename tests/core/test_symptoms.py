"""What servers write when they will not be ready."""

from __future__ import annotations

import pytest

from procrun.core.symptoms import Deaths, names, says_address_in_use

GUNICORN = b"[2026-11-22 14:39:03 +0000] [7913] [ERROR] "


@pytest.mark.parametrize(
    "line",
    [
        b"OSError: [Errno 98] Address already in use",
        b"OSError: [Errno 48] Address already in use",
        GUNICORN + b"Connection in use: ('127.0.0.1', 47123)",
        GUNICORN + b"connection to ('127.0.0.1', 1) failed: [Errno 98] Address already in use",
        b"Port 47123 is in use by another program. Either identify and stop that program, or",
        b"Error: That port is already in use.",
        (
            b"ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): "
            b"address already in use"
        ),
        b"Error: listen EADDRINUSE: address already in use 127.0.0.1:47125",
        b"  code: 'EADDRINUSE',",
        (
            b'-e:1:in `initialize\': Address already in use - bind(2) for "127.0.0.1" port 47125 '
            b"(Errno::EADDRINUSE)"
        ),
        b"listen tcp 127.0.0.1:8080: bind: address already in use",
        b'Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
        b"java.net.BindException: Address already in use (Bind failed)",
        b"Web server failed to start. Port 8080 was already in use.",
        b"Error: Port 5173 is already in use",
        b"[error] Failed to start Ranch listener in :ranch_tcp:listen for reason :eaddrinuse",
    ],
)
def test_an_address_in_use_is_recognized(line: bytes) -> None:
    """Among other lines, in the words of many servers."""
    assert says_address_in_use(line)
    assert says_address_in_use(b"starting\n" + line + b"\nbye\n")


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"Listening at: http://127.0.0.1:47123 (7913)",
        b"this address is already taken by another customer",
        b"the port of Hamburg\nis in use",
        b"3 connections in use",
        b"feature flags in use: 3",
        b"Cannot assign requested address",
    ],
)
def test_other_lines_are_not(lines: bytes) -> None:
    """However near they come."""
    assert not says_address_in_use(lines)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (b"('127.0.0.1', 4712)", True),
        (b"Port 4712 is in use", True),
        (b"127.0.0.1:4712\n", True),
        (b"[47123] 14712", False),
        (b"", False),
    ],
)
def test_a_port_is_a_whole_number(lines: bytes, *, found: bool) -> None:
    """Not a part of one."""
    assert names(4712, lines) is found


class TestDeaths:
    """Workers that die."""

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (
                "[ERROR] Worker (pid:{}) exited with code 1.",
                "gunicorn's workers die again and again (3 so far, the last: exited with code 1)",
            ),
            (
                "[ERROR] Worker (pid:{}) exited with code 1",
                "gunicorn's workers die again and again (3 so far, the last: exited with code 1)",
            ),
            (
                "[ERROR] Worker (pid:{}) was sent SIGKILL! Perhaps out of memory?",
                "gunicorn's workers die again and again (3 so far, the last: was sent SIGKILL)",
            ),
            (
                "[WARNING] Worker with pid {} was terminated due to signal 9",
                (
                    "gunicorn's workers die again and again "
                    "(3 so far, the last: terminated due to signal 9)"
                ),
            ),
            (
                "INFO:     Child process [{}] died",
                "uvicorn's workers die again and again (3 so far)",
            ),
        ],
    )
    def test_the_third_is_one_too_many(self, line: str, words: str) -> None:
        """In the words of each server; a line that comes twice is one death."""
        deaths = Deaths()
        for pid in (11, 12, 12):
            deaths.hear(f"one\n{line.format(pid)}\ntwo\n".encode())
        before = deaths.words
        deaths.hear(line.format(13).encode())

        assert before == ""
        assert deaths.words == words

    @pytest.mark.parametrize(
        "line",
        [
            "Worker (pid:{}) exited with code 3.",
            "Worker (pid:{}) exited with code 4",
            "Worker (pid:{}) exited with code 0",
            "Worker (pid:{}) was sent SIGTERM!",
            "Worker with pid {} was terminated due to signal 15",
            "Booting worker with pid: {}",
        ],
    )
    def test_an_end_that_was_wanted_is_none(self, line: str) -> None:
        """Nor one for which the master gives up by itself."""
        deaths = Deaths()
        deaths.hear("\n".join(line.format(pid) for pid in range(9)).encode())

        assert deaths.words == ""

    def test_codes_that_begin_alike_count(self) -> None:
        """30 is not 3."""
        deaths = Deaths()
        deaths.hear(b"".join(b"Worker (pid:%d) exited with code 30.\n" % pid for pid in range(3)))

        assert "exited with code 30" in deaths.words
