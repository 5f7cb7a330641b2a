"""What is known of an app as a whole, as `procrun info` prints it."""

from __future__ import annotations

from procrun.core.config_output import MASK, assignments
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class AppDescription(Value):
    """An app; what is None is not known, as of one that does not run."""

    name: str
    root: str
    procfile: str
    env_files: tuple[str, ...]
    config_vars: tuple[str, ...]  # their names
    release: str | None  # the current one
    python: str | None  # the version that the app asks for
    heroku: bool  # whether it runs as on Heroku, or would
    router: bool
    pid: int | None = None  # of the visible process
    since: float | None = None  # seconds since the epoch
    web_urls: tuple[str, ...] = ()
    dynos: Mapping[str, int] | None = None  # how many there are of each type
    maintenance: bool | None = None
    release_note: str | None = None  # what became of a newer one, that is not the current one

    def for_people(self, since: str) -> Iterator[str]:
        """Aligned rows in the order of their names; `since` is that moment in words."""
        numbers = self.dynos.items() if self.dynos is not None else ()
        dynos = ", ".join(f"{name}: {number}" for name, number in numbers)
        rows = {
            "Dynos": [dynos or "none: the app does not run"],
            "Env Files": [*self.env_files],
            "Heroku": ["yes" if self.heroku else "no"],
            "Maintenance": [] if self.maintenance is None else [_on_or_off(on=self.maintenance)],
            "Pid": [] if self.pid is None else [str(self.pid)],
            "Procfile": [self.procfile],
            "Python": [self.python or ""],
            "Release": [self._release],
            "Root": [self.root],
            "Router": [_on_or_off(on=self.router)],
            "Started": [since],
            "Web URL": [*self.web_urls],
        }
        width = max(map(len, rows)) + 2
        for name, values in rows.items():
            for i, value in enumerate(filter(None, values)):
                yield f"{'' if i else f'{name}:':{width}}{value}"

    @property
    def _release(self) -> str:
        if self.release_note is None:
            return self.release or ""
        return f"{self.release or 'none'} ({self.release_note})"

    def for_programs(self) -> dict[str, object]:
        """Every field by its name; the values of the config vars are masked."""
        fields = {name: getattr(self, name) for name in self._fields}
        return {**fields, "config_vars": dict.fromkeys(self.config_vars, MASK)}

    def for_shells(self) -> Iterator[str]:
        """`name=value` lines, quoted; of what is not known none. A list has commas."""
        words = {name: _word(getattr(self, name)) for name in self._fields}
        return assignments({name: word for name, word in words.items() if word is not None})


def python_version(runtime_txt: str, version_file: str) -> str | None:
    """The version that an app asks for in `runtime.txt` or `.python-version`; the first wins."""
    for line in (*runtime_txt.split("\n"), *version_file.split("\n")):
        text = line.partition("#")[0].strip().removeprefix("python-")
        if text and text.isprintable():
            return text
    return None


def _on_or_off(*, on: bool) -> str:
    return "on" if on else "off"


def _word(value: object) -> str | None:
    """A field as a word; None for one that is not known."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        value = tuple(f"{name}:{number}" for name, number in value.items())
    return ",".join(value) if isinstance(value, tuple) else None if value is None else str(value)
