"""debugged_flask.py: a web app with a breakpoint; with `reload` under the reloader."""

import os
import sys

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    """Answer once somebody has let the debugger go on."""
    answer = 42
    breakpoint()  # noqa: T100 - answering it is what the test is about
    return f"the answer is {answer}"


@app.get("/calm")
def calm() -> str:
    """Answer at once."""
    return "calm"


if __name__ == "__main__":
    reload = "reload" in sys.argv
    port = int(os.environ["PORT"])
    app.run(port=port, debug=reload, use_reloader=reload, reloader_type="stat")
