"""Deadlines that move at every sign of life."""

from __future__ import annotations

import asyncio
from functools import partial

from procrun.router.deadline import Deadline


def test_a_deadline_rings_once_when_its_time_is_over() -> None:
    """The last one that was set counts, be it sooner or later than the one before."""

    async def scenario() -> list[str]:
        loop = asyncio.get_running_loop()
        rung: list[str] = []
        done = asyncio.Event()
        names = ("sooner", "later", "cleared", "closed")
        deadlines = {name: Deadline(loop, partial(rung.append, name)) for name in names}
        end = Deadline(loop, done.set)
        deadlines["sooner"].set(1000)
        deadlines["sooner"].set(0.01)
        deadlines["later"].set(0.01)
        deadlines["later"].set(0.05)
        deadlines["cleared"].set(0.01)
        deadlines["cleared"].clear()
        deadlines["closed"].set(0.01)
        deadlines["closed"].close()
        end.set(0.2)
        async with asyncio.timeout(20):
            await done.wait()
        return rung

    assert asyncio.run(scenario()) == ["sooner", "later"]


def test_a_deadline_can_be_set_again() -> None:
    """After it has rung, and after it was cleared."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        rung = asyncio.Event()
        deadline = Deadline(loop, rung.set)
        for _ in range(3):
            rung.clear()
            deadline.set(1000)
            deadline.clear()
            deadline.set(0.001)
            async with asyncio.timeout(20):
                await rung.wait()
        deadline.close()

    asyncio.run(scenario())
