"""`procrun check`: everything that is wrong with the files and the settings of an app."""

from __future__ import annotations

import os
import subprocess
import sys

from procrun import clean_env
from procrun import settings as settings_module
from procrun.advice.checking import in_full
from procrun.cli import output
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.core import app_json, config_vars
from procrun.core.formation import ALL, Selection, resolve
from procrun.core.lint import lint_commands, lint_mentions, lint_names
from procrun.core.names import WEB, DynoName
from procrun.errors import FAILURE, ConfigError, Problem
from procrun.inputs import (
    Findings,
    base_port,
    composed,
    read_app_json,
    read_env_files,
    read_procfile,
)
from procrun.plan import circular, platform_of
from procrun.settings import DEFAULT, Setting, Settings
from procrun.settings.kinds import PREFIX
from procrun.settings.values import located
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from procrun.cli.words import Line
    from procrun.core.config_vars import ConfigVars
    from procrun.core.envfile import Binding
    from procrun.core.procfile import Procfile

# What other runners keep beside a Procfile, and what to do about it.
_FOREIGN = {
    ".foreman": "Its options can be settings, in procrun.toml or [tool.procrun].",
    ".goreman": "Its options can be settings, in procrun.toml or [tool.procrun].",
    ".overmind.env": "Name it with -e, or move what is in it into .env and the settings.",
    ".overmind.sock": "If overmind is running here, stop it; otherwise the file can go.",
}


class _Report(Value):
    """What was found, and what there is to check."""

    problems: tuple[Problem, ...]
    procfile: Procfile | None
    env_files: Sequence[tuple[str, tuple[Binding, ...]]]


def check(line: Line) -> int:
    """Tell every problem there is, as text or JSON; the exit code is 1 if any is an error."""
    given = parse(line)
    report = _examine(given.settings)
    if "json" in given.flags:
        _print_json(report.problems)
    else:
        sys.stderr.write(in_words(report.problems))
    if not all(problem.warning for problem in report.problems):
        return FAILURE
    if "json" not in given.flags:
        output.write(f"{_summary(report)}\n")
    return 0


def _examine(typed: Mapping[str, object]) -> _Report:
    findings = Findings()
    settings = findings.attempt(lambda: settings_module.resolve(typed, os.environ))
    if settings is None:
        settings = _without_settings(typed)
    procfile = findings.attempt(lambda: read_procfile(settings.procfile))
    files = findings.attempt(lambda: read_env_files(settings.env_files))
    findings.attempt(lambda: read_app_json(located(app_json.NAME, settings.root)))
    config = None
    if files is not None:
        config = composed(settings, files)
        findings.problems += _settings_in(files)
    if procfile is not None:
        findings.problems += _of_formation(procfile, settings, config)
        findings.problems += lint_names(procfile)
        findings.problems += lint_mentions(procfile, _mentions(settings))
        findings.problems += circular(settings, procfile)
    if procfile is not None and config is not None:
        findings.problems += _of_commands(procfile, settings, config)
    if settings.heroku and procfile is not None and config is not None:
        findings.problems += in_full(settings, procfile, config)
    findings.problems += _tracked(settings)
    findings.problems += _foreign(settings)
    return _Report(tuple(dict.fromkeys(findings.problems)), procfile, files or ())


def _settings_in(
    files: Sequence[tuple[str, Sequence[Binding]]],
) -> Iterator[Problem]:
    """What looks like a setting in an env file, where nothing reads it."""
    for path, bindings in files:
        for binding in bindings:
            if binding.key.startswith(PREFIX) and binding.key not in settings_module.RESERVED:
                text = f"{binding.key} is a setting, and settings are not read from env files"
                hint = "Put it into [tool.procrun] of pyproject.toml, or into your shell."
                yield Problem(f"{path}:{binding.line}", text, hint, warning=True)


def _without_settings(typed: Mapping[str, object]) -> Settings:
    """What the command line says, for want of settings that can be read."""
    root = str(settings_module.find_root(typed, {}).value)
    path = typed.get("procfile") or located("Procfile", root)
    given = [Setting("root", root, DEFAULT), Setting("procfile", path, DEFAULT)]
    named = typed.get("env")
    if isinstance(named, list):
        given.append(Setting("env", tuple(filter(None, ",".join(named).split(","))), "--env"))
    return Settings(root, tuple(given))


