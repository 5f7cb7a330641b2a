"""What would go wrong on Heroku with an app that runs here."""

from __future__ import annotations

import pytest

from procrun.core.heroku_lint import in_one_line, lacking_in_git, of_procfile, of_sources
from procrun.core.procfile import parse


def told(procfile: str, path: str = "Procfile") -> list[str]:
    """The warnings of a Procfile."""
    found = list(of_procfile(parse(procfile, path), ()))
    assert all(problem.warning and problem.hint.endswith(".") for problem in found)
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    "procfile",
    [
        "web: gunicorn shop:app\nrelease: flask db upgrade\nworker: python worker.py\n",
        "api: flask run\nworker: python -m http.server 8000\n",
        "Web: a\nweb: gunicorn shop:app\n",
        "bot: python bot.py\n",
    ],
)
def test_nothing_is_said_of_what_is_well(procfile: str) -> None:
    """Only web has to be reached; and it need not be there."""
    assert told(procfile) == []


def test_each_has_its_place() -> None:
    """The line of the Procfile, and the process type."""
    procfile = (
        "web: gunicorn -b :8000 shop:app\n"
        "worker: /home/me/venv/bin/python w.py >> w.log &\n"
        "Release: flask db upgrade\n"
    )

    assert told(procfile) == [
        "Procfile:3: Release is a process type like any other: it is release that is special",
        "Procfile:1: web: gunicorn listens on port 8000, and Heroku's router asks on $PORT",
        "Procfile:2: worker: writes a log to 'w.log'",
        "Procfile:2: worker: ends while 'w.py' goes on in the background, and a dyno ends with it",
        "Procfile:2: worker: '/home/me/venv/bin/python' is on your machine and not in a dyno",
    ]


def test_another_file_is_not_the_one_that_heroku_reads() -> None:
    """It may be in another folder, which is the root then; standard input is for a try."""
    line = "worker: a\n"

    assert told(line, "app/Procfile") == []
    assert told(line, "standard input") == []
    assert told(line, "Procfile.dev") == [
        "Procfile.dev: Heroku reads only the file that is called Procfile"
    ]


def test_one_line_tells_of_all_that_git_lacks() -> None:
    """With what it ignores, which takes force to add."""
    both, one = (list(lacking_in_git(files, {"bin/a"})) for files in (["bin/a", "b.py"], ["bin/a"]))

    assert [in_one_line(problem) for problem in both] == [
        (
            "warning: git does not have bin/a (ignored), b.py, so a dyno has not, either."
            " `git add …` and commit them."
        )
    ]
    assert one[0].hint == "`git add -f …` and commit it."
    assert list(lacking_in_git([], ())) == []


def told_of_sources(procfile: str, **sources: str) -> list[str]:
    """The warnings of scripts, and of gunicorn's settings."""
    files = {f"{name}.py": text for name, text in sources.items()}
    files["gunicorn.conf.py"] = sources.get("conf", "")
    found = of_sources(parse(procfile), lambda name: files.get(name, ""))
    return [str(problem) for problem in found]


def test_a_script_that_has_its_own_port() -> None:
    """Of the web process, where the command runs it; not where it goes to another folder first."""
    app = "app = Flask(__name__)\napp.run()\n"
    words = "app.py: listens on port 5000, and Heroku's router asks on $PORT"

    assert told_of_sources("web: python app.py\n", app=app) == [words]
    assert told_of_sources("web: ./app.py\nworker: python app.py\n", app=app) == []
    assert told_of_sources("web: cd shop && python app.py\n", app=app) == []
    assert told_of_sources("web: gunicorn app:app\nworker: python app.py\n", app=app) == []


def test_settings_of_gunicorn() -> None:
    """Its usual file, or the one that is named; what the command says is stronger."""
    conf = "bind = '0.0.0.0:8000'\naccesslog = '-'\nerrorlog = 'log/error'\n"
    log = "writes a log to 'log/error'"
    bind = "gunicorn listens on port 8000, and Heroku's router asks on $PORT"

    assert told_of_sources("web: gunicorn shop:app\n", conf=conf) == [
        f"gunicorn.conf.py: {bind}",
        f"gunicorn.conf.py: gunicorn {log}",
    ]
    assert told_of_sources("web: gunicorn -c g.py -b :$PORT shop:app\n", g=conf) == [
        f"g.py: gunicorn {log}"
    ]
    assert told_of_sources("web: gunicorn -c g.py shop:app\n", conf=conf) == []
    assert told_of_sources("web: gunicorn a:b\n", conf="bind = f'0.0.0.0:{port}'\n") == []
