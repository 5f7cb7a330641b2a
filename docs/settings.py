"""Prints the table in settings.md, made from the table that procrun reads settings by."""

from __future__ import annotations

import sys

from procrun.settings import KEYS


def table() -> str:
    """A row for each setting, in Markdown."""
    rows = ["| setting | takes | default | meaning |", "| --- | --- | --- | --- |"]
    for name, key in KEYS.items():
        own = " ¹" if key.per_type else ""
        takes = key.kind.expected.replace("|", "\\|")
        rows.append(f"| `{name}`{own} | {takes} | {key.in_words(key.default)} | {key.meaning} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
