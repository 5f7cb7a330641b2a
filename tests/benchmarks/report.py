"""Samples in, a table out: medians, and procrun's ratio to each rival in the same round."""

from __future__ import annotations

import os
import platform
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmarks.figures import Row, Sample

    Values = list[float | None]

OURS = "procrun"
MILLION = 1_000_000
THOUSAND = 1000
MISSING = "-"
RATIO = "In brackets: procrun's figure divided by the peer's of the same round, the median of all."


def short(number: float) -> str:
    """About three digits: 4.52 M, 25.1 k, 131, 13.4, 0.25, 0."""
    if number >= MILLION:
        return f"{number / MILLION:.2f} M"
    if number >= 10 * THOUSAND:
        return f"{number / THOUSAND:.1f} k"
    if number >= THOUSAND / 10 or number == int(number):
        return f"{number:.0f}"
    decimals = 1 if number >= THOUSAND / 100 else 2 if number >= 1 / 10 else 3
    return f"{number:.{decimals}f}"


def ratio(ours: Values, theirs: Values) -> str:
    """The median of procrun's figure by the peer's of the same round; empty if none has both."""
    both = [a / b for a, b in zip(ours, theirs, strict=False) if a is not None and b]
    return f" ({short(statistics.median(both))}x)" if both else ""


def summary(row: Row, values: Values) -> str:
    """The median (or the sum) of what was measured, and how often nothing could be."""
    good = [value for value in values if value is not None]
    if not good:
        return "failed" if values else MISSING
    if row.summed:
        return short(sum(good))
    failed = (
        f", {len(values) - len(good)} of {len(values)} failed" if len(good) < len(values) else ""
    )
    return short(statistics.median(good)) + failed


class Table:
    """The figures by row and tool, in the order in which they came."""

    def __init__(self, samples: Iterable[Sample], tools: Sequence[str]) -> None:
        self._figures: dict[Row, dict[str, Values]] = {}
        for sample in samples:
            figures = self._figures.setdefault(sample.row, {})
            figures.setdefault(sample.tool, []).append(sample.value)
        seen = {tool for figures in self._figures.values() for tool in figures}
        self._tools = [tool for tool in tools if tool in seen]

    def cell(self, row: Row, tool: str) -> str:
        """What stands in the table: `25.1 k (180x)`."""
        figures = self._figures[row]
        values = figures.get(tool, [])
        compared = tool != OURS and not row.summed
        return summary(row, values) + (ratio(figures.get(OURS, []), values) if compared else "")

    def lines(self) -> list[list[str]]:
        """The head and one list of cells per row."""
        head = ["", *self._tools]
        body = [
            [row.name if row.summed else f"{row.name}, {row.unit}"]
            + [self.cell(row, tool) for tool in self._tools]
            for row in self._figures
        ]
        return [head, *body]

    def markdown(self) -> str:
        """The table for the README."""
        head, *body = (f"| {' | '.join(cells)} |" for cells in self.lines())
        rule = f"| --- |{' ---: |' * len(self._tools)}"
        return "\n".join([head, rule, *body])

    def plain(self) -> str:
        """The table for a terminal."""
        lines = self.lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            cells[0].ljust(widths[0])
            + "".join(f"  {c:>{w}}" for c, w in zip(cells[1:], widths[1:], strict=True))
            for cells in lines
        )


def circumstances(
    command: str, rounds: int, versions: Sequence[str], skipped: Sequence[str]
) -> str:
    """When, where and how the figures came about."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    text = f"{time.strftime('%Y-%m-%d')}, {machine}; {', '.join(versions)}. "
    text += f"Medians of {rounds} interleaved rounds of `{command}`. {RATIO}"
    return "\n".join([text, *(f"{word}." for word in skipped)])
