"""How many of each process type run: what the user asked for, checked against the Procfile."""

from __future__ import annotations

from procrun.core.names import RELEASE, DynoName, did_you_mean
from procrun.core.ports import STEP, port
from procrun.core.text import excerpt, whole_number
from procrun.errors import ConfigError, Problem, UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from procrun.core.procfile import ProcessType, Procfile

ALL = "all"  # every service that is not named beside it
MOST = STEP  # of one type; Heroku's default limit is the same hundred


class Selection(Value):
    """What to start, as typed; each word may be several, separated by commas."""

    types: tuple[str, ...] = ()  # `web` or `web=2`: these and nothing else; none means all
    formation: str = ""  # `all=1,web=2`: numbers only, what it does not name stays at 1
    exclude: tuple[str, ...] = ()
    formation_from: str = ""  # where it stands, for messages; "" if it was typed just now
    exclude_from: str = ""


class Formation(Value):
    """A number for every service of a Procfile, in its order; 0 for what is not to run."""

    quantities: tuple[tuple[ProcessType, int], ...]

    @property
    def dynos(self) -> tuple[DynoName, ...]:
        """The dynos to run, in the order of the Procfile."""
        return tuple(
            DynoName(process.name, number)
            for process, quantity in self.quantities
            for number in range(1, quantity + 1)
        )

    def ports(self, base: int) -> dict[DynoName, int]:
        """The port of every dyno; ConfigError with the first of each type that is above 65535."""
        ports: dict[DynoName, int] = {}
        problems: list[Problem] = []
        for process, quantity in self.quantities:
            try:
                for number in range(1, quantity + 1):
                    ports[DynoName(process.name, number)] = port(base, process, number)
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)
        return ports


def parse_quantities(words: Iterable[str]) -> dict[str, int]:
    """`web=2,worker=0` as numbers by type, the last one of a type wins.

    UsageError that lists every word which is not TYPE=N.
    """
    quantities: dict[str, int] = {}
    malformed: list[str] = []
    for word in _split(words):
        name, _, digits = word.partition("=")
        quantity = whole_number(digits)
        if name and quantity is not None:
            quantities[name] = quantity
        else:
            malformed.append(excerpt(word))
    if malformed:
        found = f"not of the form TYPE=N: {', '.join(malformed)}"
        raise UsageError(found, "N is a whole number, as in web=2.")
    return quantities


def parse_changes(words: Iterable[str], now: Mapping[str, int]) -> dict[str, int]:
    """`web=2 worker+1 clock-1` as numbers by type; `now` is how many there are of every service.

    `all` stands for each of them. UsageError that lists every word which is none of these; no
    number goes below 0.
    """
    changed: dict[str, int] = {}
    malformed: list[str] = []
    for word in _split(words):
        name, sign, digits = next(
            (parts for sign in "=+-" if (parts := word.rpartition(sign))[1]), ("", "", "")
        )
        quantity = whole_number(digits)
        if not name or quantity is None:
            malformed.append(excerpt(word))
            continue
        for each in now if name == ALL else [name]:
            before = 0 if sign == "=" else changed.get(each, now.get(each, 0))
            changed[each] = max(0, before - quantity if sign == "-" else before + quantity)
    if malformed:
        remedy = "Write web=2, web+1 or web-1."
        raise UsageError(f"not a change of the formation: {', '.join(malformed)}", remedy)
    return changed


def resolve(procfile: Procfile, selection: Selection) -> Formation:
    """The formation that a selection means.

    UsageError for a malformed number; ConfigError with every name that the Procfile lacks, every
    number above a hundred, `release` asked for as a service, or when there is nothing to start.
    """
    words = _split(selection.types)
    named = [word.partition("=")[0] for word in words]
    chosen = parse_quantities(word for word in words if "=" in word)
    general = parse_quantities([selection.formation])
    excluded = _split(selection.exclude)

    places = dict.fromkeys(named, "")
    for name in general:
        places.setdefault(name, selection.formation_from)
    for name in excluded:
        places.setdefault(name, selection.exclude_from)

    def quantity(process: ProcessType) -> int:
        if _covers(excluded, process) or (selection.types and not _covers(named, process)):
            return 0
        return _quantity(process, chosen, general)

    problems = [
        *unknown_types(places, procfile),
        *_release_as_service(dict.fromkeys(named, 1) | chosen, general),
        *_too_many(chosen, general),
    ]
    formation = Formation(tuple((process, quantity(process)) for process in procfile.services))
    if not problems and not formation.dynos:
        problems.append(_nothing_to_start(procfile))
    if problems:
        raise ConfigError(problems)
    return formation


def check_quantities(procfile: Procfile, quantities: Mapping[str, int]) -> None:
    """ConfigError with what is wrong with these numbers by type for this Procfile."""
    problems = [
        *unknown_types(dict.fromkeys(quantities, ""), procfile),
        *_release_as_service(quantities),
        *_too_many(quantities),
    ]
    if problems:
        raise ConfigError(problems)


def _split(words: Iterable[str]) -> list[str]:
    items = (item.strip() for word in words for item in word.split(","))
    return [item for item in items if item]


def _covers(names: Collection[str], process: ProcessType) -> bool:
    return process.name in names or ALL in names


def _quantity(process: ProcessType, chosen: Mapping[str, int], general: Mapping[str, int]) -> int:
    """A type's own number wins over that of `all`, and a positional one over that of -c."""
    for name in (process.name, ALL):
        for quantities in (chosen, general):
            if name in quantities:
                return quantities[name]
    return 1


def unknown_types(names: Mapping[str, str], procfile: Procfile) -> Iterator[Problem]:
    """A problem for each name that is no process type; with it the place where it stands."""
    services = [process.name for process in procfile.services]
    for name, where in names.items():
        if name not in {*services, RELEASE, ALL}:
            meant = did_you_mean(name, services)
            found = f"{procfile.path} has no process type {excerpt(name)}"
            yield Problem(where, found, f"{meant}It has {', '.join(services) or 'only release'}.")


def _release_as_service(*sources: Mapping[str, int]) -> Iterator[Problem]:
    # `release=0` and `-x release` only say what is so anyway.
    if any(quantities.get(RELEASE) for quantities in sources):
        yield Problem("", "release is not a service", "Run it once with `procrun release`.")


def _too_many(*sources: Mapping[str, int]) -> Iterator[Problem]:
    for quantities in sources:
        for name, quantity in quantities.items():
            if quantity > MOST:
                remedy = f"A type has {STEP} ports; one more would be the next type's first."
                yield Problem("", f"{name}={quantity} is more than {MOST} of a type", remedy)


def _nothing_to_start(procfile: Procfile) -> Problem:
    if not procfile.services:
        remedy = "Add a line such as web: COMMAND; `procrun release` runs the release command."
        return Problem(procfile.path, "no process type but release", remedy)
    names = ", ".join(process.name for process in procfile.services)
    return Problem("", "nothing to start", f"Ask for at least one of {names}.")
