"""The release phase: a command that must succeed before an app starts, or changes."""

from __future__ import annotations
