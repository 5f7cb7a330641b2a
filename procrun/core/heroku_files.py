"""What commands of a Procfile do with files that a dyno does not have, or does not keep.

A dyno has what git has. What it writes is gone when it restarts, no other dyno sees it, and the log
is what comes out of standard output.
"""

from __future__ import annotations

from procrun.core.programs import program, simple_commands, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.core.procfile import Procfile

TO_STANDARD_OUTPUT = "Heroku's log is what processes write to standard output: leave the file out."
_LOG_OPTIONS = {
    "gunicorn": ("--access-logfile", "--error-logfile", "--log-file"),
    "celery": ("--logfile",),
}
_DAEMONS = {"gunicorn": ("-D", "--daemon"), "celery": ("-D", "--detach")}
_OUTPUT = ("/dev/", "/proc/")
_LOG_ENDINGS = (".log", ".out", ".err")
_LOG_FOLDERS = ("log", "logs")
_OF_ONE_MACHINE = ("/home/", "/Users/", "/opt/homebrew/", "~/")
_MODULE_OPTIONS = ("-m", "-A", "--app", "--application")


def is_log(path: str) -> bool:
    """Whether a file of this name is a log."""
    *folders, name = path.split("/")
    return name.endswith(_LOG_ENDINGS) or bool(set(folders).intersection(_LOG_FOLDERS))


def log_files(command: str) -> list[str]:
    """The files that a command has its log written to, as they are named there."""
    found: list[str] = []
    for simple in simple_commands(command):
        name, arguments = program(simple.words)
        found += values(arguments, _LOG_OPTIONS.get(name, ()))
        found += filter(is_log, simple.written)
        if name == "tee":
            found += (word for word in arguments if word[:1] != "-" and is_log(word))
    return list(filter(is_kept, dict.fromkeys(found)))


def is_kept(path: str) -> bool:
    """Whether what is written there is in a file, and not on one of the standard streams."""
    return path != "-" and not path.startswith(_OUTPUT)


def left_in_background(command: str) -> str:
    """The program that goes on when the command has ended; "" if there is none."""
    commands = simple_commands(command)
    if commands and commands[-1].goes_on:
        return program(commands[-1].words)[0] or "the last of it"
    name, arguments = program(commands[-1].words) if commands else ("", ())
    return name if set(arguments).intersection(_DAEMONS.get(name, ())) else ""


def of_one_machine(command: str) -> list[str]:
    """The paths in a command that lead to what only a developer's machine has."""
    words = (word for simple in simple_commands(command) for word in simple.words)
    return list(dict.fromkeys(word for word in words if word.startswith(_OF_ONE_MACHINE)))


def may_be_needed(procfile: Procfile) -> list[str]:
    """The files below the root that the commands may need: what they name, and modules of Python.

    Most of them are none; those that exist are meant.
    """
    found: dict[str, None] = {}
    for process in procfile.types:
        folder = ""
        for simple in simple_commands(process.command):
            words = [word for word in simple.words if _is_plain(word)]
            if words[:1] == ["cd"] and len(words) == 2:
                folder = f"{folder}{words[1].rstrip('/')}/"
            for i, word in enumerate(words):
                paths = [_path(word)]
                # `shop.wsgi:app`, `shop.wsgi` and, where only a module can stand, `shop`.
                if ":" in word or "." in word or words[max(i - 1, 0)] in _MODULE_OPTIONS:
                    paths += _module(word)
                found.update((f"{folder}{path}", None) for path in paths if path)
    return list(found)


def _is_plain(word: str) -> bool:
    elsewhere = word.startswith(("/", "~", ".."))
    return bool(word) and not elsewhere and not set("$`*?[{").intersection(word)


def _path(word: str) -> str:
    """A word as a path; that of an option where it is given as `--config=FILE`."""
    if word.startswith("-"):
        word = word.partition("=")[2]
    return word.removeprefix("./")


def _module(word: str) -> Iterator[str]:
    """The files that may hold a module: `shop.wsgi:app` is in shop/wsgi.py."""
    name = word.partition(":")[0]
    if name.replace(".", "").isidentifier():
        path = name.replace(".", "/")
        yield f"{path}.py"
        yield f"{path}/__init__.py"
