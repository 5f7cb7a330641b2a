"""Tests of the release phase."""
