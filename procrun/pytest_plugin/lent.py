"""The app that the controller of pytest-xdist lends to its workers."""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest

_KEY = "procrun"  # in what a worker is given


class Lent(Value):
    """An app that belongs to another process."""

    app: str = ""  # what it takes to borrow it
    why_not: str = ""  # or why it did not start

    def give(self, workerinput: dict[str, tuple[str, str]]) -> None:
        """In the controller: put it into what a worker is given."""
        workerinput[_KEY] = self.app, self.why_not


def lent_to(config: pytest.Config) -> Lent | None:
    """In a worker: the app that it was lent, if all are to share one."""
    given = getattr(config, "workerinput", {}).get(_KEY)
    return Lent(*given) if given else None
