"""A shop with a till: orders are written to a file, which a worker reads."""

import os
from pathlib import Path

from flask import Flask, abort, request

app = Flask(__name__)
orders = Path(os.environ["ORDERS"])


@app.get("/")
def greet():
    return f"{os.environ['SHOP']} is open"


@app.post("/orders")
def order():
    item = request.form.get("item") or abort(400, "what would you like?")
    with orders.open("a") as file:
        file.write(f"{item}\n")
    app.logger.warning("ordered: %s", item)
    return "ordered", 201
