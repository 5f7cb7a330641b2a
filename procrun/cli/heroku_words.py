"""What stands on pages written for the heroku command, and means something else here, or nothing.

Asked only for what procrun itself does not know.
"""

from __future__ import annotations

import sys

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_ONE_APP = "There is one app here, that of the folder: `procrun info` describes it."
_NO_ACCOUNT = "There is no account here, and nobody else."
_NO_BUILD = "Nothing is built here: the app runs from its folder, with the programs on your PATH."
_LOCAL = "It runs on localhost; `procrun info` prints its URLs."
_SHELL = "It all runs on this machine: `procrun run bash`, or `procrun attach web.1`."

# By the command as it is typed, or by the word before its colon.
_INSTEAD = {
    "git": "Nothing is pushed: `procrun start --heroku` runs the files as they are.",
    "addons": "Start the service yourself, and `procrun config set DATABASE_URL=…` names it.",
    **dict.fromkeys(
        ("pg", "psql"),
        'The database is what DATABASE_URL names: `psql "$(procrun config get DATABASE_URL)"`.',
    ),
    "redis": 'It is what REDIS_URL names: `redis-cli -u "$(procrun config get REDIS_URL)"`.',
    "heroku": "Write `procrun ps` for `heroku ps`, and so on.",
    **dict.fromkeys(("apps", "create", "destroy", "rename", "fork", "list"), _ONE_APP),
    **dict.fromkeys(("pipelines", "reviewapps", "spaces", "regions"), _ONE_APP),
    **dict.fromkeys(("login", "logout", "auth", "keys", "authorizations", "sessions"), _NO_ACCOUNT),
    **dict.fromkeys(("access", "members", "orgs", "teams", "join", "leave", "2fa"), _NO_ACCOUNT),
    **dict.fromkeys(("domains", "dashboard"), _LOCAL),
    "certs": "`procrun start --heroku` has https, with certificates of its own.",
    **dict.fromkeys(("builds", "buildpacks", "stack", "slugs", "container"), _NO_BUILD),
    "ci": "`procrun with -- COMMAND` runs a test suite beside the app.",
    "drains": "`procrun logs -t | COMMAND` passes the log on, in Heroku's format.",
    **dict.fromkeys(("features", "labs"), "`procrun settings` lists what can be switched."),
    "autocomplete": "`procrun help completion` says how to have it.",
    **dict.fromkeys(("ps:exec", "ps:copy", "ps:forward", "ps:socks", "run:inside"), _SHELL),
    "ps:autoscale": "`procrun scale web=2` changes how many run.",
    "run:detached": "`procrun run COMMAND &` does it, `procrun start -D` for the whole app.",
}


class Flag(Value):
    """An option of heroku's that is accepted."""

    metavar: str = ""  # of its value, "" for a flag
    ours: str = ""  # the option that it is here; "" where it changes nothing
    note: str = ""  # what its user should hear; "" where nothing is different


_APP = Flag("NAME", note="there is one app here, that of the folder")
_OF_ALL = dict.fromkeys(("-a", "--app", "-r", "--remote"), _APP)
# Heroku does not have these, or not for an app; elsewhere such options mean something else.
_OURS = frozenset("start with attach check export settings version help completion".split())
_NOTHING = Flag()
_OF: Mapping[str, Mapping[str, Flag]] = {
    "run": {
        **dict.fromkeys(("-x", "--exit-code", "--no-notify", "--no-launcher"), _NOTHING),
        **dict.fromkeys(("-s", "--size"), Flag("SIZE", "--dyno-size")),
        "--type": Flag("TYPE", note="its name is run.N"),
        "--no-tty": Flag(note="the command has your own terminal, or what is in its place"),
    },
    "logs": {"--force-colors": Flag(note="--color always has colours")},
    "wait": {
        **dict.fromkeys(("-R", "--with-run"), _NOTHING),
        **dict.fromkeys(("-w", "--wait-interval"), Flag("SECONDS")),
    },
}


def instead(typed: str) -> str:
    """What to do here in place of a command of heroku's; "" for what is none that we know."""
    while typed not in _INSTEAD and ":" in typed:  # pg:backups:capture, pg:backups, pg
        typed = typed.rpartition(":")[0]
    return _INSTEAD.get(typed, "")


def flags(command: str) -> Mapping[str, Flag]:
    """The options of heroku's that a command accepts besides its own."""
    return {} if command in _OURS else {**_OF_ALL, **_OF.get(command, {})}


def tell(name: str, note: str) -> None:
    """Say on standard error what an option that was accepted does not do."""
    sys.stderr.write(f"procrun: {name} changes nothing: {note}\n")
