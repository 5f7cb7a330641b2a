"""The environment of a dyno as the platform has it: config vars, and what the platform sets.

Nothing of the caller's shell is in it but the PATH, by which programs are found here.
"""

from __future__ import annotations

from procrun.core import python_buildpack
from procrun.core.config_vars import ConfigVars, compose
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from procrun.core.dyno_size import DynoSize
    from procrun.core.envfile import Binding
    from procrun.core.names import DynoName

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"  # that of a dyno, where the caller has none


class Platform(Value):
    """What the platform sets in every dyno of an app, found once."""

    root: str  # of the app, absolute
    programs: str = ""  # the folder of the app's own programs, that of its virtual environment
    terminal: str = ""  # what kind of terminal a dyno is on, as TERM says it; "" for none
    is_python: bool = False
    uses_pip: bool = False
    has_router: bool = False  # in front of the web dynos: only then there may be DYNO
    authority: str = ""  # the certificate that has signed those of the router


def config_vars(
    caller: Mapping[str, str],
    root: str,
    files: Sequence[tuple[str, Iterable[Binding]]],
    overrides: Mapping[str, str] | None = None,
) -> ConfigVars:
    """The config vars out of env files and -E, on the ground of what every dyno has.

    The caller's own variables are left out: a ${NAME} in a file does not see them either. `root`
    is absolute.
    """
    ground = {"HOME": root, "PWD": root, "PATH": caller.get("PATH") or _DEFAULT_PATH}
    return compose(ground, files, overrides=overrides).replace(replaced=())


def environment(
    config: Mapping[str, str], platform: Platform, name: DynoName, port: int, size: DynoSize
) -> dict[str, str]:
    """All that a dyno gets: its config vars (those of `config_vars`) and the platform's."""
    made = {**config, "HOME": platform.root, "PWD": platform.root, "PORT": str(port)}
    made["PATH"] = _in_front(platform.programs, made.get("PATH") or _DEFAULT_PATH)
    if platform.terminal:
        made.setdefault("TERM", platform.terminal)
    if platform.has_router:
        made["DYNO"] = str(name)
    if platform.authority:  # Node adds it to what it trusts; SSL_CERT_FILE would replace all that
        made.setdefault("NODE_EXTRA_CA_CERTS", platform.authority)
    if platform.is_python:
        made |= python_buildpack.at_boot(config, platform.root, size, uses_pip=platform.uses_pip)
    return made


def _in_front(folder: str, path: str) -> str:
    if not folder:
        return path
    return ":".join((folder, *(each for each in path.split(":") if each != folder)))
