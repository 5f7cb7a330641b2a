"""What differs from place to place."""

import logging
import os

from werkzeug.middleware.proxy_fix import ProxyFix

HERE = os.path.abspath(os.path.dirname(__file__))


class Config:
    """What holds wherever nothing else is said."""

    SECRET_KEY = os.environ.get("SECRET_KEY") or "not in git"
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or f"sqlite:///{HERE}/book.sqlite"
    SSL_REDIRECT = False

    @staticmethod
    def init_app(app):
        """Need nothing."""


class HerokuConfig(Config):
    """Behind a router that speaks TLS."""

    SSL_REDIRECT = bool(os.environ.get("DYNO"))

    @classmethod
    def init_app(cls, app):
        """Believe the router, and log where it is seen."""
        app.wsgi_app = ProxyFix(app.wsgi_app)
        handler = logging.StreamHandler()
        app.logger.addHandler(handler)
        app.logger.setLevel(logging.INFO)


config = {"default": Config, "heroku": HerokuConfig}
