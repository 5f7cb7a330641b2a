"""The one owner of the dynos' processes."""

from procrun.supervisor.supervisor import Supervisor

__all__ = ["Supervisor"]
