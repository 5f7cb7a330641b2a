"""Prints the diagram in lifecycle.md, drawn from the table that procrun works by."""

from __future__ import annotations

import sys
from collections import deque

from procrun.core.lifecycle import ON_ENTRY, Dyno, Effect, Event, State, Want

Point = tuple[State, Want]  # what a dyno is, and what is wanted of it
Arrows = dict[tuple[State, State], list[str]]


def live(point: Point, event: Event, *, one_off: bool) -> tuple[Point, tuple[Effect, ...]]:
    """What becomes of a dyno by an event, and what is to be done."""
    dyno = Dyno(one_off=one_off)
    dyno.state, dyno.want = point
    effects = dyno.handle(event)
    return (dyno.state, dyno.want), effects


def points(*, one_off: bool) -> list[Point]:
    """All that a dyno can ever be, beginning with one that is down."""
    found = [(State.DOWN, Want.DOWN)]
    ahead = deque(found)
    while ahead:
        point = ahead.popleft()
        for event in Event:
            after, _effects = live(point, event, one_off=one_off)
            if after not in found:
                found.append(after)
                ahead.append(after)
    return found


def arrows(*, one_off: bool) -> Arrows:
    """From which state to which, and by what."""
    steps = [
        (point, event, *live(point, event, one_off=one_off))
        for point in points(one_off=one_off)
        for event in Event
    ]
    outcomes: dict[tuple[State, Event], set[State]] = {}
    for (before, _want), event, (after, _then), _effects in steps:
        outcomes.setdefault((before, event), set()).add(after)
    found: Arrows = {}
    for (before, want), event, (after, _then), effects in steps:
        if after is before and not effects:
            continue
        label = event.value + (" (kill)" if Effect.KILL in effects else "")
        if len(outcomes[before, event]) > 1:
            label += f" (wanted {want.value})"
        labels = found.setdefault((before, after), [])
        labels += [label] if label not in labels else []
    return found


def diagram() -> str:
    """All of it in Mermaid's language."""
    lines = ["stateDiagram-v2", "    [*] --> down"]
    for (before, after), labels in arrows(one_off=False).items():
        lines.append(f"    {before.value} --> {after.value}: {', '.join(labels)}")
    for (before, after), labels in arrows(one_off=True).items():
        if after is State.COMPLETE:
            lines.append(f"    {before.value} --> complete: {', '.join(labels)} (one-off)")
    lines.append("    complete --> [*]")
    for state, effect in ON_ENTRY.items():
        lines.append(f"    note right of {state.value}: {effect.value}")
    return "\n".join(lines) + "\n"


sys.stdout.write(diagram())
