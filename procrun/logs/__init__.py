"""The log: a hub that every chunk passes through, and the sinks that it goes to."""
