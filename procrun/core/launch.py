"""What it takes to launch a dyno, decided before anything is started."""

from __future__ import annotations

from procrun.core.readiness import LAUNCHED, Readiness
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.core.names import DynoName


class Launch(Value):
    """One dyno of the formation: its command and all that its processes get."""

    name: DynoName
    command: str
    environment: Mapping[str, str]
    port: int
    grace: float  # seconds between the stop signal and SIGKILL; 0 kills at once
    stop_signal: int
    ready: Readiness = LAUNCHED  # what tells that it is up
    after: tuple[str, ...] = ()  # process types that are to be ready before
    reads_profile: bool = False  # whether its shell reads the app's profile scripts first
    boot_timeout: float = 0.0  # seconds until it must be up, or it is killed; 0 for ever
