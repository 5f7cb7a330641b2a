"""What is kept of a release command's output."""

from __future__ import annotations

from procrun.core.log import APP, PLATFORM, Chunk
from procrun.releasing.output import MOST, Output


def written(output: Output, *pieces: bytes, dyno: str = "release.1", source: str = APP) -> None:
    """Write pieces as a dyno would."""
    for piece in pieces:
        output.write(Chunk(0.0, source, dyno, piece))


def test_it_is_what_that_dyno_wrote_while_it_ran() -> None:
    """Line ends of a terminal are those of a file."""
    output = Output()
    written(output, b"too early\n")
    output.begin("release.1")
    written(output, b"one\r\n", b"two\n")
    written(output, b"another\n", dyno="web.1")
    written(output, b"release.1 started\n", source=PLATFORM)

    assert output.take() == b"one\ntwo\n"
    written(output, b"too late\n")
    assert output.take() == b""


def test_of_much_the_end_is_kept() -> None:
    """With a word on what is missing, in memory as well as in what is taken."""
    output = Output()
    output.begin("release.1")
    written(output, b"first\n", *([b"x" * 999 + b"\n"] * 1500), b"last\n")

    first, *_, last = output.take().splitlines()

    assert first == b"[500011 bytes before this were cut off]"
    assert last == b"last"
    assert output.take() == b""


def test_one_large_piece_is_cut_as_well() -> None:
    """It comes at once."""
    output = Output()
    output.begin("release.1")
    written(output, b"x" * MOST + b"end")

    assert output.take() == b"[3 bytes before this were cut off]\n" + b"x" * (MOST - 3) + b"end"
