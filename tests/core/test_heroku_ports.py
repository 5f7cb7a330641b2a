"""Where a web process will listen, as far as its command tells."""

from __future__ import annotations

import pytest

from procrun.core.heroku_ports import is_loopback, out_of_reach

ALONE = "alone, where Heroku's router does not reach it"


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "gunicorn -b 0.0.0.0:$PORT app:app",
        "gunicorn --bind=:${PORT:-8000} app:app",
        "gunicorn -b [::]:$PORT app:app",
        "gunicorn -b 127.0.0.1:8000 -b 0.0.0.0:$PORT app:app",
        "gunicorn -b unix:/tmp/app.sock app:app",
        "gunicorn -b $HOST:$PORT app:app",
        "flask db upgrade; flask translate compile; gunicorn shop:app",
        "bin/start-nginx gunicorn -b 127.0.0.1:8000 app:app",
        "flask run -h 0.0.0.0 -p $PORT",
        "flask --app shop run --host=0.0.0.0 --port=$PORT",
        "FLASK_RUN_HOST=0.0.0.0 FLASK_RUN_PORT=$PORT flask run",
        "export FLASK_RUN_PORT=$PORT; flask run",
        "uvicorn shop:app --host 0.0.0.0 --port $PORT",
        "uvicorn shop:app --uds /tmp/app.sock",
        "uvicorn admin:app --port 8001 & uvicorn shop:app --host 0.0.0.0 --port $PORT",
        "nginx -c nginx.conf & uvicorn shop:app",
        "uvicorn shop:app --port 8001 & socat TCP-LISTEN:$PORT,fork TCP:localhost:8001",
        "hypercorn shop:app -c hypercorn.toml",
        "waitress-serve --listen=*:$PORT shop:app",
        "waitress-serve --port=$PORT shop:app",
        "daphne -b 0.0.0.0 -p $PORT shop.asgi:application",
        "python manage.py runserver 0.0.0.0:$PORT",
        "python manage.py runserver --settings shop.settings 0:$PORT",
        "python manage.py migrate",
        "python -m http.server $PORT",
        "streamlit run shop.py",
        "fastapi run shop.py",
        "php -S 0.0.0.0:$PORT",
        "python app.py",
        "npm start",
        "./server --port 8000",
        "gunicorn 'app:app",
        "",
    ],
)
def test_nothing_is_said_of_what_is_well_or_unknown(command: str) -> None:
    """A server that takes PORT itself, or is told it; who is behind another one; other programs."""
    assert out_of_reach(command) is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("gunicorn -b :8000 app:app", "gunicorn listens on port 8000"),
        ("gunicorn -b8000 app:app", "gunicorn listens on port 8000"),
        ("exec venv/bin/gunicorn --bind=0.0.0.0:80 app:app", "gunicorn listens on port 80"),
        ("gunicorn --bind 127.0.0.1:$PORT app:app", f"gunicorn listens on 127.0.0.1 {ALONE}"),
        ("gunicorn -b localhost:$PORT app:app", f"gunicorn listens on localhost {ALONE}"),
        ("gunicorn -b [::1]:$PORT app:app", f"gunicorn listens on [::1] {ALONE}"),
        ("flask run", "flask listens on port 5000"),
        ("flask run -p $PORT", f"flask listens on 127.0.0.1 {ALONE}"),
        ("python -m flask run -h 0.0.0.0", "flask listens on port 5000"),
        ("uvicorn shop:app", "uvicorn listens on port 8000"),
        ("uvicorn shop:app --port $PORT", f"uvicorn listens on 127.0.0.1 {ALONE}"),
        ("sh -c 'uvicorn shop:app --port 80'", "uvicorn listens on port 80"),
        ("hypercorn shop:app", "hypercorn listens on port 8000"),
        ("waitress-serve shop:app", "waitress-serve listens on port 8080"),
        ("daphne shop.asgi:application -p $PORT", f"daphne listens on 127.0.0.1 {ALONE}"),
        ("python manage.py runserver", "runserver listens on port 8000"),
        ("./manage.py migrate && ./manage.py runserver $PORT", "runserver listens on 127.0.0.1"),
        ("python -m http.server 8000", "http.server listens on port 8000"),
        ("python -m http.server -b 127.0.0.1 $PORT", f"http.server listens on 127.0.0.1 {ALONE}"),
        ("streamlit run shop.py --server.port=8501", "streamlit listens on port 8501"),
        ("php -S localhost:8000", "php listens on port 8000"),
        ("PORT=8000 gunicorn app:app", "sets PORT itself"),
        ("export PORT=8000 && gunicorn app:app", "sets PORT itself"),
    ],
)
def test_another_port_or_a_loopback_address(command: str, words: str) -> None:
    """Written in the command, or what the server takes where nothing is."""
    found = out_of_reach(command)

    assert found
    assert found[0].startswith(words)
    assert found[1].endswith(".")


def test_where_the_router_is_nobody_else_can_be() -> None:
    """Which is told where it is so: 5000 is the first port of procrun, and Flask's."""
    usual = "flask listens on port 5000, and Heroku's router asks on $PORT"

    assert out_of_reach("flask run", router=(5000, 5443)) == (
        f"{usual}; 5000 is where the router is",
        "Write --host 0.0.0.0 --port $PORT.",
    )
    assert (out_of_reach("flask run", router=(5001, 5444)) or ("",))[0] == usual
    found = out_of_reach("PORT=5443 gunicorn app:app", router=(5000, 5443))
    assert found
    assert found[0] == "sets PORT itself; 5443 is where the router is"


def test_a_variable_that_the_server_takes_it_from() -> None:
    """What it says is not known, so nothing is said."""
    assert out_of_reach("flask run", {"FLASK_RUN_PORT"}) is None
    assert out_of_reach("flask run", {"UVICORN_PORT"})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("[::1]", True)),
        *(("LOCALHOST", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False)),
        *(("127.shop.com", False), ("", False)),
    ],
)
def test_loopback_addresses(host: str, *, expected: bool) -> None:
    """Of both families, and their name."""
    assert is_loopback(host) is expected
