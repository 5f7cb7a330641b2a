"""procrun beside its peers and beside the limits, measured in one interleaved run.

    python -m tests.benchmarks [NAME...] [--rounds N] [--markdown]

A peer that is not installed is skipped with a word. Linux only: memory and wake-ups are read from
/proc.
"""
