"""The hub: each chunk to every sink, in the same order."""

from __future__ import annotations

from procrun.core.log import APP, Chunk
from procrun.logs.hub import Hub


class Notebook:
    """A sink that notes what it is told."""

    def __init__(self) -> None:
        self.blocked = False
        self.told: list[str] = []

    def write(self, chunk: Chunk) -> None:
        """Take a chunk."""
        self.told.append(chunk.data.decode())

    def flush(self) -> None:
        """End a turn."""
        self.told.append("flush")

    def close(self) -> None:
        """End it all."""
        self.told.append("close")


def chunk(text: str) -> Chunk:
    """What web.1 wrote."""
    return Chunk(0, APP, "web.1", text.encode())


def test_every_sink_gets_every_chunk() -> None:
    """In the order in which they were published, each turn ended once."""
    first, second = Notebook(), Notebook()
    hub = Hub([first, second])
    for text in ("a", "b"):
        hub.publish(chunk(text))
    hub.flush()
    hub.publish(chunk("c"))
    hub.flush()
    hub.close()

    assert first.told == second.told == ["a", "b", "flush", "c", "flush", "close"]


def test_a_turn_without_a_chunk_costs_nothing() -> None:
    """The loop ends many turns in which nobody wrote."""
    sink = Notebook()
    hub = Hub([sink])
    hub.flush()
    hub.publish(chunk("a"))
    hub.flush()
    hub.flush()

    assert sink.told == ["a", "flush"]


def test_one_slow_sink_holds_up_the_log() -> None:
    """Nothing is dropped for any of them."""
    first, second = Notebook(), Notebook()
    hub = Hub([first, second])
    assert not hub.blocked
    second.blocked = True
    assert hub.blocked
    second.blocked = False
    assert not hub.blocked
    assert not Hub([]).blocked
