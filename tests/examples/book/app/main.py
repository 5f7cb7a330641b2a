"""The pages."""

import os

from flask import Blueprint, current_app, jsonify, redirect, request, url_for

from .models import Role

main = Blueprint("main", __name__)


def redirect_to_https():
    if not request.is_secure:
        return redirect(request.url.replace("http://", "https://", 1), code=301)
    return None


@main.route("/")
def index():
    current_app.logger.info("the index is asked for")
    names = ", ".join(role.name for role in Role.query.order_by(Role.id))
    greeting = os.environ.get("GREETING", "Hello")
    return f"<!doctype html><title>Flasky</title><h1>{greeting}, Stranger!</h1><p>{names}</p>"


@main.route("/seen")
def seen():
    return jsonify(
        scheme=request.scheme,
        client=request.remote_addr,
        host=request.host,
        url=url_for("main.index", _external=True),
        request_id=request.headers.get("X-Request-Id"),
        dyno=os.environ.get("DYNO"),
    )
