"""The app's config vars on disk: the env file that is edited, and a release for each change."""
