"""Options that several commands have, some of them all."""

from __future__ import annotations

from procrun.cli.command import Option
from procrun.core.dyno_size import SIZES

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

SET = Option(("-E", "--set"), "set a variable; beats the env files", "KEY=VALUE", several=True)
PORT = Option(("-p", "--port"), "the first port; 0 picks free ones", "N", "port")
FORMATION = Option(
    ("-c", "-m", "--formation", "--concurrency"),
    "how many of each type",
    "TYPE=N,…",
    "formation",
    several=True,
)
_HEROKU = Option(("--heroku",), "as Heroku would run it", setting="heroku")
DYNO = (
    _HEROKU,
    Option(("--no-heroku",), "not so, though the settings say it", setting="heroku", value=False),
    Option(("--clean-env",), "config vars only, nothing of your shell", setting="clean_env"),
    Option(
        ("--no-clean-env",), "your shell's as well, with --heroku", setting="clean_env", value=False
    ),
    Option(
        ("--dyno-size",),
        "of the dyno of --heroku and --clean-env (eco)",
        "SIZE",
        "dyno_size",
        choices=tuple(SIZES),
    ),
)
DETACH_KEY = Option(("--detach-key",), "the key that leaves (ctrl-\\)", "KEY", "detach_key")
# In Heroku's way; a name does the same, be it of a type or of a process.
NAMED = (
    Option(("-d", "--dyno-name", "--dyno"), "this process", "DYNO", several=True),
    Option(("-p", "--process-type", "--ps"), "processes of this type", "TYPE", several=True),
)
SHELL = Option(("-s", "--shell"), "lines KEY=value, quoted for a shell")
JSON = Option(("-j", "--json"), "as JSON")
LOOK = (
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
