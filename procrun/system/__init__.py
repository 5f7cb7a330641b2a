"""Small questions and requests to the operating system, one kind to a module."""
