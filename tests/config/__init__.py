"""The app's config vars on disk."""
