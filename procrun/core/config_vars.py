"""Config vars: which value of a variable wins, where it came from, and what a dyno gets."""

from __future__ import annotations

from procrun.core import envfile
from procrun.errors import UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from procrun.core.names import DynoName

OVERRIDE = "-E"
SHELL = "shell"

_SHOWN = 3  # names in the line about replaced values


class Replaced(Value):
    """A variable of the caller whose value an env file changes."""

    name: str
    path: str


class ConfigVars(Value):
    """The environment of the app, with the place that each value came from."""

    values: dict[str, str]
    origins: dict[str, str]  # of what -E and the env files set; the rest is the caller's
    replaced: tuple[Replaced, ...] = ()

    def origin(self, name: str) -> str:
        """`.env:3`, `-E` or `shell`; KeyError for a name without a value."""
        if name not in self.values:
            raise KeyError(name)
        return self.origins.get(name, SHELL)


def compose(
    caller: Mapping[str, str],
    files: Sequence[tuple[str, Iterable[envfile.Binding]]],
    precedence: str = "file",
    overrides: Mapping[str, str] | None = None,
) -> ConfigVars:
    """The config vars out of the caller's environment, env files (path, bindings) and -E.

    A later file beats an earlier one and -E beats everything. With precedence "file" the files
    beat the caller, as in foreman; with "shell" the caller beats them. ${VAR} in a file is
    always the value that wins at that place.
    """
    overrides = overrides or {}
    fixed = {*overrides, *(caller if precedence == "shell" else ())}
    values = {**caller, **overrides}
    origins = dict.fromkeys(overrides, OVERRIDE)
    winners: dict[str, str] = {}
    for path, bindings in files:
        lines = {binding.key: binding.line for binding in bindings}
        for name, value in envfile.resolve(bindings, values, fixed).items():
            if name not in fixed:
                values[name] = value
                origins[name] = f"{path}:{lines[name]}"
                winners[name] = path
    return ConfigVars(values, origins, _replaced(caller, values, winners))


def _replaced(
    caller: Mapping[str, str], values: Mapping[str, str], winners: Mapping[str, str]
) -> tuple[Replaced, ...]:
    return tuple(
        Replaced(name, path)
        for name, path in winners.items()
        if caller.get(name, values[name]) != values[name]
    )


def replaced_line(replaced: Sequence[Replaced]) -> str:
    """One line on the variables of the shell that files replaced, names only; "" for none."""
    if not replaced:
        return ""
    paths = _and(tuple(dict.fromkeys(each.path for each in replaced)))
    names = [each.name for each in replaced[:_SHOWN]]
    if len(replaced) > _SHOWN:
        names.append(f"{len(replaced) - _SHOWN} more")
    verb = "replaces" if len({each.path for each in replaced}) == 1 else "replace"
    return f'{paths} {verb} {_and(names)} of your shell (env_precedence = "shell" turns it round)'


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def parse_override(text: str) -> tuple[str, str]:
    """The name and value of `-E KEY=VALUE`, taken literally; UsageError without a good name."""
    name, equals, value = text.partition("=")
    wrong = ""
    if not equals:
        wrong = "-E has no `=` after the name"
    elif not name:
        wrong = "-E has no name before the `=`"
    elif name.split() != [name]:  # such as `export KEY`
        wrong = "-E has a blank in the name before the `=`"
    if wrong:
        raise UsageError(wrong, "Write -E KEY=VALUE; -E KEY= sets an empty value.")
    return name, value


def base_port(config: ConfigVars, explicit: int | None, fallback: int | None) -> int:
    """The port that the ports of all dynos count from.

    `explicit` is -p or PROCRUN_PORT and beats PORT of the config vars; `fallback` is `port` of a
    settings file and ranks below it. An empty PORT counts as none. ConfigError, with the place,
    for a PORT that is not a port.
    """
    if explicit is not None:
        return explicit
    from procrun.core.ports import DEFAULT_BASE, parse_port  # `run` has no ports

    found = config.values.get("PORT")
    if found:
        return parse_port(found, _place_of_port(config.origin("PORT")))
    return DEFAULT_BASE if fallback is None else fallback


def _place_of_port(origin: str) -> str:
    return {SHELL: "PORT in the environment", OVERRIDE: "-E PORT"}.get(origin, origin)


def dyno_environment(
    config: Mapping[str, str], name: DynoName, port: int, *, colour: bool
) -> dict[str, str]:
    """What one dyno gets: the config vars, its PORT, and its name in PS as foreman gives it.

    DYNO stays unset unless the config vars have it, because apps take it for "behind Heroku's
    router" and redirect to https. PYTHONUNBUFFERED=1 is what Heroku's Python buildpack sets.
    With `colour` the dyno is told that the other end shows colours, where nothing is said about
    that yet and NO_COLOR is unset or empty (no-color.org).
    """
    environment = {"PYTHONUNBUFFERED": "1"}
    if colour and not config.get("NO_COLOR"):
        environment |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    return {**environment, **config, "PORT": str(port), "PS": str(name)}


def release_environment(config: Mapping[str, str]) -> dict[str, str]:
    """What the release command gets: the config vars, and its name in PS as services have it."""
    return {**config, "PS": "release.1"}
