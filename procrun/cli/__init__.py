"""The command line: words in, an exit code out."""

from procrun.cli.main import main

__all__ = ["main"]
