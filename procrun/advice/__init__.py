"""Warnings that save a push: what would go wrong on Heroku with an app that runs here.

Which they are is decided in core/heroku_*.py; here is what they have to look at. `before` is for
what can be known without running, `running` for what the processes of the app show.
"""
