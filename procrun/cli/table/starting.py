"""The commands that start something: the app, or a command in its environment."""

from __future__ import annotations

from procrun.cli.command import Command, Option
from procrun.cli.table.shared import DETACH_KEY, DYNO, FORMATION, LOOK, PORT, SET

START = Command(
    "start",
    "[TYPE[=N]… | NAME…]",
    "run the app, or start processes of the running one",
    "start:start",
    (
        FORMATION,
        Option(("-x", "--exclude"), "types not to start", "TYPE,…", "exclude", several=True),
        PORT,
        SET,
        *DYNO,
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
        Option(("--no-router",), "none, with --heroku", setting="router", value=False),
        Option(("--port-tls",), "the router's port for https", "N", "port_tls"),
        Option(
            ("--bind",), "addresses that the router listens on", "ADDRESS,…", "bind", several=True
        ),
        Option(("--release",), "run the release command first; it must succeed", setting="release"),
        Option(("--no-release",), "do not, with --heroku", setting="release", value=False),
        Option(("--boot-timeout",), "until web must be up; 0: for ever", "SECONDS", "boot_timeout"),
        Option(("--cycle",), "restart processes once a day", setting="cycle"),
        Option(("--time-scale",), "durations of the platform times this", "FACTOR", "time_scale"),
        Option(("-q", "--quiet"), "types not to show", "TYPE,…", "quiet", several=True),
        *LOOK,
        Option(("--json",), "the log as one JSON object per line", setting="json"),
        Option(("--log-dir",), "also write a log file of each process", "DIR", "log_dir"),
        Option(("--tty",), "give processes terminals", setting="tty"),
        Option(("--no-tty",), "give processes pipes", setting="tty", value=False),
        Option(("-D", "--daemon"), "in the background; returns when all have started"),
        Option(("--focus",), "the process that gets your keys", "NAME", "focus"),
        DETACH_KEY,
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
        ("procrun start --heroku --no-release", "but for its release phase"),
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
        (SET, *DYNO),
        (
            ("procrun run ./manage.py migrate", "arguments are passed on literally"),
            ("procrun run 'echo $DATABASE_URL'", "a single argument goes to the shell"),
            ("procrun run -E DEBUG=1 ./server", "a variable for this run"),
            ("procrun run worker --once", "the Procfile's worker with one more argument"),
        ),
    ),
)
