"""What an error carries: where, what, what to do about it, and the exit status."""

from __future__ import annotations

import pytest

from procrun.errors import CONFIG, FAILURE, USAGE, ConfigError, Problem, ProcrunError, UsageError


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("Procfile:3", "no colon"), "Procfile:3: no colon"),
        (Problem("", "nothing to start", "Name a type."), "nothing to start"),
        (Problem("PROCRUN_PORT", "no number", warning=True), "PROCRUN_PORT: no number"),
    ],
    ids=["a line of a file", "no place", "a variable"],
)
def test_a_problem_says_where_and_what(problem: Problem, text: str) -> None:
    """The remedy is printed apart."""
    assert str(problem) == text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProcrunError("it is running already"), FAILURE),
        (UsageError("no such option"), USAGE),
        (ConfigError([Problem(".env:2", "no value")]), CONFIG),
        (ProcrunError("not found", exit_code=127), 127),
    ],
    ids=["ours", "the command line", "a file", "its own"],
)
def test_an_error_has_the_exit_status_of_whose_fault_it_is(error: ProcrunError, code: int) -> None:
    """1, 2 as every command, 78 as sysexits.h has it; one error can have its own."""
    assert error.exit_code == code
    assert type(error).exit_code in (FAILURE, USAGE, CONFIG)


def test_a_single_error_is_one_problem() -> None:
    """Who prints errors needs to know one form only."""
    error = UsageError("--port takes a number", "Try -p 6000.")

    assert error.problems == (Problem("", "--port takes a number", "Try -p 6000."),)
    assert error.message == "--port takes a number"
    assert str(error) == "--port takes a number\n  Try -p 6000."


def test_a_config_error_tells_all_of_its_problems() -> None:
    """In the order in which they were found, warnings among them."""
    problems = [
        Problem("Procfile:1", "no command", "Write one."),
        Problem(".env:4", "no value", warning=True),
    ]
    error = ConfigError(iter(problems))

    assert error.problems == tuple(problems)
    assert str(error) == "Procfile:1: no command\n  Write one.\nwarning: .env:4: no value"
