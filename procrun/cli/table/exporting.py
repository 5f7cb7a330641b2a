"""The command that writes the app down for other engines."""

from __future__ import annotations

from procrun.cli.command import Command, Option
from procrun.cli.table.shared import FORMATION, PORT, SET

COMMANDS = (
    Command(
        "export",
        "[FORMAT] [DIR|-]",
        "write the app down for systemd, compose, kubernetes or supervisord",
        "export:export",
        (
            FORMATION,
            PORT.replace(meaning="the first port (5000)"),
            SET,
            Option(("-a", "--app"), "the app's name (that of its folder)", "NAME"),
            Option(
                ("-u", "--user"),
                "the user, but of containers (the app's name)",
                "USER",
            ),
            Option(("-l", "--log"), "log files, but of containers: DIR/TYPE.N.log", "DIR"),
            Option(("-s", "--shell"), "the shell that commands run through (bash)", "PATH"),
            Option(("-t", "--template-dir"), "templates of your own", "DIR"),
            Option(("--diff",), "show what would change in DIR, and write nothing"),
            Option(("--no-secrets",), "CHANGE_ME for the value of each config var"),
            Option(("--user-units",), "for a user's own systemd"),
            Option(("--image",), "the image of compose and kubernetes", "IMAGE"),
        ),
        (
            ("procrun export", "list the formats"),
            ("procrun export systemd units", "into the folder units"),
            ("procrun export compose deploy", "compose.yaml, and a Dockerfile if there is none"),
            ("procrun export kubernetes | kubectl apply -f -", "on standard output"),
            ("procrun export systemd units -c web=2 --user www-data", "two of web"),
            ("procrun export systemd units --diff", "exit status 1 if anything differs"),
        ),
        choices=("systemd", "compose", "kubernetes", "supervisord", "runit", "upstart"),
    ),
)
