"""`@pytest.mark.procrun(...)`: the app that a test wants, if not that of the ini file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import pytest

from procrun.core.suites import words
from procrun.pytest_plugin.texts import DAY
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAME = "procrun"
FIXTURE = "procrun_app"  # the fixture whose app the marks are about
RUNNING: pytest.StashKey[pytest.Item] = pytest.StashKey()  # the test that runs
SIGNATURE = (
    "procrun(processes=…, env=…, env_file=…, ready=…, timeout=…, root=…, procfile=…, pass_env=…, "
    "fresh=False): the app that a test wants; tests with equal marks share one, fresh=True gives a "
    "test one of its own"
)


class Choices(Value):
    """What the marks of a test ask for; None where the ini file decides. Equals share an app."""

    processes: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] | None = None
    env_file: tuple[str, ...] | None = None
    ready: str | None = None
    timeout: float | None = None
    root: str | None = None
    procfile: str | None = None
    pass_env: tuple[str, ...] | None = None
    fresh: bool = False

    @property
    def other_app(self) -> str:
        """The first keyword that makes it another app, not only another way to wait for it."""
        like_any = Choices(ready=self.ready, timeout=self.timeout)
        differ = (name for name in _TAKEN if getattr(self, name) != getattr(like_any, name))
        return next(differ, "")


class BadMark(Exception):
    """A mark has what no mark has; the message says what, and what to write."""


def uses_app(item: pytest.Item) -> bool:
    """Whether a test has the app, directly or through other fixtures."""
    return FIXTURE in getattr(item, "fixturenames", ())


def choices_of(item: pytest.Item) -> Choices:
    """What the fixture was given for a test."""
    callspec = getattr(item, "callspec", None)
    choices = callspec.params.get(FIXTURE) if callspec else None
    return choices if isinstance(choices, Choices) else Choices()


def check(item: pytest.Item) -> None:
    """Refuse marks that came too late to be given to the fixture. pytest.UsageError."""
    try:
        if choices_of(item) == chosen_by(item.iter_markers(NAME)):
            return
        refused = _too_late(is_parametrized=hasattr(item, "callspec"))
    except BadMark as error:
        refused = error
    raise pytest.UsageError(f"{place(item)}: {refused}")


def check_late(item: pytest.Item) -> None:
    """Fail a test that has a mark, and has asked for the app only while it ran.

    Nobody but pytest knows what it has asked for.
    """
    if uses_app(item) or not item.get_closest_marker(NAME):
        return
    if FIXTURE in getattr(getattr(item, "_request", None), "_fixture_defs", ()):
        what = "@pytest.mark.procrun has no effect on request.getfixturevalue"
        names = f'name {FIXTURE} among the arguments, or in usefixtures("{FIXTURE}")'
        pytest.fail(f"{what}: {names}", pytrace=False)


def place(item: pytest.Item) -> str:
    """Where a test stands, as file:line."""
    path, line, _ = item.location
    return f"{path}:{(line or 0) + 1}"


def _too_late(*, is_parametrized: bool) -> BadMark:
    what = "@pytest.mark.procrun has no effect"
    if is_parametrized:
        return BadMark(
            f"{what} in the marks of a parameter: mark the function, or use procrun_factory"
        )
    return BadMark(
        f"{what} on a unittest.TestCase: use a plain class, or the ini options procrun_…"
    )


def chosen_by(marks: Iterable[pytest.Mark]) -> Choices:
    """What the marks ask for, the closest first: each keyword counts where it is closest."""
    choices: dict[str, object] = {}
    for mark in marks:
        if mark.args:
            what = f"@pytest.mark.procrun takes no positional argument ({mark.args[0]!r})"
            raise BadMark(f"{what}: write processes='web', for example")
        choices = {**_taken(mark.kwargs, "@pytest.mark.procrun"), **choices}
    return Choices().replace(**choices)


def chosen_with(given: Mapping[str, object]) -> Choices:
    """What `procrun_factory` is called with asks for; None is not said."""
    said = {name: value for name, value in given.items() if value is not None}
    return Choices().replace(**_taken(said, "procrun_factory"))


def _taken(given: Mapping[str, object], where: str) -> dict[str, object]:
    return {name: _value(name, value, where) for name, value in given.items()}


def _value(name: str, value: object, where: str) -> object:
    if name not in _TAKEN:
        raise BadMark(f"{where} takes no {name!r}: there are {', '.join(_TAKEN)}")
    take, example = _TAKEN[name]
    try:
        return take(value)
    except TypeError:
        what = f"{where} can't take {name}={value!r}"
        raise BadMark(f"{what}: write {example}, for example") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _path(value: object) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError
    return os.fsdecode(value)


def _words(value: object) -> tuple[str, ...]:
    return words(value if isinstance(value, str) else _texts(value))


def _files(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None  # the ini file decides
    return (value,) if isinstance(value, str) else _texts(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence):
        raise TypeError
    return tuple(map(_text, value))


def _variables(value: object) -> object:
    if not isinstance(value, Mapping):
        raise TypeError
    return tuple(sorted((_text(name), str(each)) for name, each in value.items()))


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    if not 0 < value <= DAY:
        raise TypeError
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_TAKEN: dict[str, tuple[Callable[[object], object], str]] = {
    "processes": (_words, "processes='web worker=2'"),
    "env": (_variables, "env={'NAME': 'value'}"),
    "env_file": (_files, "env_file='.env.ci'"),
    "ready": (_text, "ready='http:/health'"),
    "timeout": (_seconds, "timeout=60"),
    "root": (_path, "root='apps/shop'"),
    "procfile": (_path, "procfile='Procfile.test'"),
    "pass_env": (_words, "pass_env=['DATABASE_URL']"),
    "fresh": (_flag, "fresh=True"),
}
