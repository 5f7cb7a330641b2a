"""Decisions: pure code that does no input or output (tests/test_layers.py holds it to that)."""
