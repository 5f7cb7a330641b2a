"""What a measurement hands to the report."""

from __future__ import annotations

from procrun.value import Value


class Row(Value):
    """A line of the table; the values of a summed row are added up and have no ratio."""

    name: str
    unit: str
    summed: bool = False


class Sample(Value):
    """One figure of one tool in one round; None when the tool hung, failed or lost most of it."""

    row: Row
    tool: str
    value: float | None
