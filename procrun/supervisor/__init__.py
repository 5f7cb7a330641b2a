"""The one owner of the dynos' processes."""

from procrun.supervisor.slot import Slot
from procrun.supervisor.supervisor import Supervisor

__all__ = ["Slot", "Supervisor"]
