"""What a changed Procfile and changed config vars mean for the dynos that there are."""

from __future__ import annotations

from procrun.core import procfile
from procrun.core.difference import (
    between,
    moving,
    still_there,
    types_that_differ,
    variables_that_differ,
    wanted,
)
from procrun.core.formation import Selection, resolve
from procrun.core.launch import Launch
from procrun.core.names import DynoName


def launch(name: str, command: str = "run", port: int = 5000, **environment: str) -> Launch:
    """The launch of a dyno."""
    return Launch(DynoName.parse(name), command, environment, port, 5.0, 15)


def names(launches: tuple[Launch, ...]) -> list[str]:
    """Whom they are for."""
    return [str(each.name) for each in launches]


def test_only_what_differs_restarts() -> None:
    """By command, environment or port; the rest goes on."""
    before = [launch("a.1"), launch("b.1"), launch("c.1", A="1"), launch("d.1"), launch("e.1")]
    after = [
        launch("a.1"),
        launch("b.1", "other"),
        launch("c.1", A="2"),
        launch("d.1", port=5100),
        launch("f.1"),
    ]
    found = between(before, after)

    assert names(found.different) == ["b.1", "c.1", "d.1"]
    assert names(found.added) == ["f.1"]
    assert list(map(str, found.removed)) == ["e.1"]


def test_a_type_that_was_there_keeps_its_number() -> None:
    """Whatever the formation says of it; one that is new gets the formation's."""
    before = procfile.parse("web: x\nworker: x\nidle: x\nold: x\n")
    after = procfile.parse("web: x\nworker: x\nidle: x\nnew: x\n")
    formation = resolve(after, Selection(formation="all=2"))
    present = [DynoName("web", 1), DynoName("worker", 1), DynoName("worker", 2), DynoName("old", 1)]
    found = wanted(before, after, formation, present)

    assert list(map(str, found)) == ["web.1", "worker.1", "worker.2", "new.1", "new.2"]


def test_a_selection_forgets_the_types_that_are_gone() -> None:
    """What was never there stays, and is an error as at the start."""
    before, after = procfile.parse("web: x\nold: x\n"), procfile.parse("web: x\n")
    selection = Selection(("web", "old=2,typo"), "all=1,old=3", ("old",))

    assert still_there(selection, before, after) == Selection(("web", "typo"), "all=1", ())


def test_what_differs_is_named_without_its_value() -> None:
    """Types with what became of them, variables with nothing."""
    before = procfile.parse("web: x\nworker: x\nold: x\n")
    after = procfile.parse("web: x\nworker: y\nnew: x\n")

    assert list(types_that_differ(before, after)) == ["worker", "new (new)", "old (gone)"]
    assert variables_that_differ(
        {"A": "1", "B": "1", "C": "1"}, {"A": "1", "B": "2", "D": "1"}
    ) == [
        "B",
        "C",
        "D",
    ]


def test_a_port_that_another_dyno_has_is_noticed() -> None:
    """It must be down before the port's next owner starts."""
    holders = {5000: DynoName("web", 1), 5100: DynoName("worker", 1)}

    assert moving([launch("web.1", port=5100)], holders.get)
    assert not moving([launch("web.1", port=5000)], holders.get)
    assert not moving([launch("clock.1", port=5200)], holders.get)
