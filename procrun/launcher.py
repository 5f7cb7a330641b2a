"""What it takes to launch any dyno of the app, at the start and later."""

from __future__ import annotations

from procrun.core.config_vars import dyno_environment
from procrun.core.formation import check_quantities
from procrun.core.launch import Launch
from procrun.core.names import WEB
from procrun.port_plan import port_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from procrun.core.config_vars import ConfigVars
    from procrun.core.dyno_environment import Platform
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.core.readiness import Readiness
    from procrun.settings import Settings


class Launcher:
    """Makes the launch of any dyno of the app, from the Procfile and the config vars given.

    `signs` says what tells that a dyno of a type is up. ConfigError where the router of these
    settings can't have its ports.
    """

    def __init__(
        self,
        settings: Settings,
        procfile: Procfile,
        config: ConfigVars,
        base: int,
        signs: Callable[[str], Readiness],
        *,
        colour: bool,
        platform: Platform | None = None,
    ) -> None:
        """With a `platform` dynos get its variables instead of the caller's."""
        self._settings = settings
        self.signs = signs
        self.procfile = procfile
        self.config = config
        self.base = base
        self.ports = port_plan(settings, base)
        self._colour = colour
        self.platform = platform

    def launch(self, name: DynoName, port: int | None = None) -> Launch:
        """What it takes to launch a dyno on that port, or on its own. The Procfile has its type.

        ConfigError if its port would be above 65535.
        """
        process = self.procfile.get(name.type)
        if process is None:
            raise KeyError(name.type)
        if port is None:
            port = self.ports.port(process, name.number)
        return Launch(
            name,
            process.command,
            self._environment(name, port),
            port,
            self._settings.timeout(name.type) * self._settings.time_scale,
            self._settings.stop_signal(name.type),
            self.signs(name.type),
            comes_after(self._settings, name.type),
            reads_profile=self.platform is not None,
            boot_timeout=self._boot_timeout(name.type),
        )

    def check(self, quantities: Mapping[str, int]) -> None:
        """ConfigError if there can't be so many: an unknown type, too many of one."""
        check_quantities(self.procfile, quantities)

    def has_free_port(self, name: DynoName) -> bool:
        """Whether a dyno gets any port that is free, rather than one by its number."""
        return self.ports.is_free(self.procfile.get(name.type), name.number)

    @property
    def services(self) -> tuple[str, ...]:
        """The process types that can be started."""
        return tuple(process.name for process in self.procfile.services)

    @property
    def settings(self) -> Settings:
        """The settings that dynos are launched with."""
        return self._settings

    def _boot_timeout(self, process_type: str) -> float:
        if process_type != WEB:
            return 0.0  # nobody waits for it
        return self._settings.boot_timeout * self._settings.time_scale

    def _environment(self, name: DynoName, port: int) -> dict[str, str]:
        if self.platform is None:
            return dyno_environment(self.config.values, name, port, colour=self._colour)
        from procrun import clean_env

        return clean_env.environment(self._settings, self.platform, self.config, name, port)


def comes_after(settings: Settings, process_type: str) -> tuple[str, ...]:
    """The process types that one is started after; what holds for all does not for those."""
    own = dict(settings.after.types).get(process_type)
    if own is not None:
        return own
    everyone = settings.after.default
    return () if process_type in everyone else everyone
