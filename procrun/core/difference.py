"""What a new Procfile and new config vars mean for an app that runs: names only, never values."""

from __future__ import annotations

from procrun.core.formation import ALL, Selection
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from procrun.core.formation import Formation
    from procrun.core.launch import Launch
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile


class Difference(Value):
    """What is to be done so that the dynos there are become those there should be."""

    different: tuple[Launch, ...]  # of dynos that are there and would be launched differently
    added: tuple[Launch, ...]
    removed: tuple[DynoName, ...]


def between(before: Iterable[Launch], after: Iterable[Launch]) -> Difference:
    """The difference of two sets of launches, by the names of their dynos."""
    old = {launch.name: launch for launch in before}
    new = {launch.name: launch for launch in after}
    return Difference(
        tuple(launch for name, launch in new.items() if old.get(name, launch) != launch),
        tuple(launch for name, launch in new.items() if name not in old),
        tuple(name for name in old if name not in new),
    )


def wanted(
    before: Procfile, after: Procfile, formation: Formation, present: Collection[DynoName]
) -> Iterator[DynoName]:
    """The dynos that a new Procfile should have.

    Of a type that is new as many as the formation says; of any other type those that are present,
    however many somebody has made of them.
    """
    known = {process.name for process in before.services}
    yield from (name for name in present if name.type in after.names)
    yield from (name for name in formation.dynos if name.type not in known)


def still_there(selection: Selection, before: Procfile, after: Procfile) -> Selection:
    """A selection without the types that the Procfile had and has no longer."""
    gone = {name for name in before.names if name not in after.names} - {ALL}

    def left(words: Iterable[str]) -> tuple[str, ...]:
        items = (item.strip() for word in words for item in word.split(","))
        return tuple(item for item in items if item.partition("=")[0] not in gone)

    formation = ",".join(left((selection.formation,)))
    return selection.replace(
        types=left(selection.types), formation=formation, exclude=left(selection.exclude)
    )


def types_that_differ(before: Procfile, after: Procfile) -> Iterator[str]:
    """The process types that are new, gone, or have another command; with a word on which."""
    old, new = ({each.name: each.command for each in file.types} for file in (before, after))
    for name, command in new.items():
        if name not in old:
            yield f"{name} (new)"
        elif old[name] != command:
            yield name
    yield from (f"{name} (gone)" for name in old if name not in new)


def variables_that_differ(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of the variables whose value differs, or that only one of both has."""
    names = dict.fromkeys((*before, *after))
    return [name for name in names if before.get(name) != after.get(name)]


def moving(launches: Iterable[Launch], holder: Callable[[int], DynoName | None]) -> bool:
    """Whether one of them gets a port that another dyno has; `holder` tells which one has it."""
    return any(holder(launch.port) not in (None, launch.name) for launch in launches)
