"""What every exporter is told of an app: what runs, with which variables, on which ports."""

from __future__ import annotations

import math
import signal

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.core.names import DynoName

SHORTEST_STOP = 30  # seconds, which is what Heroku gives


class Instance(Value):
    """One running copy of a process type."""

    name: DynoName
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """What it gets besides what all of the app get; no PORT in the release phase."""
        port = {"PORT": str(self.port)} if self.port else {}
        return {**port, "PS": str(self.name)}


class Service(Value):
    """One process type, and the copies of it that run."""

    type: str
    command: str  # as the Procfile has it
    argv: tuple[str, ...]  # what is executed: the shell by its absolute path, and its arguments
    instances: tuple[Instance, ...]
    stop_signal: int
    grace: float  # seconds between the stop signal and SIGKILL for `start`
    where: str = ""  # its line, `Procfile:3`

    @property
    def stop_seconds(self) -> int:
        """The same for an engine, which has more time than a terminal."""
        return max(SHORTEST_STOP, math.ceil(self.grace))

    @property
    def signal_name(self) -> str:
        """The stop signal, such as SIGTERM."""
        return signal.Signals(self.stop_signal).name


class Blueprint(Value):
    """An app as it is to run elsewhere. Paths are absolute."""

    app: str  # letters, digits, `-` and `_`; begins with a letter or a digit
    root: str
    location: str  # the folder that files are written to; "" for standard output
    user: str
    log: str  # the folder of log files; "" where the engine has a log of its own
    services: tuple[Service, ...]
    release: Service | None  # the release phase; one instance, of port 0
    platform: Mapping[str, str]  # what procrun sets for all of them, such as PATH: nothing secret
    config: Mapping[str, str]  # the config vars, which nobody else may read
    source: str  # the command line that wrote it, for headers
    origins: Mapping[str, str] = {}  # of config vars: `.env:3`, `-E`
    env_files: tuple[str, ...] = ()  # that config vars were read from
    mark: str = ""  # `procrun export FORMAT --app NAME`, which each file begins with
    is_masked: bool = False  # whether placeholders stand for the values of config vars

    @property
    def all_services(self) -> tuple[Service, ...]:
        """The process types, and the release phase last."""
        return (*self.services, *filter(None, [self.release]))
