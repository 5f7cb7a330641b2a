"""Every command with its options: the one table behind parsing, help, completion and dispatch."""

from procrun.cli.table import exporting, files, own, running, starting
from procrun.cli.table.shared import COMMON

__all__ = ["COMMANDS", "COMMON"]

COMMANDS = (
    *starting.COMMANDS,
    *running.COMMANDS,
    *files.COMMANDS,
    *exporting.COMMANDS,
    *own.COMMANDS,
)
