"""The commands about procrun itself."""

from __future__ import annotations

from procrun.cli.command import Command

COMMANDS = (
    Command(
        "ca",
        "",
        "show the certificate authority behind https, and who trusts it",
        "ca:ca",
        examples=(("procrun ca", "where it is, and which stores have it"),),
    ),
    Command(
        "ca path",
        "",
        "print the path of the authority's certificate",
        "ca:path",
        examples=(('curl --cacert "$(procrun ca path)" https://localhost:5443', "trust it once"),),
    ),
    Command(
        "ca trust",
        "",
        "have the system and your browsers trust the authority",
        "ca:trust",
        examples=(("procrun ca trust", "calls sudo where it must; says what it did"),),
    ),
    Command(
        "ca untrust",
        "",
        "undo what `ca trust` did",
        "ca:untrust",
        examples=(("procrun ca untrust", "the authority itself stays"),),
    ),
    Command(
        "settings",
        "",
        "print every setting and where it comes from",
        "show:settings",
        examples=(("PROCRUN_PORT=6000 procrun settings", "see what a variable changes"),),
    ),
    Command("version", "", "print the version", "show:version"),
    Command("help", "[COMMAND]", "explain procrun or one of its commands", "show:help_"),
    Command(
        "completion",
        "SHELL",
        "print completions for bash, zsh or fish",
        "completion:completion",
        examples=(
            ('eval "$(procrun completion bash)"', "in ~/.bashrc"),
            ('eval "$(procrun completion zsh)"', "in ~/.zshrc, after compinit"),
            ("procrun completion fish | source", "in ~/.config/fish/config.fish"),
        ),
        choices=("bash", "zsh", "fish"),
    ),
)
