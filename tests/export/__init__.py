"""Exports: what other engines are given to run an app."""
