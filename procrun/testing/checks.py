"""What is wrong with a setup, told before anything is started."""

from __future__ import annotations

from os.path import exists, isdir, join

from procrun.errors import ConfigError, Problem, UsageError
from procrun.settings.kinds import LONGEST
from procrun.testing.variables import is_possible

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.testing.setup import Setup

_WHERE = (
    "root= (procrun_root) says where the app is, "
    "procfile= (procrun_procfile) what its Procfile is called."
)
_WHICH = "env_file= (procrun_env_file) names the env files, relative to the app's root."


def check(setup: Setup) -> None:
    """UsageError for what can't be meant, ConfigError for files that are not there."""
    problems = tuple(_misuses(setup))
    if problems:
        raise UsageError(*problems[0])
    if setup.own_files and (missing := tuple(_missing(setup))):
        raise ConfigError(missing)


def _misuses(setup: Setup) -> Iterator[tuple[str, str]]:
    """What is wrong, each with what to do about it."""
    named = (("root", setup.root), ("procfile", setup.procfile))
    for name, path in (*named, *(("env_file", file) for file in setup.env_files or ())):
        if not is_possible(path):
            yield f"{name} can't be {path!r:.80}", "Name a file."
            return
    if not isdir(setup.root):
        yield f"there is no folder {setup.root}", _WHERE
    patience: object = setup.timeout
    if not isinstance(patience, int | float) or not 0 < patience <= LONGEST:
        hint = f"It is in seconds, above 0 and up to {LONGEST}."
        yield f"timeout can't be {patience!r:.80}", hint
    for name in setup.pass_env:
        if not isinstance(name, str):
            yield f"pass_env can't have {name!r:.80}", 'Write pass_env=["AWS_*"].'


def _missing(setup: Setup) -> Iterator[Problem]:
    procfile = join(setup.root, setup.procfile or "Procfile")
    if not exists(procfile):
        yield Problem(procfile, "no such Procfile", _WHERE)
    for file in setup.env_files or ():
        path = join(setup.root, file)
        if not exists(path):
            yield Problem(path, "no such env file", _WHICH)
