"""Settings: what can be set, and the value of each with the place that it comes from.

The command line beats PROCRUN_* in the environment, that beats the settings file of the root
([tool.procrun] in pyproject.toml, or procrun.toml), and that beats the default.
"""

from __future__ import annotations

from os.path import dirname, isdir

from procrun.errors import ConfigError, Problem, UsageError
from procrun.settings import kinds, values
from procrun.settings.kinds import PREFIX, Entry, Key
from procrun.settings.values import ALL_TYPES, PerType, Text, TypeNames, Watched
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from procrun.core.readiness import Readiness

ROOT = "PROCRUN_ROOT"
RESERVED = ("PROCRUN_URL", "PROCRUN_APP_PORT", "PROCRUN_DEBUG")  # variables, never settings
DEFAULT = "default"

_FILES = ("pyproject.toml", "procrun.toml")


# What `heroku` makes of other settings, unless they are given.
_AS_ON_HEROKU: dict[str, object] = {
    "clean_env": True,
    "router": True,
    "release": True,
    "restart": TypeNames((ALL_TYPES,)),
    "cool_off": "heroku",
    "timeout": PerType(30.0),
    "boot_timeout": 60.0,
}

_AUTO: PerType[Readiness | None] = PerType(None)
_NONE: PerType[tuple[str, ...]] = PerType(())


class Setting(Value):
    """A value that was given, and where: "--port", "PROCRUN_PORT" or the settings file."""

    name: str
    value: object
    source: str
    process_type: str = ""  # that has it for itself


