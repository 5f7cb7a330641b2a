"""What commands do with files that a dyno does not have, or does not keep."""

from __future__ import annotations

import pytest

from procrun.core.heroku_files import left_in_background, log_files, may_be_needed, of_one_machine
from procrun.core.procfile import parse


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("gunicorn --access-logfile a.txt --error-logfile=log/e app:app", ["a.txt", "log/e"]),
        ("gunicorn --log-file log/all app:app", ["log/all"]),
        ("celery -A shop worker --logfile=c.log", ["c.log"]),
        ("python worker.py > worker.log 2>&1", ["worker.log"]),
        ("python worker.py &>> logs/worker", ["logs/worker"]),
        ("python worker.py 2>&1 | tee -a worker.log", ["worker.log"]),
        ("sh -c 'python worker.py >> worker.log'", ["worker.log"]),
        ("gunicorn --access-logfile - --log-file=- app:app", []),
        ("gunicorn --access-logfile /dev/stdout app:app 2> /dev/null", []),
        ("echo $KEY > key.json && python worker.py", []),
        ("python worker.py | tee report.txt", []),
        ("python worker.py --access-logfile a.log", []),
        ("python worker.py < input.log", []),
        ("python worker.py >&2", []),
    ],
)
def test_files_that_a_log_goes_to(command: str, files: list[str]) -> None:
    """Of a server's options, or where the output of a command goes; not the standard output."""
    assert log_files(command) == files


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python worker.py &", "worker.py"),
        ("migrate && gunicorn app:app &", "gunicorn"),
        ("gunicorn --daemon app:app", "gunicorn"),
        ("gunicorn -D app:app", "gunicorn"),
        ("celery -A shop worker --detach", "celery"),
        ("./$SERVER &", "the last of it"),
        ("python worker.py & gunicorn app:app", ""),
        ("python worker.py & wait", ""),
        ("gunicorn --daemon app:app; tail -f log", ""),
        ("server -D", ""),
        ("a && b", ""),
        ("", ""),
    ],
)
def test_what_goes_on_when_the_command_has_ended(command: str, name: str) -> None:
    """The last one in the background; something may follow that stays."""
    assert left_in_background(command) == name


def test_paths_of_one_machine() -> None:
    """Homes and package managers of laptops; other absolute paths may be there."""
    command = "~/bin/a /home/me/b.py && /Users/me/c /app/d /usr/bin/e home/f"

    assert of_one_machine(command) == ["~/bin/a", "/home/me/b.py", "/Users/me/c"]


def test_files_that_commands_may_need() -> None:
    """Paths, modules of Python, the folder that a command goes to; nothing of other folders."""
    procfile = parse(
        "web: ./bin/migrate && gunicorn --config=conf.py shop.wsgi:app\n"
        "admin: daphne admin.asgi\n"
        "worker: cd jobs && celery -A work worker; python $FILE *.py /etc/x ../y ~/z\n"
    )

    found = may_be_needed(procfile)

    assert {
        "bin/migrate",
        "conf.py",
        "shop/wsgi.py",
        "shop/wsgi/__init__.py",
        "admin/asgi.py",
    } <= set(found)
    assert {"jobs/work.py", "jobs/work/__init__.py"} <= set(found)
    assert not {"/etc/x", "../y", "~/z", "$FILE", "*.py", "jobs/$FILE"} & set(found)
