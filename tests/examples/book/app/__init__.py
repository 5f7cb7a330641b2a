"""The factory."""

from config import config
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def create_app(name):
    app = Flask(__name__)
    app.config.from_object(config[name])
    config[name].init_app(app)
    db.init_app(app)

    from .main import main, redirect_to_https

    app.register_blueprint(main)
    if app.config["SSL_REDIRECT"]:
        app.before_request(redirect_to_https)
    return app
