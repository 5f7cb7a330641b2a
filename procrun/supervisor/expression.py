"""The regular expression of a sign, and an end to looking for it.

Some expressions take years on some lines (`(a+)+$` on many an a and a b), and whoever looks for one
that long hears nothing else: no request, no signal, not even that its owner is gone.
"""

from __future__ import annotations

from procrun.core.text import excerpt
from procrun.system.patience import OutOfPatienceError, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.readiness import Readiness

_PATIENCE = 1.0  # seconds for what is written at once


class Expression:
    """Looked for in a log. `trouble` says, once it has taken too long, that it is no more."""

    def __init__(self, sign: Readiness) -> None:
        self.trouble = ""
        self._detail = sign.detail
        self._search = sign.search

    def is_in(self, lines: bytes) -> bool:
        """Whether it is found in one of the lines."""
        if self.trouble:
            return False
        try:
            return within(_PATIENCE, lambda: any(map(self._search, lines.splitlines())))
        except OutOfPatienceError:
            self.trouble = f"the expression {excerpt(self._detail)} takes too long on its log"
            return False
