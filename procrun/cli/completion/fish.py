"""The script for fish."""

from __future__ import annotations

from procrun.cli.completion import grammar
from procrun.cli.table import COMMANDS, COMMON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.command import Option

_SCRIPT = r"""# Completions of procrun for fish. In config.fish: procrun completion fish | source

function __procrun_command --description 'The command that stands on the line'
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case @VALUED@
                set -e words[1]
            case '-*'
            case '*'
                contains -- $words[1] @WITH_SECOND_WORDS@
                and contains -- "$words[2]" @SECOND_WORDS@
                and set words[1] $words[1]-$words[2]
                echo $words[1]
                return
        end
        set -e words[1]
    end
end

function __procrun_find --description 'Names of a kind, of the app that the words name'
    set -l folder
    set -l file
    set -l command (__procrun_command)
    set -l words (commandline -opc)
    set -l at (contains -i -- "$command" $words; or echo 0)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -d
                string match -qr '^(@OWN_D@)$' -- "$command"; and test $i -gt $at
                or set folder $words[(math $i + 1)]
            case --root --app-root
                set folder $words[(math $i + 1)]
            case -f --procfile
                set file $words[(math $i + 1)]
            case '--root=*' '--app-root=*'
                set folder (string replace -r '^[^=]*=' '' -- $words[$i])
            case '--procfile=*'
                set file (string replace -r '^[^=]*=' '' -- $words[$i])
        end
    end
    if not set -q folder[1]
        set folder .
        string match -q '*/*' -- "$file"; and set folder (string replace -r '[^/]*$' '' -- $file)
    end
    set -q file[1]; or set file $folder/Procfile
    sh -c '@FIND@' procrun $argv $folder $file
end

function __procrun_behind_dashes --description 'Whether the word is of another command line'
    contains -- -- (commandline -opc)
end

function __procrun_another --description 'What completes that command line'
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete "-C"(string join -- ' ' (string escape -- $words) (commandline -ct))
end

complete -c procrun -f
@RULES@
complete -c procrun-cli -w procrun
"""

_VALUES = {
    "dirs": "-x -a '(__fish_complete_directories)'",
    "files": "-r -F",
    "types": "-x -a '(__fish_append , (__procrun_find types))'",
    "formation": "-x -a '(__procrun_find types)='",
    **{kind: f"-x -a '(__procrun_find {kind})'" for kind in ("running", "dynos", "names")},
}


_CALLED = {"vars": "'config var'", "set-vars": "'config var'", "versions": "release"}


def script() -> str:
    """The whole script."""
    rules = [_option(option, "") for option in COMMON]
    for command in COMMANDS:
        here = f" -n 'contains -- {grammar.key(command)} (__procrun_command)'"
        if command in grammar.ALONE:
            rules.append(
                f"complete -c procrun -n 'test -z (__procrun_command)' -a {command.name}"
                f" -d {_quoted(command.summary)}"
            )
        rules += [_option(option, here) for option in command.options]
        if command.name == "run":
            rules.append(
                f"complete -c procrun{here} -a '(__fish_complete_subcommand --fcs-skip=2)'"
            )
        if grammar.takes_command(command):
            rules.append(
                f"complete -c procrun{here[:-1]}; and __procrun_behind_dashes'"
                " -a '(__procrun_another)'"
            )
            here = f"{here[:-1]}; and not __procrun_behind_dashes'"
        if kind := grammar.following(command):
            suffix = "=" if kind in grammar.WITH_EQUALS else ""
            names = f"(__procrun_find {kind}){suffix}"
            rules.append(
                f"complete -c procrun{here} -a '{names}' -d {_CALLED.get(kind, 'process')}"
            )
        elif grammar.words(command):
            rules.append(f"complete -c procrun{here} -a '{' '.join(grammar.words(command))}'")
        if grammar.takes_folder(command):
            rules.append(f"complete -c procrun{here} -a '(__fish_complete_directories)'")
    return grammar.filled(
        _SCRIPT,
        valued=" ".join(grammar.valued(COMMON)),
        with_second_words=" ".join(grammar.SECONDS),
        second_words=" ".join(grammar.SECOND_WORDS),
        rules="\n".join(rules),
    )


def _option(option: Option, where: str) -> str:
    kinds = {2: "-s"}
    flags = " ".join(f"{kinds.get(len(flag), '-l')} {flag.lstrip('-')}" for flag in option.flags)
    value = ""
    if not option.may_stand_alone:
        value = f" {_VALUES.get(grammar.kind(option), '-x')}"
    if option.choices:
        value = f" -x -a '{' '.join(option.choices)}'"
    return f"complete -c procrun{where} {flags}{value} -d {_quoted(option.meaning)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