def _of_formation(
    procfile: Procfile, settings: Settings, config: ConfigVars | None
) -> list[Problem]:
    """What `start` would refuse, with the place of the setting that is to blame."""
    findings = Findings()
    findings.problems += [
        *_refused(procfile, Selection(formation=settings.formation), settings.source("formation")),
        *_refused(procfile, Selection(exclude=settings.exclude), settings.source("exclude")),
    ]
    formation = None
    if not findings.problems:
        both = Selection((), settings.formation, settings.exclude)
        formation = findings.attempt(lambda: resolve(procfile, both))
    if config is not None:
        base = findings.attempt(lambda: base_port(settings, config))
        if base and formation is not None:
            findings.attempt(lambda: formation.ports(base))
    return findings.problems


def _refused(procfile: Procfile, selection: Selection, source: str) -> list[Problem]:
    try:
        resolve(procfile, selection)
    except ConfigError as error:
        return [each if each.where else each.replace(where=source) for each in error.problems]
    return []


def _mentions(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """The process types in settings that `start` does not compare with the Procfile."""
    named = {
        "quiet": [name.partition(".")[0] for name in settings.quiet],
        "can_die": [name for name in settings.can_die.names if name != ALL],
        "restart": [name for name in settings.restart.names if name != ALL],
        "watch": [name for name, _ in settings.watch.types if name not in settings.types],
    }
    for setting, names in named.items():
        for name in names:
            yield settings.source(setting), setting, name
    for process_type, others in (("", settings.after.default), *settings.after.types):
        for name in others:
            yield settings.source("after", process_type), "after", name
    for own in settings.given:
        if own.process_type:
            yield own.source, "types", own.process_type


def _of_commands(procfile: Procfile, settings: Settings, config: ConfigVars) -> Iterator[Problem]:
    """Warnings of programs that are not there, and of variables that nothing sets."""
    variables = _variables(settings, config)
    folders = variables.get("PATH", os.defpath).split(os.pathsep)

    def is_program(word: str) -> bool:
        places = [""] if "/" in word else folders
        paths = [os.path.join(settings.root, place, word) for place in places]
        return any(os.path.isfile(path) and os.access(path, os.X_OK) for path in paths)

    return lint_commands(procfile, variables, is_program)


def _variables(settings: Settings, config: ConfigVars) -> Mapping[str, str]:
    """What any dyno has; "" for what its profile scripts may set."""
    any_dyno = DynoName(WEB, 1)
    if not settings.clean_env:
        return config_vars.dyno_environment(config.values, any_dyno, 0, colour=False)
    found = clean_env.environment(settings, platform_of(settings), config, any_dyno, 0)
    return {**dict.fromkeys(clean_env.set_by_profile(settings), ""), **found}


def _tracked(settings: Settings) -> Iterator[Problem]:
    """A warning of each env file that git tracks; without git there is nothing to say."""
    for path, _required in settings.env_files:
        folder, name = os.path.split(path)
        if os.path.isfile(path) and _is_in_repository(folder) and _is_tracked(folder, name):
            hint = f"Keep secrets out of it: `git rm --cached {path}`, and a line in .gitignore."
            yield Problem(os.path.normpath(path), "git tracks this file", hint, warning=True)


def _is_in_repository(folder: str) -> bool:
    # Asked first, because without developer tools macOS has a `git` that wants to install them.
    folder = os.path.abspath(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return False
        folder = os.path.dirname(folder)
    return True


def _is_tracked(folder: str, name: str) -> bool:
    command = ("git", "ls-files", "--error-unmatch", "--", name)
    silent = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, cwd=folder or ".", stdin=silent, stdout=silent, stderr=silent, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _foreign(settings: Settings) -> Iterator[Problem]:
    """A warning of each file of another runner that has no effect here."""
    read = {os.path.normpath(path) for path, _required in settings.env_files}
    for name, hint in _FOREIGN.items():
        path = os.path.normpath(located(name, settings.root))
        if os.path.lexists(path) and path not in read:
            yield Problem(path, "procrun does not read this file", hint, warning=True)


def _print_json(problems: Iterable[Problem]) -> None:
    output.write_json(
        [
            {
                "where": problem.where,
                "text": problem.text,
                "hint": problem.hint,
                "severity": "warning" if problem.warning else "error",
            }
            for problem in problems
        ]
    )


def _summary(report: _Report) -> str:
    """One line: what was read, and that it is well."""
    parts = []
    if report.procfile is not None:
        parts.append(f"{report.procfile.path}: {', '.join(report.procfile.names)}")
    for path, bindings in report.env_files:
        number = len({binding.key for binding in bindings})
        parts.append(f"{os.path.normpath(path)}: {_counted(number, 'variable')}")
    warnings = len(report.problems)
    parts.append(_counted(warnings, "warning") if warnings else "no problems")
    return "; ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
