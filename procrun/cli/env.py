"""`procrun env`: the environment that a process gets, to look at or for another program.

The plain form has one variable on each line, always: a value with a control character, such as a
newline, is written as $'...' with the escapes of C, which bash, zsh and ksh read.
"""

from __future__ import annotations

import sys

from procrun import clean_env
from procrun.cli import output
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.cli.run import like_app
from procrun.core import config_vars
from procrun.core.formation import Formation, Selection, resolve
from procrun.core.names import RELEASE, DynoName, did_you_mean
from procrun.core.shell_syntax import is_variable
from procrun.core.text import excerpt
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import Findings, base_port, read_config, read_procfile
from procrun.plan import platform_of, wants_colour
from procrun.port_plan import port_of
from procrun.system import listeners, profile
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from procrun.cli.words import Line
    from procrun.core.config_vars import ConfigVars
    from procrun.core.procfile import ProcessType, Procfile
    from procrun.settings import Settings

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# A shell sets these itself and stops where somebody else tries.
_READ_ONLY = frozenset(("BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"))


class _Wanted(Value):
    """Whose environment: one of `start`, the release command's, or that of `run`."""

    name: DynoName | None = None
    formation: Formation | None = None
    process: ProcessType | None = None


def env(line: Line) -> int:
    """Print what `start` gives the dyno that is named, or else what `run` gives a command.

    ConfigError for a name that the Procfile lacks, and for all else that is wrong.
    """
    given = parse(line)
    settings, _follows = like_app(given.settings)
    overrides = dict(map(config_vars.parse_override, given.overrides))
    findings = Findings()
    wanted = findings.attempt(lambda: _wanted(settings, given.words))
    config = findings.attempt(lambda: read_config(settings, overrides))
    if wanted is None or config is None:
        raise ConfigError(findings.problems)
    values = dict(sorted(_environment(wanted, settings, config).items()))
    if "json" in given.flags:
        output.write_json(values)
    else:
        lines = _for_shell(values) if "shell" in given.flags else _plain(values)
        output.write("".join(f"{each}\n" for each in lines))
    return 0


def _wanted(settings: Settings, words: Collection[str]) -> _Wanted:
    for word in words:
        procfile = read_procfile(settings.procfile)
        name = _dyno(procfile, word)
        if name.type == RELEASE:
            return _Wanted(name, process=procfile.release)
        formation = resolve(procfile, Selection((f"{name.type}={name.number}",)))
        return _Wanted(name, formation, procfile.get(name.type))
    return _Wanted()


def _dyno(procfile: Procfile, text: str) -> DynoName:
    """The dyno of that name, the first one of a type; ConfigError that lists the types."""
    try:
        name = DynoName.parse(text if "." in text else f"{text}.1")
        if name.type in procfile.names:
            return name
    except ProcrunError:
        pass  # it is no name of the Procfile either way
    hint = f"{did_you_mean(text, procfile.names)}It has {', '.join(procfile.names)}."
    raise ConfigError([Problem("", f"{procfile.path} has no process {excerpt(text)}", hint)])


def _environment(wanted: _Wanted, settings: Settings, config: ConfigVars) -> Mapping[str, str]:
    if settings.clean_env:
        return _clean(wanted, settings, config)
    if wanted.name is None:
        return config.values
    if wanted.formation is None:
        return config_vars.release_environment(config.values)
    base = base_port(settings, config)
    port = wanted.formation.ports(base)[wanted.name] if base else listeners.free(1)[0]
    colour = wants_colour(settings)
    return config_vars.dyno_environment(config.values, wanted.name, port, colour=colour)


def _clean(wanted: _Wanted, settings: Settings, config: ConfigVars) -> Mapping[str, str]:
    """What `clean_env` leaves of it; says what it can't know."""
    if found := profile.scripts(settings.root):
        text = f"{', '.join(found)} may change this before the command"
        hint = "`procrun run --clean-env env` shows what comes of it."
        sys.stderr.write(in_words([Problem("", text, hint, warning=True)]))
    name = wanted.name
    port = port_of(settings, config, wanted.process, name.number if name else 1)
    if name is None or wanted.formation is None:
        return clean_env.environment_of_one_off(
            settings, config, name.type if name else "run", port
        )
    return clean_env.environment(settings, platform_of(settings), config, name, port)


def _plain(values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        needs_escapes = any(map(_is_control, value)) or value.startswith("$'")
        yield f"{name}={_escaped(value) if needs_escapes else value}"


def _is_control(letter: str) -> bool:
    return letter < " " or letter == "\x7f"


def _escaped(value: str) -> str:
    return f"$'{''.join(map(_escape, value))}'"


def _escape(letter: str) -> str:
    return _ESCAPES.get(letter, f"\\{ord(letter):03o}" if _is_control(letter) else letter)


def _for_shell(values: Mapping[str, str]) -> Iterator[str]:
    """Lines for `eval` and `set -a; . FILE` in any POSIX shell; says what these cannot set."""
    left_out = [name for name in values if not is_variable(name)]
    if left_out:
        problem = Problem("", f"no shell can set {', '.join(left_out)}", "Left out.", warning=True)
        sys.stderr.write(in_words([problem]))
    for name, value in values.items():
        if is_variable(name) and name not in _READ_ONLY:
            quoted = value.replace("'", "'\\''")
            yield f"{name}='{quoted}'"
