"""What would go wrong on Heroku with an app that runs here: warnings with their remedies.

A false alarm is worse than none: where a rule can't tell, it says nothing. docs/heroku.md has all
of them, with how sure each is.
"""

from __future__ import annotations

from procrun.core import heroku_files, heroku_ports
from procrun.core.names import RELEASE, WEB
from procrun.core.programs import program, script, simple_commands, values
from procrun.core.text import excerpt
from procrun.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from procrun.core.procfile import ProcessType, Procfile

_SPECIAL = (WEB, RELEASE)
_NAME = "Procfile"
_OF_GUNICORN = "gunicorn.conf.py"  # which it reads where no other is named


def of_procfile(
    procfile: Procfile, variables: Collection[str], router: Collection[int] = ()
) -> Iterator[Problem]:
    """Warnings of the commands, and of how the file and its types are called.

    `variables` are the names of the config vars, `router` the ports of a router in front of web.
    """
    yield from _names(procfile)
    for process in procfile.types:
        for text, hint in _of_command(process, variables, router):
            where = f"{procfile.path}:{process.line}"
            yield Problem(where, f"{process.name}: {text}", hint, warning=True)


def of_sources(procfile: Procfile, text: Callable[[str], str]) -> Iterator[Problem]:
    """Warnings of what scripts of Python and gunicorn's settings say, that the commands do not.

    `text` gives what is in a file of the root, "" where there is none.
    """
    from procrun.core import heroku_sources  # ast takes long to import

    for process in procfile.types:
        commands = simple_commands(process.command)
        if any(simple.words[:1] == ("cd",) for simple in commands):
            continue  # its paths begin elsewhere
        for simple in commands:
            name, arguments = program(simple.words)
            if name == "gunicorn":
                yield from _of_gunicorn(process.name, arguments, text)
            elif process.name == WEB:
                path = script(simple.words)
                wrong = heroku_sources.out_of_reach(text(path)) if path else None
                if wrong:
                    yield Problem(path, *wrong, warning=True)


def _of_gunicorn(
    process_type: str, arguments: Sequence[str], text: Callable[[str], str]
) -> Iterator[Problem]:
    from procrun.core import heroku_sources

    named = list(values(arguments, ("-c", "--config")))
    path = named[-1].removeprefix("file:") if named else _OF_GUNICORN
    found = heroku_sources.constants(text(path))
    is_told = any(True for _ in values(arguments, ("-b", "--bind")))
    wrong = "" if is_told else heroku_ports.place_out_of_reach(found.get("bind", ""))
    if wrong and process_type == WEB:
        hint = 'Leave bind out, or write "0.0.0.0:" + os.environ["PORT"].'
        yield Problem(path, f"gunicorn {wrong}", hint, warning=True)
    for setting in ("accesslog", "errorlog"):
        file = found.get(setting, "-")
        if heroku_files.is_kept(file):
            told = f"gunicorn writes a log to {excerpt(file)}"
            yield Problem(path, told, heroku_files.TO_STANDARD_OUTPUT, warning=True)


def lacking_in_git(files: list[str], ignored: Collection[str]) -> Iterator[Problem]:
    """One warning of the files that the commands need and that git does not have."""
    if not files:
        return
    names = [f"{name} (ignored)" if name in ignored else name for name in files]
    it = "it" if len(files) == 1 else "them"
    text = f"git does not have {', '.join(names)}, so a dyno has not, either"
    by_force = "-f " if set(files) <= set(ignored) else ""
    yield Problem("", text, f"`git add {by_force}…` and commit {it}.", warning=True)


def in_one_line(problem: Problem) -> str:
    """A warning with its remedy, for the log."""
    return f"warning: {problem}. {problem.hint}"


def _names(procfile: Procfile) -> Iterator[Problem]:
    *_, name = procfile.path.split("/")
    if name != _NAME and procfile.path != "standard input":
        text = "Heroku reads only the file that is called Procfile"
        yield Problem(procfile.path, text, "Have its lines there when you push.", warning=True)
    for process in procfile.types:
        lower = process.name.lower()
        if lower in _SPECIAL and lower != process.name and not procfile.get(lower):
            text = f"{process.name} is a process type like any other: it is {lower} that is special"
            where = f"{procfile.path}:{process.line}"
            yield Problem(where, text, f"Write {lower}.", warning=True)


def _of_command(
    process: ProcessType, variables: Collection[str], router: Collection[int]
) -> Iterator[tuple[str, str]]:
    command = process.command
    if process.name == WEB and (wrong := heroku_ports.out_of_reach(command, variables, router)):
        yield wrong
    for path in heroku_files.log_files(command):
        yield f"writes a log to {excerpt(path)}", heroku_files.TO_STANDARD_OUTPUT
    if name := heroku_files.left_in_background(command):
        text = f"ends while {excerpt(name)} goes on in the background, and a dyno ends with it"
        yield text, "Let it run in the foreground, without & and --daemon or --detach."
    for path in heroku_files.of_one_machine(command):
        text = f"{excerpt(path)} is on your machine and not in a dyno"
        yield text, "Have it in the app's folder, or among what Heroku installs."