class Settings(Value):
    """Every setting, resolved once. Paths are relative to the current folder, or absolute."""

    root: str = "."
    given: tuple[Setting, ...] = ()

    def __init__(self, root: str = ".", given: tuple[Setting, ...] = ()) -> None:
        super().__init__(root, given)
        own = {setting.name: setting.value for setting in given if not setting.process_type}
        self.__dict__.update(own)

    # The table: a row is all that a new setting takes.
    procfile = Key(kinds.PATH, "the file that names the processes", "Procfile")
    env = Key(kinds.PATHS, "env files; later ones win", None, unset=".env in the root, if any")
    env_precedence = Key(
        kinds.choice("file", "shell"), "which wins, the env files or your shell", "file"
    )
    env_local = Key(
        kinds.FLAG, "whether .env.local is read after the .env beside it", default=False
    )
    pass_env = Key(
        kinds.WORDS, "variables of yours that apps in tests get besides the usual ones", ()
    )
    heroku = Key(kinds.FLAG, "whether the app runs as Heroku would run it", default=False)
    clean_env = Key(
        kinds.FLAG, "whether processes get nothing of your shell's variables", default=False
    )
    dyno_size = Key(
        kinds.per_type(kinds.DYNO_SIZE),
        "the dyno that clean_env and heroku stand for, whose memory R14 and R15 go by",
        PerType("eco"),
    )
    port = Key(kinds.PORT, "the port that all ports count from", None, unset="PORT, or else 5000")
    router = Key(kinds.FLAG, "whether a router is in front of the web processes", default=False)
    port_tls = Key(
        kinds.PORT, "the router's port for https", None, unset="443 above the one for http"
    )
    bind = Key(kinds.ADDRESSES, "the addresses that the router listens on", ("127.0.0.1", "::1"))
    formation = Key(kinds.FORMATION, "how many run of each process type", "", unset="one of each")
    exclude = Key(kinds.WORDS, "process types that are not started", ())
    timeout = Key(
        kinds.per_type(kinds.SECONDS), "seconds from the stop signal to SIGKILL", PerType(5.0)
    )
    stop_signal = Key(
        kinds.per_type(kinds.SIGNAL), "what asks processes to end", PerType(values.SIGTERM)
    )
    release = Key(
        kinds.FLAG,
        "whether the release command must succeed before the app starts or changes",
        default=False,
    )
    boot_timeout = Key(kinds.SECONDS, "seconds until a web process must be up; 0: for ever", 0.0)
    time_scale = Key(kinds.FACTOR, "what every duration of the platform is multiplied by", 1.0)
    ready = Key(
        kinds.per_type(kinds.READINESS),
        "what tells that a process is up",
        _AUTO,
        unset="auto: web by its port, others as soon as they are launched",
    )
    after = Key(kinds.per_type(kinds.WORDS), "process types that are to be ready before", _NONE)
    quiet = Key(kinds.WORDS, "process types whose output is not shown", ())
    can_die = Key(kinds.TYPES, "process types that end without stopping the others", TypeNames())
    restart = Key(kinds.TYPES, "process types that are started again when they end", TypeNames())
    cool_off = Key(
        kinds.choice("procrun", "heroku"),
        "whose pauses are made before they start again",
        "procrun",
    )
    cycle = Key(kinds.FLAG, "whether processes are restarted once a day", default=False)
    watch = Key(
        kinds.WATCHED,
        "files of which a change restarts processes; true is all sources",
        Watched(()),
    )
    keep = Key(kinds.WORDS, "names of detached programs that are spared at the end", ())
    color = Key(kinds.choice("auto", "always", "never"), "whether to use colours", "auto")
    tty = Key(kinds.FLAG_OR_AUTO, "whether processes get a terminal", None, unset="auto")
    focus = Key(kinds.NAME, "the process that gets your keys", None)
    detach_key = Key(kinds.KEY, "the key that leaves a process' terminal", values.KeyByte(28))
    prefix = Key(kinds.FLAG, "whether lines begin with the name of the process", default=True)
    timestamps = Key(
        kinds.choice("time", "iso", "elapsed", "none"), "the time at the start of a line", "time"
    )
    json = Key(kinds.FLAG, "whether the log is one JSON object per line", default=False)
    log_dir = Key(kinds.PATH, "a folder for one log file of each process", None)
    log_size = Key(
        kinds.SIZE, "bytes in a file of log_dir before it is rotated", values.ByteCount(10**7)
    )

    def source(self, name: str, process_type: str = "") -> str:
        """Where a value comes from; "default" for one that nobody gave."""
        if name not in KEYS and name != "root":
            raise KeyError(name)
        for setting in self.given:
            if (setting.name, setting.process_type) == (name, process_type):
                return setting.source
        return self.source(name) if process_type else DEFAULT

    @property
    def explicit_port(self) -> int | None:
        """The port of the command line or PROCRUN_PORT, which beats PORT of the config vars."""
        return self.port if KEYS["port"].is_explicit(self.source("port")) else None

    @property
    def fallback_port(self) -> int | None:
        """The port of the settings file, which PORT of the config vars beats."""
        return None if KEYS["port"].is_explicit(self.source("port")) else self.port

    @property
    def env_files(self) -> tuple[tuple[str, bool], ...]:
        """The env files in the order of reading, each with whether it has to exist."""
        named = self.env
        paths = [values.located(".env", self.root)] if named is None else named
        files: list[tuple[str, bool]] = []
        for path in paths:
            files.append((path, named is not None))
            local = f"{path}.local"
            if self.env_local and path.rpartition("/")[2] == ".env" and local not in paths:
                files.append((local, False))
        return tuple(files)

    @property
    def types(self) -> tuple[str, ...]:
        """The process types that have a table of their own in the settings file."""
        names = (setting.process_type for setting in self.given)
        return tuple(dict.fromkeys(filter(None, names)))

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Every setting in force: its name, its value in words, and where that comes from."""
        yield "root", self.root, self.source("root")
        for name, key in KEYS.items():
            yield name, key.in_words(getattr(self, name)), self.source(name)
        for own in self.given:
            if own.process_type:
                name = f"types.{own.process_type}.{own.name}"
                yield name, values.show(own.value), own.source


KEYS: dict[str, Key[object]] = {
    name: key for name, key in vars(Settings).items() if isinstance(key, Key)
}
_VARIABLES = {key.variable: name for name, key in KEYS.items()}


def resolve(options: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """The settings; reads the settings file of the root.

    `options` has what stands on the command line under the names of settings, and `root`: text
    as it was typed, several texts for an option given several times, True or False for flags,
    None for what was not given. UsageError with every option that is wrong, else ConfigError with
    everything wrong in the environment and the file.
    """
    root = find_root(options, environment)
    folder = str(root.value)
    default = Setting("procfile", values.located("Procfile", folder), DEFAULT)
    given = {("root", ""): root, ("procfile", ""): default}
    problems: list[Problem] = []
    problems += _take(_from_files(folder, problems), given)
    problems += _take(_from_environment(environment), given)
    misuses = _take(_from_options(options), given)
    if misuses:
        raise _misuse(misuses)
    if problems:
        raise ConfigError(problems)
    _derive(given)
    return Settings(folder, _with_types(given))


def _derive(given: dict[tuple[str, str], Setting]) -> None:
    """Put in what other settings make of those that were not given."""
    heroku = given.get(("heroku", ""))
    if heroku and heroku.value:
        for name, value in _AS_ON_HEROKU.items():
            given.setdefault((name, ""), Setting(name, value, heroku.source))


def find_root(options: Mapping[str, object], environment: Mapping[str, str]) -> Setting:
    """The folder of the app: -d, or PROCRUN_ROOT, or the folder of -f, or the current one.

    UsageError or ConfigError for a folder that does not exist.
    """
    for source, folder in _given("root", options, environment):
        if isdir(folder):
            return Setting("root", folder, source)
        problem = Problem(source, f"there is no folder {folder!r}", "Name the app's folder.")
        raise _misuse([problem]) if source == "--root" else ConfigError([problem])
    for source, path in _given("procfile", options, environment):
        folder = "" if path == "-" else dirname(path)
        return Setting("root", folder or ".", source if folder else DEFAULT)
    return Setting("root", ".", DEFAULT)


def _given(
    name: str, options: Mapping[str, object], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    typed, variable = options.get(name), PREFIX + name.upper()
    if typed is not None:
        yield f"--{name}", str(typed)
    if environment.get(variable):
        yield variable, environment[variable]


def _from_files(root: str, problems: list[Problem]) -> Iterable[Entry]:
    contents: list[tuple[str, bytes]] = []
    for name in _FILES:
        path = values.located(name, root)
        try:
            with open(path, "rb") as file:
                raw = file.read()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            text = f"cannot be read: {error.strerror}"
            problems.append(Problem(path, text, "It may hold settings; make it readable."))
            continue
        # A dependency on the distribution, procrun-cli, is no setting.
        if name == "procrun.toml" or b"procrun" in raw.replace(b"procrun-cli", b""):
            contents.append((path, raw))
    if not contents:
        return ()
    from procrun.settings.file import entries

    return entries(contents, problems)


def _from_environment(environment: Mapping[str, str]) -> Iterator[Entry]:
    for variable in environment:
        if not variable.startswith(PREFIX) or variable in RESERVED or variable == ROOT:
            continue
        raw = environment[variable]
        if raw:  # a variable set to nothing counts as unset
            yield Entry(_VARIABLES.get(variable, variable), Text(raw), variable, variable)


def _from_options(options: Mapping[str, object]) -> Iterator[Entry]:
    for name, raw in options.items():
        if raw is not None and name != "root":
            option = KEYS[name].option
            if isinstance(raw, (list, tuple)):
                yield Entry(name, Text(",".join(raw)), option, option)
            else:
                yield Entry(name, Text(raw) if isinstance(raw, str) else raw, option, option)


def _take(entries: Iterable[Entry], given: dict[tuple[str, str], Setting]) -> list[Problem]:
    """Put entries in the place of what was given before; returns what is wrong with them."""
    problems: list[Problem] = []
    for entry in entries:
        key = KEYS.get(entry.name)
        kind = key.kind if key else None
        if kind and entry.process_type:
            kind = kind.element
        if not key or not kind:
            problems.append(_unknown(entry))
            continue
        raw = values.rooted(entry.raw, entry.folder) if kind.is_path else entry.raw
        try:
            value = kind.convert(raw)
        except kinds.Refused as error:
            problems.append(_refused(entry, key, str(error)))
        else:
            setting = Setting(entry.name, value, entry.source, entry.process_type)
            given[entry.name, entry.process_type] = setting
    return problems


def _with_types(given: Mapping[tuple[str, str], Setting]) -> tuple[Setting, ...]:
    """The values that process types have for themselves put into those that they are part of.

    They belong to the settings file: a value of the command line or the environment is for all.
    """
    whole = {name: setting for (name, own), setting in given.items() if not own}
    parts: list[Setting] = []
    for (name, process_type), part in given.items():
        key = KEYS.get(name)
        if not process_type or key is None:
            continue
        setting = whole.get(name, Setting(name, key.default, DEFAULT))
        if key.is_explicit(setting.source) or not isinstance(setting.value, PerType):
            continue
        whole[name] = setting.replace(value=setting.value.with_type(process_type, part.value))
        parts.append(part)
    return (*whole.values(), *parts)


def _unknown(entry: Entry) -> Problem:
    from procrun.core.names import closest

    if entry.name == "tool":
        text = "procrun.toml has no [tool.procrun]"
        return Problem(entry.where, text, "Write the settings at the top of the file.")
    is_variable = entry.name == entry.source
    whose = " of a process type" if entry.process_type else ""
    text = "not a setting" if is_variable else f'"{entry.name}" is not a setting{whose}'
    known = [name for name, key in KEYS.items() if key.per_type or not whose]
    near = closest(entry.name.removeprefix(PREFIX), known)
    meant = f"Did you mean {KEYS[near].variable if is_variable else near}? " if near else ""
    return Problem(entry.where, text, f"{meant}`procrun settings` lists all settings.")


def _refused(entry: Entry, key: Key[object], reason: str) -> Problem:
    from procrun.core.text import excerpt

    shown = excerpt(entry.raw) if isinstance(entry.raw, str) else values.show(entry.raw)
    text = f"{key.name} takes {key.kind.expected}, not {shown}"
    if reason:
        text += f" ({reason})"
    return Problem(entry.where, text, f"{key.name}: {key.meaning}.")


def _misuse(problems: Iterable[Problem]) -> UsageError:
    hints = dict.fromkeys(problem.hint for problem in problems)
    return UsageError("\n".join(map(str, problems)), " ".join(hints))
