"""Further apps for a test."""

from __future__ import annotations

from procrun.errors import UsageError
from procrun.pytest_plugin.marks import BadMark, chosen_with
from procrun.pytest_plugin.session import hooks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

    from procrun.pytest_plugin.hooks import Hooks
    from procrun.pytest_plugin.member import Member
    from procrun.testing import RunningApp


class Factory:
    """Starts apps; each call gives another one."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._members: list[Member] = []

    def __call__(  # noqa: PLR0913 - each is something to choose, and has a default
        self,
        processes: str | Sequence[str] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        env_file: str | Sequence[str] | None = None,
        ready: str | None = None,
        timeout: float | None = None,
        root: str | os.PathLike[str] | None = None,
        procfile: str | None = None,
        pass_env: Sequence[str] | None = None,
    ) -> RunningApp:
        """Start an app and wait until it is ready; None means what the ini file says.

        `env_file=[]` is none. AppFailed if it does not get ready; ProcrunError for what is wrong
        with its files.
        """
        given = {
            "processes": processes,
            "env": env,
            "env_file": env_file,
            "ready": ready,
            "timeout": timeout,
            "root": root,
            "procfile": procfile,
            "pass_env": pass_env,
        }
        try:
            choices = chosen_with(given)
        except BadMark as error:
            raise UsageError(str(error)) from None
        member = self._hooks.pool.another(choices)
        self._members.append(member)
        self._hooks.begin(member)
        return member.app

    def stop(self) -> None:
        """Stop them, all at once."""
        self._hooks.pool.stop(self._members)


def factory(config: pytest.Config) -> Iterator[Factory]:
    """One for the time of a test."""
    made = Factory(hooks_of(config))
    try:
        yield made
    finally:
        made.stop()
