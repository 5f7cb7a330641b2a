"""Every command with its options: the one table behind parsing, help, completion and dispatch."""

from __future__ import annotations

from importlib import import_module

from procrun.cli.words import Line
from procrun.core.dyno_size import SIZES
from procrun.core.suites import ShowLog
from procrun.errors import UsageError
from procrun.value import Value


class Option(Value):
    """One option. Without a `metavar` it is a flag that stands for `value`.

    With one in brackets, `[GLOB]`, it stands for `value` where it is given alone.
    """

    flags: tuple[str, ...]
    meaning: str
    metavar: str = ""
    setting: str = ""  # the setting that it gives; "" for a flag of the command's own
    value: object = True
    several: bool = False  # may be given several times
    choices: tuple[str, ...] = ()  # the values that it takes, where there are few

    @property
    def name(self) -> str:
        """What it is called: its first long flag without the dashes."""
        return next(flag for flag in self.flags if flag.startswith("--"))[2:]

    @property
    def may_stand_alone(self) -> bool:
        """Whether its value, if there is one, may be left out."""
        return self.metavar[:1] in ("", "[")


class Command(Value):
    """One command; `function` is imported when it is called."""

    name: str
    words: str  # what may follow, for the usage line
    summary: str
    function: str  # "module:function" within procrun.cli
    options: tuple[Option, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()  # (command line, what it does)
    choices: tuple[str, ...] = ()  # the words that it takes, where there are few

    @property
    def most_words(self) -> int | None:
        """How many words may follow; None for any number of them."""
        if not self.words:
            return 0
        return None if "…" in self.words else 1


COMMON = (
    Option(("-d", "--root", "--app-root"), "where the app is", "DIR", "root"),
    Option(("-f", "--procfile"), "the Procfile; - is standard input", "FILE", "procfile"),
    Option(
        ("-e", "--env"),
        "env files instead of .env; later ones win",
        "FILE[,FILE…]",
        "env",
        several=True,
    ),
    Option(
        ("--color", "--colour"),
        "auto, always or never",
        "WHEN",
        "color",
        choices=("auto", "always", "never"),
    ),
    Option(("--no-color", "--no-colour"), "no colours", setting="color", value="never"),
    Option(("-V", "--version"), "print the version"),
    Option(("-h", "--help"), "show this help"),
)

_SET = Option(("-E", "--set"), "set a variable; beats the env files", "KEY=VALUE", several=True)
_PORT = Option(("-p", "--port"), "the first port; 0 picks free ones", "N", "port")
_HEROKU = Option(("--heroku",), "as Heroku would run it", setting="heroku")
_DYNO = (
    _HEROKU,
    Option(("--clean-env",), "config vars only, nothing of your shell", setting="clean_env"),
    Option(
        ("--dyno-size",),
        "of the dyno that --clean-env stands for (eco)",
        "SIZE",
        "dyno_size",
        choices=tuple(SIZES),
    ),
)
_DETACH_KEY = Option(("--detach-key",), "the key that leaves (ctrl-\\)", "KEY", "detach_key")
# In Heroku's way; a name does the same, be it of a type or of a process.
_NAMED = (
    Option(("-d", "--dyno-name", "--dyno"), "this process", "DYNO", several=True),
    Option(("-p", "--process-type", "--ps"), "processes of this type", "TYPE", several=True),
)
_SHELL = Option(("-s", "--shell"), "lines KEY=value, quoted for a shell")
_JSON = Option(("-j", "--json"), "as JSON")
_FORMATION = ("-c", "-m", "--formation", "--concurrency")

_LOOK = (
    Option(("--no-prefix",), "lines as the processes write them", setting="prefix", value=False),
    Option(("--no-timestamp",), "no time in the prefix", setting="timestamps", value="none"),
    Option(
        ("--timestamps",),
        "time (as it is now), iso, elapsed or none",
        "STYLE",
        "timestamps",
        choices=("time", "iso", "elapsed", "none"),
    ),
)

START = Command(
    "start",
    "[TYPE[=N]… | NAME…]",
    "run the app, or start processes of the running one",
    "start:start",
    (
        Option(_FORMATION, "how many of each type", "TYPE=N,…", "formation", several=True),
        Option(("-x", "--exclude"), "types not to start", "TYPE,…", "exclude", several=True),
        _PORT,
        _SET,
        *_DYNO,
        Option(
            ("-t", "--timeout"), "until SIGKILL when stopping (5); 0: at once", "SECONDS", "timeout"
        ),
        Option(("--can-die",), "types that end alone, or all", "TYPE,…", "can_die", several=True),
        Option(
            ("--restart",),
            "types to start again when they end, or all",
            "TYPE,…",
            "restart",
            several=True,
        ),
        Option(
            ("--watch",),
            "restart on changes: of sources, GLOB or TYPE=GLOB",
            "[GLOB]",
            "watch",
            value="**",
            several=True,
        ),
        Option(("--router",), "a router in front of web, on http and https", setting="router"),
        Option(("--port-tls",), "the router's port for https", "N", "port_tls"),
        Option(
            ("--bind",), "addresses that the router listens on", "ADDRESS,…", "bind", several=True
        ),
        Option(("--release",), "run the release command first; it must succeed", setting="release"),
        Option(("--boot-timeout",), "until web must be up; 0: for ever", "SECONDS", "boot_timeout"),
        Option(("--cycle",), "restart processes once a day", setting="cycle"),
        Option(("--time-scale",), "durations of the platform times this", "FACTOR", "time_scale"),
        Option(("-q", "--quiet"), "types not to show", "TYPE,…", "quiet", several=True),
        *_LOOK,
        Option(("--json",), "the log as one JSON object per line", setting="json"),
        Option(("--log-dir",), "also write a log file of each process", "DIR", "log_dir"),
        Option(("--tty",), "give processes terminals", setting="tty"),
        Option(("--no-tty",), "give processes pipes", setting="tty", value=False),
        Option(("-D", "--daemon"), "in the background; returns when all have started"),
        Option(("--focus",), "the process that gets your keys", "NAME", "focus"),
        _DETACH_KEY,
    ),
    (
        ("procrun start", "every process type, one of each"),
        ("procrun start web worker=2", "one web, two workers and nothing else"),
        ("procrun start -p 6000 -c web=2", "two of web, on 6000 and 6001, one of the rest"),
        ("procrun start --can-die clock", "go on when the clock ends"),
        ("procrun start --restart all", "start again whatever ends"),
        ("procrun start -D", "in the background; `procrun stop` ends it"),
        ("procrun start web.1", "of the running app, after `procrun stop web.1`"),
        ("procrun start --watch", "restart when sources change"),
        ("procrun start --watch web=app/", "only web, when files in app change"),
        ("procrun start --focus web", "type into web; Ctrl-\\ ends that"),
        ("procrun start -e .env,.env.dev", "two env files; the second one wins"),
        ("procrun start --release", "once `release:` of the Procfile has succeeded"),
        ("procrun start --heroku", "as Heroku would run it"),
        ("procrun start --clean-env", "only its environment: nothing of your shell"),
    ),
)

COMMANDS = (
    START,
    Command(
        "run",
        "COMMAND [ARG…]",
        "run a one-off command in the app's environment",
        "run:run",
        (_SET, *_DYNO),
        (
            ("procrun run ./manage.py migrate", "arguments are passed on literally"),
            ("procrun run 'echo $DATABASE_URL'", "a single argument goes to the shell"),
            ("procrun run -E DEBUG=1 ./server", "a variable for this run"),
            ("procrun run worker --once", "the Procfile's worker with one more argument"),
        ),
    ),
    Command(
        "ps",
        "[NAME…]",
        "show the processes of the running app",
        "ps:ps",
        (
            Option(("--watch",), "again every second, until Ctrl-C"),
            Option(("--json",), "one JSON array, with --watch one to a line", setting="json"),
        ),
        (
            ("procrun ps", "state, pid, port, CPU and memory of each process tree"),
            ("procrun ps --watch", "the same, live; CPU is that of the last second"),
            ("procrun ps --json", "for programs: numbers are numbers"),
            ("procrun ps web", "only these; * and ? match"),
        ),
    ),
    Command(
        "ps type",
        "[TYPE…]",
        "print the size of dyno that each process type stands for",
        "scale:sizes",
        examples=(("procrun ps:type", "the sizes; nothing is limited by them"),),
    ),
    Command(
        "logs",
        "[NAME]",
        "show the log of the running app, or of the last run",
        "logs:logs",
        (
            Option(("--tail", "-t", "--follow", "-f"), "go on with what comes from now on"),
            Option(("-n", "--num"), "how many lines (100)", "N"),
            Option(("-p", "--process-type", "--ps"), "only this type", "TYPE"),
            Option(("-d", "--dyno", "--dyno-name"), "only this process", "DYNO"),
            Option(
                ("-s", "--source"),
                "only what app or heroku (procrun) said",
                "SOURCE",
                choices=("app", "heroku"),
            ),
            Option(("--json",), "one JSON object per line", setting="json"),
            *_LOOK,
        ),
        (
            ("procrun logs", "the last 100 lines; when the app has ended, too"),
            ("procrun logs -t", "and all that follows, until Ctrl-C"),
            ("procrun logs -n 20 web.1", "the last 20 lines of web.1"),
            ("procrun logs -t -p web -s app", "what the web processes write, nothing else"),
            ("procrun logs -s heroku", "what started, crashed and stopped"),
            ("procrun logs -t -d router", "a line for each request, with --heroku"),
        ),
    ),
    Command(
        "restart",
        "[NAME…]",
        "restart processes of the running app",
        "remote:restart",
        _NAMED,
        (
            ("procrun restart worker", "every worker; the others go on"),
            ("procrun restart web.2 'w*er'", "one web process; * and ? match"),
            ("procrun restart", "all but those that were stopped by hand"),
        ),
    ),
    Command(
        "stop",
        "[NAME…]",
        "stop processes of the running app, or all of it",
        "remote:stop",
        _NAMED,
        (
            ("procrun stop web.2", "it stays down until `procrun start web.2`"),
            ("procrun stop worker", "every worker; the app goes on"),
            ("procrun stop", "end the app and wait until nothing of it is left"),
        ),
    ),
    Command(
        "scale",
        "[TYPE=N|TYPE+N|TYPE-N…]",
        "change how many of a type run, or print how many do",
        "scale:scale",
        examples=(
            ("procrun scale web=2", "two of web; the others stay as they are"),
            ("procrun scale worker+1 clock=0", "one worker more and no clock"),
            ("procrun scale all=1", "one of each type"),
            ("procrun scale", "as it is: web=2:Eco worker=1:Eco"),
        ),
    ),
    Command(
        "kill",
        "NAME…",
        "send a signal to processes of the running app",
        "remote:kill",
        (Option(("-s", "--signal"), "its name or number (TERM)", "SIGNAL"),),
        (
            ("procrun kill -s USR1 web", "to the first process of each web dyno"),
            ("procrun kill -s KILL worker.1", "as if it had crashed"),
        ),
    ),
    Command(
        "wait",
        "",
        "wait until the app is ready",
        "wait:wait",
        (
            Option(("--ready",), "what web is to show besides", "SIGN"),
            Option(("--timeout",), "when to give up (60); 0: never", "SECONDS"),
            Option(("-t", "--type"), "wait for this type alone", "TYPE"),
        ),
        (
            ("procrun wait", "then go on: `procrun wait && ./smoke-test`"),
            ("procrun wait --ready http:/health", "once that path answers as well"),
        ),
    ),
    Command(
        "maintenance",
        "[on|off]",
        "have the router turn all requests away, or serve them again",
        "maintenance:maintenance",
        examples=(
            ("procrun maintenance on", "503 for everybody; the processes go on"),
            ("procrun maintenance off", "serve again"),
            ("procrun maintenance", "print whether it is on"),
        ),
        choices=("on", "off"),
    ),
    Command(
        "with",
        "[TYPE[=N]…] -- COMMAND [ARG…]",
        "run a command beside an app that is started for it",
        "with_:with_",
        (
            Option(("--ready",), "what web is waited for (any answer on /)", "SIGN"),
            Option(("--timeout",), "when to give up waiting (30); 0: never", "SECONDS"),
            Option(
                ("--logs",),
                "show the app's log: always, failed or never (failed)",
                "WHEN",
                choices=tuple(each.value for each in ShowLog),
            ),
            Option(
                ("--pass-env",),
                "variables of yours for the app",
                "NAME,…",
                "pass_env",
                several=True,
            ),
            _SET,
        ),
        (
            ("procrun with -- npm test", "beside web, whose address is in BASE_URL"),
            ("procrun with -- 'curl -f $BASE_URL/health'", "one word goes to the shell"),
            ("procrun with web worker=2 -- pytest -x", "beside a web and two workers"),
            ("procrun with --ready http:/health -- ./smoke", "once that path answers well"),
            ("procrun with -e .env.ci --logs always -- ./e2e", "not .env.test; with the log"),
        ),
    ),
    Command(
        "open",
        "[PATH]",
        "open the running app in your browser",
        "browser:open_",
        examples=(
            ("procrun open", "its URL, which is printed as well"),
            ("procrun open /admin", "a page of it"),
            ("BROWSER=lynx procrun open", "in another browser"),
        ),
    ),
    Command(
        "info",
        "",
        "describe the app: URLs, processes, release, files",
        "about:about",
        (_SHELL, _JSON),
        (
            ("procrun info", "the values of its config vars are masked"),
            ("procrun info -s", "lines name=value, quoted for a shell"),
            ("procrun info --json", "one JSON object"),
        ),
    ),
    Command(
        "attach",
        "NAME",
        "attach this terminal to a process of the running app",
        "attach:attach",
        (_DETACH_KEY,),
        (
            ("procrun attach web.1", "answer its debugger; Ctrl-\\ leaves"),
            ("procrun attach --detach-key ^] web", "leave with another key"),
            ("echo go | procrun attach worker", "type a line into it"),
        ),
    ),
    Command(
        "release",
        "",
        "run the release command of the Procfile",
        "release:release",
        (_SET, *_DYNO),
        (("procrun release", "what Heroku runs before a new release starts"),),
    ),
    Command(
        "check",
        "",
        "find mistakes in Procfile, env files, app.json and settings",
        "check:check",
        (
            Option(("--json",), "one JSON array of problems"),
            Option(("--heroku",), "also what would go wrong on Heroku", setting="heroku"),
        ),
        (
            ("procrun check", "exit status 1 if anything is an error"),
            ("procrun check --heroku", "before a push"),
            ("procrun check -f Procfile.dev", "another Procfile"),
        ),
    ),
    Command(
        "env",
        "[NAME]",
        "print the environment that a process gets",
        "env:env",
        (
            Option(("-s", "--shell"), "lines that a shell can read"),
            Option(("--json",), "one JSON object"),
            _PORT,
            _SET,
            *_DYNO,
        ),
        (
            ("procrun env web.1", "what `start` gives web.1, with PORT and PS"),
            ("procrun env --clean-env web.1", "what a dyno on Heroku would get of it"),
            ("procrun env", "what `run` gives a command"),
            ("procrun env web | grep URL", "one to a line, a newline as in $'a\\nb'"),
            ('set -a; eval "$(procrun env -s)"', "put it into this shell"),
        ),
    ),
    Command(
        "config",
        "",
        "print the config vars of the env files",
        "config:config",
        (_SHELL, _JSON),
        (
            ("procrun config", "all of them, in the order of their names"),
            ("procrun config -s", "as lines KEY=value with quotes, for a shell"),
            ("procrun config --json", "as one JSON object"),
        ),
    ),
    Command(
        "config get",
        "KEY…",
        "print the value of a config var",
        "config:get",
        (_SHELL, _JSON),
        (
            ("procrun config get DATABASE_URL", "an empty line if it is not set"),
            ('psql "$(procrun config get DATABASE_URL)"', "for another program"),
        ),
    ),
    Command(
        "config set",
        "KEY=VALUE…",
        "set config vars in the env file; the app restarts",
        "config:set_",
        examples=(
            ("procrun config set DEBUG=1 LOG_LEVEL=info", "both at once: one release"),
            ("procrun config set GREETING='a b'", "quoted in .env only where it must be"),
            ("procrun config set -e .env.dev DEBUG=1", "in another env file"),
        ),
    ),
    Command(
        "config unset",
        "KEY…",
        "remove config vars from the env file; the app restarts",
        "config:unset",
        examples=(("procrun config unset DEBUG", "the other lines stay as they are"),),
    ),
    Command(
        "config edit",
        "[KEY]",
        "edit the env file, or one value, in your editor",
        "config:edit",
        examples=(
            ("procrun config edit", "in $VISUAL or $EDITOR"),
            ("procrun config edit PRIVATE_KEY", "the value alone"),
        ),
    ),
    Command(
        "releases",
        "",
        "list the releases: every change of the config vars",
        "releases:releases",
        (Option(("-n", "--num"), "how many (15)", "N"), _JSON),
        (
            ("procrun releases", "newest first"),
            ("procrun releases -n 100", "all that are kept"),
        ),
    ),
    Command(
        "releases info",
        "[RELEASE]",
        "show one release, with the names of its config vars",
        "releases:describe",
        (_JSON,),
        (("procrun releases info v3", "what it changed, by whom and when"),),
    ),
    Command(
        "releases output",
        "[RELEASE]",
        "print what the release command of a release wrote",
        "releases:show_output",
        examples=(("procrun releases output v3", "by default of the newest"),),
    ),
    Command(
        "releases retry",
        "",
        "try again a release that did not succeed",
        "releases:retry",
        examples=(("procrun releases retry", "once its release command can succeed"),),
    ),
    Command(
        "rollback",
        "[RELEASE]",
        "give the config vars back the values of a release",
        "releases:rollback",
        examples=(
            ("procrun rollback", "to the last good one with other values"),
            ("procrun rollback v3", "to that one; it is a new release"),
        ),
    ),
    Command(
        "ca",
        "",
        "show the certificate authority behind https, and who trusts it",
        "ca:ca",
        examples=(("procrun ca", "where it is, and which stores have it"),),
    ),
    Command(
        "ca path",
        "",
        "print the path of the authority's certificate",
        "ca:path",
        examples=(('curl --cacert "$(procrun ca path)" https://localhost:5443', "trust it once"),),
    ),
    Command(
        "ca trust",
        "",
        "have the system and your browsers trust the authority",
        "ca:trust",
        examples=(("procrun ca trust", "calls sudo where it must; says what it did"),),
    ),
    Command(
        "ca untrust",
        "",
        "undo what `ca trust` did",
        "ca:untrust",
        examples=(("procrun ca untrust", "the authority itself stays"),),
    ),
    Command(
        "settings",
        "",
        "print every setting and where it comes from",
        "show:settings",
        examples=(("PROCRUN_PORT=6000 procrun settings", "see what a variable changes"),),
    ),
    Command("version", "", "print the version", "show:version"),
    Command("help", "[COMMAND]", "explain procrun or one of its commands", "show:help_"),
    Command(
        "completion",
        "SHELL",
        "print completions for bash, zsh or fish",
        "completion:completion",
        examples=(
            ('eval "$(procrun completion bash)"', "in ~/.bashrc"),
            ('eval "$(procrun completion zsh)"', "in ~/.zshrc, after compinit"),
            ("procrun completion fish | source", "in ~/.config/fish/config.fish"),
        ),
        choices=("bash", "zsh", "fish"),
    ),
)


def command_named(name: str) -> Command:
    """The command; UsageError that names the closest one."""
    for command in COMMANDS:
        if command.name == name:
            return command
    from procrun.cli.heroku_words import instead
    from procrun.core.names import did_you_mean

    meant = did_you_mean(name, [command.name for command in COMMANDS])
    hint = instead(name) or f"{meant}`procrun help` lists them."
    raise UsageError(f"there is no command {name}", hint)


def dispatch(line: Line) -> int:
    """Run the line's command; the exit code."""
    if line.asks_for_version:
        return _call("show:version", Line("version", (), ()))
    if line.asks_for_help or not line.command:
        return _call("show:help_", Line("help", (), (line.command,) if line.command else ()))
    return _call(command_named(line.command).function, line)


def _call(function: str, line: Line) -> int:
    module, _, name = function.partition(":")
    called = getattr(import_module(f"procrun.cli.{module}"), name)
    code: int = called(line)
    return code
