"""From settings and a command line to what exporters are told: the app, as `start` would run it.

Of the caller's environment only PORT counts, where all ports begin, as it does for `start`.
"""

from __future__ import annotations

import os

from procrun.core import config_vars
from procrun.core.formation import resolve
from procrun.core.names import RELEASE, DynoName
from procrun.core.text import excerpt, one_line
from procrun.errors import ConfigError, Problem, UsageError
from procrun.export.blueprint import Blueprint, Instance, Service
from procrun.inputs import Findings, base_port, read_env_files, read_procfile
from procrun.plan import selection_of
from procrun.system.installed import programs
from procrun.system.shell import through_shell
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from procrun.core.config_vars import ConfigVars
    from procrun.core.envfile import Binding
    from procrun.core.formation import Formation
    from procrun.core.procfile import ProcessType, Procfile
    from procrun.settings import Settings

PLACEHOLDER = "CHANGE_ME"

_FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_UNNAMED = "app"
_LONGEST = 128 * 1024 - 1  # bytes of one argument or variable, which Linux executes
_ROOT = ("root", "0")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Wishes(Value):
    """What the command line says of an export and is no setting."""

    app: str = ""  # "": as the folder is called
    user: str = ""  # "": as the app
    log: str = ""  # a folder for log files
    shell_path: str = ""  # "": that of `start`
    location: str = ""  # the folder that files go to; "" for standard output
    image: str = ""  # of containers; exporters have it from their context, here it is looked at
    overrides: Mapping[str, str] = {}  # of -E
    has_secrets: bool = True  # False: placeholders for what config vars are
    source: str = "procrun export"  # the command line, without secrets
    mark: str = "procrun export"  # how it begins
    has_user: bool = True  # whether the format has a user; then one must be known


def blueprint_of(settings: Settings, wishes: Wishes) -> tuple[Blueprint, list[str]]:
    """What a plain `start` with these settings runs, and lines to tell about it.

    UsageError for a wish that can't be; ConfigError with every problem of the Procfile, the env
    files, the formation and the ports at once.
    """
    shell = _shell(wishes.shell_path)
    app = app_name(settings, wishes.app)
    user = _user(wishes, app)
    root = _as_the_shell_has_it(settings.root)
    platform = {"PATH": _path(root), "PYTHONUNBUFFERED": "1"}
    findings = Findings()
    procfile = findings.attempt(lambda: read_procfile(settings.procfile))
    files = findings.attempt(lambda: read_env_files(settings.env_files)) or []
    selection = selection_of(settings, ())
    formation = findings.attempt(lambda: resolve(procfile, selection)) if procfile else None
    # The ground is what all processes have, nothing of which is the caller's.
    ground = {"PWD": root, "PATH": platform["PATH"]}
    config = config_vars.compose(ground, files, overrides=wishes.overrides)
    ports = findings.attempt(lambda: _ports(settings, config, formation)) if formation else None
    texts = [("the app's folder", root), ("PATH", platform["PATH"]), *_typed(wishes)]
    texts += [(one_line(path), path) for path, _bindings in files]
    findings.problems += _unsayable([*texts, *_of_config(config), *_of_procfile(procfile)])
    if findings.problems or procfile is None or formation is None or ports is None:
        raise ConfigError(findings.problems)
    release = procfile.release
    of_release = (Instance(DynoName(RELEASE, 1), 0),)
    blueprint = Blueprint(
        app=app,
        root=root,
        location=wishes.location and os.path.abspath(wishes.location),
        user=user,
        log=wishes.log and os.path.abspath(wishes.log),
        services=tuple(_services(settings, procfile, formation, ports, shell)),
        release=_service(settings, procfile, release, of_release, shell) if release else None,
        platform=platform,
        config=_own(config) if wishes.has_secrets else _masked(_own(config)),
        source=wishes.source,
        origins=config.origins,
        env_files=tuple(_as_the_shell_has_it(path) for path, _bindings in files),
        mark=wishes.mark,
        is_masked=not wishes.has_secrets,
    )
    return blueprint, list(_unresolved(files, config))


def processes_of(blueprint: Blueprint, settings: Settings) -> list[object]:
    """The same in the shape in which honcho tells it to its exporters; no release phase."""
    from honcho.environ import ProcessParams

    shared = {**blueprint.platform, **blueprint.config}
    return [
        ProcessParams(
            str(instance.name),
            service.command,
            not {service.type, str(instance.name)}.isdisjoint(settings.quiet),
            {**shared, **instance.variables},
        )
        for service in blueprint.services
        for instance in service.instances
    ]


def app_name(settings: Settings, wished: str) -> str:
    """The app's name: the one that is wished, or that of its folder.

    UsageError for one that files and units can't have.
    """
    folder = os.path.basename(_as_the_shell_has_it(settings.root))
    name = wished or folder
    letters = "".join(each if each in _LETTERS else "-" for each in name)
    safe = "-".join(filter(None, letters.split("-"))).lstrip("_-") or _UNNAMED
    if wished and safe != wished:
        hint = f"It takes letters, digits, - and _, and begins with a letter or digit: {safe}"
        raise UsageError(f"no app can be called {excerpt(wished)}", hint)
    return safe


