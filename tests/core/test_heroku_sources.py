"""Where a source in Python has its server listen."""

from __future__ import annotations

import pytest

from procrun.core.heroku_sources import constants, out_of_reach

APP = "app = Flask(__name__)\nif __name__ == '__main__':\n    "
PORT = "listens on port {}, and Heroku's router asks on $PORT"
ALONE = "listens on 127.0.0.1 alone, where Heroku's router does not reach it"


@pytest.mark.parametrize(
    "source",
    [
        APP + "app.run(host='0.0.0.0', port=int(os.environ['PORT']))",
        APP + "app.run(**options)",
        APP + "app.run('0.0.0.0', 5000)",
        APP + "app.run(host=HOST, port=settings.port)",
        APP + "app.run() if not os.environ.get('PORT') else serve(app)",
        APP + "run_simple('0.0.0.0', 5000, app)\n    app.run()",
        APP + "app.run(port=5001)\n    app.run(host='0.0.0.0', port=port)",
        "app = Flask(__name__)\n",
        "bot = Bot()\nbot.run()\n",
        "import uvicorn\nuvicorn.run('shop:app', host='0.0.0.0', port=port)",
        "import uvicorn\nuvicorn.run('shop:app', uds='/tmp/app.sock')",
        "not Python",
        "\0",
        "",
    ],
)
def test_nothing_is_said_of_what_is_well_or_unknown(source: str) -> None:
    """What is computed may be right; who mentions PORT has another way."""
    assert out_of_reach(source) is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (APP + "app.run()", PORT.format(5000)),
        (APP + "app.run(debug=True)", PORT.format(5000)),
        (APP + "app.run(host='0.0.0.0', port=8080)", PORT.format(8080)),
        ("application = create_app()\napplication.run()", PORT.format(5000)),
        (APP + "app.run(port=int(os.environ['PORT']))", ALONE),
        (APP + "app.run(port=port, host='127.0.0.1')", ALONE),
        ("import uvicorn\nuvicorn.run(app, port=80)", PORT.format(80)),
        ("import uvicorn\nuvicorn.run(app, port=int(os.environ['PORT']))", ALONE),
    ],
)
def test_a_number_or_a_loopback_address(source: str, words: str) -> None:
    """Written out, or what the server takes where nothing is."""
    found = out_of_reach(source)

    assert found
    assert found[0] == words


def test_texts_that_are_written_out() -> None:
    """Each that is set once, and to nothing that is computed."""
    source = "a = 'x'\nb = 1\nc = f'{a}'\nd = 'y'\nd = 'z'\ne = f = 'w'\nif a:\n    g = 'v'\n"

    assert constants(source) == {"a": "x", "e": "w", "f": "w", "g": "v"}
    assert constants("not Python") == {}
