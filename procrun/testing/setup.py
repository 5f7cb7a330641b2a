"""What app is to run, and how: everything that `procrun.testing.app` takes, as one value."""

from __future__ import annotations

import os

from procrun.core.suites import TIMEOUT, words
from procrun.testing.variables import variable
from procrun.value import Value

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Setup(Value):
    """An app for tests. Two that are equal may share one app."""

    root: str  # absolute
    processes: tuple[str, ...] = ()  # `web`, `worker=2`; (): what app.json says, or web
    env_files: tuple[str, ...] | None = None  # relative to the root; None: .env.test, if any
    env: tuple[tuple[str, str], ...] = ()  # beats the env files
    ready: str = ""  # of web; "": what the settings say, or any answer on /
    ready_is_general: bool = False  # said for a whole suite, of which some apps may have no web
    timeout: float = TIMEOUT
    procfile: str = ""  # relative to the root; "": `Procfile`
    pass_env: tuple[str, ...] = ()  # names, with * and ?, of the caller's variables to pass on
    own_files: bool = True  # whether Python says where the files are, and not a command line
    own_python: bool = True  # whether the app gets the `python` that runs the tests

    @classmethod
    def of(
        cls,
        root: str | os.PathLike[str],
        processes: str | Sequence[str],
        env_file: str | Sequence[str] | None,
        env: Mapping[str, str] | None,
    ) -> Setup:
        """The setup of what somebody wrote down. UsageError for what no process can be given."""
        variables = dict(variable(*each) for each in (env or {}).items())
        files = (env_file,) if isinstance(env_file, str) else env_file
        return cls(
            os.path.abspath(os.fsdecode(root)),
            words(processes),
            None if files is None else tuple(files),
            tuple(sorted(variables.items())),
        )
