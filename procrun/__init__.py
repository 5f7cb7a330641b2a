"""Run a Procfile app on your own machine, as Heroku would."""

__version__ = "0.1.0"

__all__ = ["__version__"]
