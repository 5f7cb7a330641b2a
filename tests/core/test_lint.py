"""What `check` warns of in commands and in settings."""

from __future__ import annotations

import pytest

from procrun.core.lint import lint_commands, lint_mentions, lint_names
from procrun.core.procfile import parse
from procrun.errors import Problem

PROCFILE = parse("web: serve\nrelease: migrate\nworker: work\n")


def warnings(command: str) -> list[str]:
    """The warnings of one command, where HOME and PORT are set and `serve` is a program."""
    procfile = parse(f"web: {command}\n")
    found = list(lint_commands(procfile, {"HOME", "PORT"}, {"serve", "bin/serve"}.__contains__))
    assert all(problem.warning and problem.hint for problem in found)
    assert all(problem.where == "Procfile:1" for problem in found)
    return [problem.text for problem in found]


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "serve -p $PORT",
        "bin/serve",
        "A=1 serve $A",
        "exec serve",
        "! time serve",
        "cd app && nonesuch",
        "if true; then nonesuch; fi",
        "for i in 1 2; do nonesuch; done",
        "while :; do nonesuch; done",
        "{ nonesuch; }",
        "(nonesuch)",
        "[ -f x ] && nonesuch",
        "$SHELL",
        "exec $HOME/bin/nonesuch",
        "exec -a name nonesuch",
        "command -v nonesuch",
        "~/nonesuch",
        "A=1",
        "serve $HOME $PATH $PWD $RANDOM $HOSTNAME $UID",
        "serve ${QUEUE:-default} '$QUEUE' \\$QUEUE",
        "# nothing",
    ],
)
def test_nothing_is_said_of_what_may_be_right(command: str) -> None:
    """Programs and variables that exist, what a shell knows itself, and what can't be told."""
    assert warnings(command) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("nonesuch a", ["web: 'nonesuch' is not on the PATH"]),
        ("A=1 nonesuch", ["web: 'nonesuch' is not on the PATH"]),
        ("exec nonesuch", ["web: 'nonesuch' is not on the PATH"]),
        ("time nonesuch", ["web: 'nonesuch' is not on the PATH"]),
        ("bin/nonesuch", ["web: 'bin/nonesuch' is not an executable file"]),
        ("serve $A $B $A", ["web: nothing sets $A", "web: nothing sets $B"]),
        ('serve "${A%x}"', ["web: nothing sets $A"]),
        ("nonesuch $A", ["web: 'nonesuch' is not on the PATH", "web: nothing sets $A"]),
        ("serve 'a", ["web: ' is never closed"]),
        ("serve $(a", ["web: ( is never closed"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_that_will_fail_is_told(command: str, expected: list[str]) -> None:
    """With what is missing, each thing once."""
    assert warnings(command) == expected


def test_every_command_is_looked_at() -> None:
    """The one of the release phase as well, each with its line."""
    found = list(lint_commands(PROCFILE, (), lambda _word: False))

    assert [problem.where for problem in found] == ["Procfile:1", "Procfile:2", "Procfile:3"]


def test_a_type_cannot_well_be_called_all() -> None:
    """It could not be told from what stands for every type."""
    (problem,) = lint_names(parse("web: a\nall: b\n"))

    assert (problem.where, problem.warning) == ("Procfile:2", True)
    assert list(lint_names(PROCFILE)) == []


def test_settings_for_types_that_do_not_exist_are_told() -> None:
    """With the place, the closest name, and those that there are."""
    mentions = [("a.toml", "quiet", "wrker"), ("X", "restart", "web"), ("b.toml", "types", "zz")]

    assert list(lint_mentions(PROCFILE, mentions)) == [
        Problem(
            "a.toml",
            "quiet names 'wrker', which Procfile lacks",
            "Did you mean worker? It has web, worker.",
            warning=True,
        ),
        Problem(
            "b.toml", "types names 'zz', which Procfile lacks", "It has web, worker.", warning=True
        ),
    ]


def test_settings_for_the_release_phase_are_told() -> None:
    """It is never a service, so they do nothing."""
    (problem,) = lint_mentions(PROCFILE, [("a.toml", "restart", "release")])

    assert problem.text == "restart has no effect on release, which is not a service"
