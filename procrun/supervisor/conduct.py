"""How dynos are treated and spoken of: procrun's way, or Heroku's."""

from __future__ import annotations

from procrun.core.restart import HEALTHY, cool_off
from procrun.core.wording import Plain
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.wording import Wording
    from procrun.settings import Settings


class Conduct(Value):
    """What is said of dynos, and how long they rest after so many crashes in a row."""

    wording: Wording
    cool_off: Callable[[int], float]
    time_scale: float = 1.0  # of the pauses, and of what counts as health

    def rest(self, crashes: int) -> float:
        """Seconds for which a dyno rests after that many crashes in a row."""
        return self.cool_off(crashes) * self.time_scale

    @property
    def healthy(self) -> float:
        """Seconds of uptime after which earlier crashes are forgotten."""
        return HEALTHY * self.time_scale


PLAIN = Conduct(Plain(), cool_off)


def conduct_of(settings: Settings) -> Conduct:
    """What the settings ask for; the size and the life of dynos are in upkeep.py."""
    conduct = PLAIN.replace(time_scale=settings.time_scale)
    if settings.cool_off == "heroku":
        from procrun.core.restart import cool_off_as_heroku

        conduct = conduct.replace(cool_off=cool_off_as_heroku)
    if settings.router:
        conduct = conduct.replace(wording=Plain(tells_ports=False))
    if settings.heroku:
        from procrun.core.wording_heroku import AsHeroku  # nobody else pays for it

        wording = AsHeroku(settings.time_scale, tells_ports=not settings.router)
        conduct = conduct.replace(wording=wording)
    return conduct
