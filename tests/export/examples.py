"""Apps to export: one of the usual kind, and the values and commands that exporters get wrong."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from procrun.core.names import DynoName
from procrun.export.blueprint import Blueprint, Instance, Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrun.export.file import File

GOLDEN = Path(__file__).with_name("golden")

VALUES = {
    "empty": "",
    "blank": " ",
    "blanks_around": "  a b  ",
    "tab": "a\tb",
    "percent": "100%",
    "percent_specifier": "%h %i %n %%",
    "python_format": "%(ENV_HOME)s %(x)d",
    "single_quote": "it's",
    "double_quote": 'say "hi"',
    "both_quotes": """'"'"'""",
    "quoted_as_a_whole": '"quoted"',
    "dollar": "$HOME",
    "dollar_braces": "${HOME} ${X:-y} $$ $",
    "dollar_parentheses": "$(id) $(HOME)",
    "backquotes": "`id`",
    "backslash": "a\\b",
    "backslash_at_end": "a\\",
    "backslash_n": "a\\nb\\x41\\u0041\\101",
    "newline": "a\nb",
    "newlines_around": "\na\n\n",
    "pem": "-----BEGIN KEY-----\nMIIB/+==\n-----END KEY-----\n",
    "return": "a\r\nb\r",
    "hash": "a #b",
    "hash_first": "#b",
    "semicolon": "a ; b",
    "semicolon_first": ";b",
    "comma": "a,b,",
    "equals": "a=b=",
    "colon": "a: b",
    "dash": "- a",
    "brackets": "[a] {b: c}",
    "braces_of_jinja": "{{ x }} {% y %}",
    "tilde": "~/x",
    "star": "*",
    "bang": "!x & y | z > w",
    "accents": "é ü 日本語",
    "emoji": "🎉",
    "line_separators": "a\u0085b\u2028c",
    "escape": "\x1b[31mred\x7f",
    "number": "0123",
    "boolean": "yes",
    "null": "null ~",
    "json": '{"a": ["b", "c\\n"]}',
    "url": "postgres://u:p%40ss@host:5432/db?sslmode=require&x=1#f",
}

# Commands, each of which says with `show` what it got: see `SHOW`.
COMMANDS = {
    "plain": "show a b",
    "port": "show --bind 0.0.0.0:$PORT",
    "port-braces": 'show "${PORT}" ${MISSING:-default}',
    "percent": "show 100% %h %i %%",
    "date": "show \"$(printf '%s-%s' a b)\"",
    "single-quotes": "show 'a b' 'c \"d\"'",
    "double-quotes": 'show "a b" "it\'s"',
    "both": """show "'" '"' """,
    "backslashes": r"show a\ b 'c\d' \\ 'e\n'",
    "dollars": "show '$HOME' \\$X $$$$ | tr -d 0-9",
    "assignment": "X='a b' show \"$X\"",
    "and": "true && show yes || show no",
    "semicolon": "show a; show b # comment",
    "pipe": "show a | cat",
    "redirection": "show a 2>&1 >/dev/stdout",
    "glob": "show '*' \\*",
    "tilde": "show '~' '~root'",
    "backquotes": "show `printf a`",
    "accents": "show é 日本語 '🎉'",
    "braces": "show '{{ x }}' '{% y %}' {a,b}",
    "colon": "show 'a: b' '- c'",
    "equals": "show --x=y --z='a=b'",
    "arithmetic": 'show "$((PORT + 1))"',
    "exec": "exec show a",
    "cd": "cd / && show a",
    "subshell": "(show a)",
    "kept": "show '${PORT}' '$PORT' '$$' '%i' $PORT",
    "lines": "show a\nshow 'b\tc\x1b' \\\n d",
}

# A program that prints its arguments as JSON, for a folder on the PATH.
SHOW = f"#!{sys.executable} -S\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n"


def service(process_type: str, command: str, ports: Iterable[int], grace: float = 5.0) -> Service:
    """A process type with a copy on each of these ports."""
    instances = tuple(
        Instance(DynoName(process_type, number), port) for number, port in enumerate(ports, 1)
    )
    argv = ("/bin/bash", "-c", "--", command)
    return Service(process_type, command, argv, instances, signal.SIGTERM, grace)


def blueprint(*services: Service, **changes: object) -> Blueprint:
    """An app of these services."""
    return Blueprint(
        app="shop",
        root="/srv/shop",
        location="/tmp/units",
        user="shop",
        log="",
        services=services,
        release=None,
        platform={
            "PATH": "/srv/shop/venv/bin:/usr/local/bin:/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
        },
        config={},
        source="procrun export",
        mark="procrun export FORMAT --app shop",
    ).replace(**changes)


def shop(**changes: object) -> Blueprint:
    """The app of the golden files: two web processes, a worker, a release phase, config vars."""
    services = (
        service("web", "gunicorn shop:app --bind 0.0.0.0:$PORT --log-level 'info'", (5000, 5001)),
        service("worker", 'python worker.py --rate 50% --name "it\'s"', (5100,), grace=30.0),
    )
    config = {
        "DATABASE_URL": "postgres://shop:p%40ss@db.example.com/shop",
        "SECRET_KEY": """50%$"'\\ #é""",
        "EMPTY": "",
        "PEM": VALUES["pem"],
    }
    release = service("release", "python manage.py migrate", (0,))
    return blueprint(*services, config=config, release=release).replace(**changes)


def nasty(*services: Service, **changes: object) -> Blueprint:
    """An app of these services and all commands and values that are hard to bring over."""
    hard = (service(name, text, (5000,)) for name, text in COMMANDS.items())
    return blueprint(*services, *hard, config=VALUES).replace(**changes)


def check_golden(folder: str, files: Iterable[File]) -> None:
    """Compare files with those in golden/FOLDER, names and modes included.

    PROCRUN_GOLDEN=write in the environment writes them anew.
    """
    place = GOLDEN / folder
    made = {f"{file.name} {file.mode:o}": file.content for file in files}
    if os.environ.get("PROCRUN_GOLDEN") == "write":
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
        for name, content in made.items():
            (place / name).write_text(content, encoding="utf-8")
    known = {path.name: path.read_text(encoding="utf-8") for path in place.iterdir()}

    assert made == known
