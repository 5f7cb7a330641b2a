"""A run of an app: the composition root and what it puts together."""
