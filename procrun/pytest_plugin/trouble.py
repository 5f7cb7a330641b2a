"""Why tests can't have their app: told once in full, and then in a line."""

from __future__ import annotations

import os

import pytest

from procrun.testing import AppFailed
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from procrun.errors import ProcrunError
    from procrun.testing import DynoStatus, Log


class During(Value):
    """When something happened to an app, as far as it is known, in terms of tests."""

    test: str  # the node id of the one that runs
    last: str  # of the one before that used an app; "" if there is none
    began: float = float("inf")  # when the test that runs did so; inf: it has not

    def shown(self, since: float) -> str:
        """In words, for what happened then, in seconds since the epoch."""
        if since >= self.began:
            return f"during {self.test}"
        return f"during or after {self.last}" if self.last else f"before {self.test}"


class Trouble:
    """An app that did not start, or has crashed."""

    def __init__(self, line: str, details: str = "", *, is_crash: bool = True) -> None:
        """`line` says it shortly, `details` come below it, once."""
        self.line = line
        self.is_crash = is_crash  # and nothing that a test has done on purpose
        self.is_told = False
        self._details = details
        self._told_by = ""

    def fail(self, test: str = "") -> NoReturn:
        """Fail the current test with it, without a traceback of ours.

        `test` is its node id, before pytest says it to everybody.
        """
        if self.is_told:
            more = f"; see {self._told_by}" if self._details else ""
            pytest.fail(f"{self.line}{more}", pytrace=False)
        self.tell(test or _current_test())
        pytest.fail(f"{self.line}{self._details}", pytrace=False)

    def tell(self, test: str) -> None:
        """The report of that test has it, with all details."""
        self.is_told = True
        self._told_by = test


def failed_start(error: ProcrunError) -> Trouble:
    """The app did not start."""
    first, *others = error.problems
    reason = error.reason if isinstance(error, AppFailed) else str(first)
    line, *more = str(reason).splitlines()
    told = "".join(f"\n{each}" for each in more)
    if isinstance(error, AppFailed):
        told += str(first).removeprefix(reason)
    told += f"\n  {first.hint}" if first.hint else ""
    for problem in others:
        told += f"\n{problem}" + (f"\n  {problem.hint}" if problem.hint else "")
    return Trouble(f"the app did not start: {line}", told)


def crash(crashed: list[DynoStatus], when: str, log: Log) -> Trouble:
    """Dynos have ended by themselves. `when` is such as `during tests/test_shop.py::test_pay`."""
    line = ", ".join(f"{dyno.name} {_end(dyno)}" for dyno in crashed)
    return Trouble(f"{line} {when}", f"\n--- the end of its log\n{log.shown}" if log else "")


def _current_test() -> str:
    """The node id of the test that runs, as pytest says it to everybody."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


def _end(dyno: DynoStatus) -> str:
    if isinstance(dyno.end, int):
        return f"exited with {dyno.end}"
    return f"was killed by {dyno.end}" if dyno.end else dyno.why or "has ended"
