"""What changed files mean for a running app."""
