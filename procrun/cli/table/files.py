"""The commands about the app's files: its Procfile, its config vars and its releases."""

from __future__ import annotations

from procrun.cli.command import Command, Option
from procrun.cli.table.shared import DYNO, JSON, PORT, SET, SHELL

COMMANDS = (
    Command(
        "release",
        "",
        "run the release command of the Procfile",
        "release:release",
        (SET, *DYNO),
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
            PORT,
            SET,
            *DYNO,
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
        (SHELL, JSON),
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
        (SHELL, JSON),
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
        "list the releases: every change of the config vars, and every deploy",
        "releases:releases",
        (Option(("-n", "--num"), "how many (15)", "N"), JSON),
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
        (JSON,),
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
)