def _user(wishes: Wishes, app: str) -> str:
    """The user; UsageError for what may be more than a name in a file of units.

    And for what nobody has asked for: a number, or root, because the folder is called so.
    """
    name = wishes.user or app
    if wishes.has_user and not wishes.user and (name in _ROOT or name.isdecimal()):
        text = f"the app is called {name}, and so would be the user that it runs as"
        raise UsageError(text, "Name the user, for example --user www-data.")
    if name.strip(".-") and _LETTERS.union(".").issuperset(name) and name[0] != "-":
        return name
    raise UsageError(f"no user is called {excerpt(name)}", "For example --user www-data.")


def _shell(path: str) -> str:
    """The shell of --shell. UsageError for one that is not found without a PATH."""
    if path and not (os.path.isabs(path) and path.isprintable()):
        hint = "For example --shell /bin/sh."
        raise UsageError(f"--shell needs an absolute path, not {excerpt(path)}", hint)
    return path


def _as_the_shell_has_it(path: str) -> str:
    """The absolute path, by way of the symbolic links that somebody has gone by to be here.

    They may lead to another release of the app tomorrow.
    """
    here = os.environ.get("PWD", "")
    is_here = os.path.isabs(here) and os.path.isdir(here) and os.path.samefile(here, os.curdir)
    if is_here and ".." not in path.split("/"):
        return os.path.normpath(os.path.join(here, path))
    return os.path.abspath(path)


def _path(root: str) -> str:
    own = programs(root)
    return f"{os.path.abspath(own)}:{_FOLDERS}" if own else _FOLDERS


def _own(config: ConfigVars) -> dict[str, str]:
    """Those that files and -E set."""
    return {name: config.values[name] for name in config.origins}


def _masked(config: Mapping[str, str]) -> dict[str, str]:
    """Placeholders for the values; a port is no secret."""
    return {name: config[name] if name == "PORT" else PLACEHOLDER for name in config}


def _ports(settings: Settings, config: ConfigVars, formation: Formation) -> dict[DynoName, int]:
    """The port of each dyno; ConfigError where there can't be a fixed one."""
    if "PORT" not in config.values and "PORT" in os.environ:
        config = config.replace(values={**config.values, "PORT": os.environ["PORT"]})
    base = base_port(settings, config)
    if base:
        return formation.ports(base)
    place = settings.source("port") if settings.port == 0 else config.origins.get("PORT", "PORT")
    text = "free ports are for `start`: what is exported needs ports that stay"
    raise ConfigError([Problem(place, text, "Name the first one: -p 5000.")])


def _services(
    settings: Settings,
    procfile: Procfile,
    formation: Formation,
    ports: Mapping[DynoName, int],
    shell: str,
) -> Iterator[Service]:
    """Those of which none runs included: an engine may have some that are to end."""
    for process, quantity in formation.quantities:
        names = [DynoName(process.name, number) for number in range(1, quantity + 1)]
        instances = tuple(Instance(name, ports[name]) for name in names)
        yield _service(settings, procfile, process, instances, shell)


def _service(
    settings: Settings,
    procfile: Procfile,
    process: ProcessType,
    instances: tuple[Instance, ...],
    shell: str,
) -> Service:
    execution = through_shell(process.command, shell=shell)
    return Service(
        process.name,
        process.command,
        (execution.program, *execution.arguments[1:]),
        instances,
        settings.stop_signal(process.name),
        settings.timeout(process.name),
        f"{procfile.path}:{process.line}",
    )


def _typed(wishes: Wishes) -> Iterator[tuple[str, str]]:
    yield "DIR", wishes.location
    yield "--log", wishes.log
    yield "--image", wishes.image


def _of_config(config: ConfigVars) -> Iterator[tuple[str, str]]:
    for name, place in config.origins.items():
        yield f"{place}: {one_line(name)}", f"{name}={config.values[name]}"


def _of_procfile(procfile: Procfile | None) -> Iterator[tuple[str, str]]:
    if procfile:
        yield from ((f"{procfile.path}:{each.line}", each.command) for each in procfile.types)


def _unsayable(texts: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """What no file can say, of texts with their places, or nobody can execute."""
    for place, text in texts:
        if "\0" in text:
            yield Problem(place, "has a NUL", "No process can get that; remove it.")
        if not _is_text(text):
            yield Problem(place, "is not UTF-8", "Exported files are; write it in another way.")
        if len(os.fsencode(text)) > _LONGEST:
            hint = "Put it into a file of its own, and the name of that here."
            yield Problem(place, "has 128 KiB or more, which Linux executes nothing with", hint)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unresolved(
    files: Sequence[tuple[str, Sequence[Binding]]], config: ConfigVars
) -> Iterator[str]:
    """A line for each variable that an env file refers to and only the caller has."""
    from procrun.core.mentions import in_env_file

    told: set[str] = set()
    for path, bindings in files:
        for binding in bindings:
            for name in in_env_file(binding.value):
                if name not in config.values and name in os.environ and name not in told:
                    told.add(name)
                    yield (
                        f"{path}:{binding.line} refers to {name}, which only your shell has: "
                        f"nothing stands for it (-E {name}=… sets it)"
                    )
