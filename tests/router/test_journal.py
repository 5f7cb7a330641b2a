"""The lines of requests, where nobody reads them."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from procrun.router.journal import _MOST_PENDING, Journal

if TYPE_CHECKING:
    import pytest

LINE = b"x" * 999
MANY = 10_000  # lines, more than twice what is kept


def test_what_nobody_reads_is_kept_up_to_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """What comes then is lost, and told once somebody reads; what comes after that is not."""

    async def scenario() -> int:
        loop = asyncio.get_running_loop()
        reader, writer = os.pipe()
        journal = Journal(loop, writer)
        for _ in range(MANY):
            journal.write(LINE)
            await asyncio.sleep(0)  # the pipe is full by and by
        assert sum(map(len, journal._lines)) + len(journal._pending) <= _MOST_PENDING + len(LINE)
        os.set_blocking(reader, False)
        found = b""
        async with asyncio.timeout(20):
            while not found.endswith(b"last\n"):
                try:
                    found += os.read(reader, 1 << 20)
                except BlockingIOError:
                    if not journal._size:
                        journal.write(b"last")
                await asyncio.sleep(0)
        journal.close()
        os.close(reader)
        os.close(writer)
        return found.count(LINE + b"\n")

    kept = asyncio.run(scenario())

    assert capsys.readouterr().err == f"procrun: {MANY - kept} lines of the router were lost\n"
    assert kept * 1000 > _MOST_PENDING
