"""The script for bash."""

from __future__ import annotations

from procrun.cli.commands import command_named
from procrun.cli.completion import grammar
from procrun.cli.table import COMMANDS, COMMON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrun.cli.command import Command, Option

_SCRIPT = r"""# Completions of procrun for bash. In ~/.bashrc: eval "$(procrun completion bash)"

_procrun_find() { # names of the kind $1, of the app that the words name
  local i value folder= file=
  for ((i = 1; i < COMP_CWORD; i++)); do
    value=${COMP_WORDS[i + 1]}
    [[ $value == = ]] && value=${COMP_WORDS[i + 2]}
    case ${COMP_WORDS[i]} in
      -d) ((i > at)) && [[ $command =~ ^(@OWN_D@)$ ]] || folder=${value/#\~/$HOME} ;;
      --root | --app-root) folder=${value/#\~/$HOME} ;;
      -f | --procfile) file=${value/#\~/$HOME} ;;
    esac
  done
  [[ ! $folder && $file == */* ]] && folder=${file%/*}/
  : "${folder:=.}"
  sh -c '@FIND@' procrun "$1" "$folder" "${file:-$folder/Procfile}"
}

_procrun_list() { # the last word of a list with commas: the kind, and what follows each word
  local before=
  [[ $current == *,* ]] && before=${current%,*},
  COMPREPLY=($(compgen -P "$before" -S "$2" -W "$(_procrun_find "$1")" -- "${current##*,}"))
  compopt -o nospace 2>/dev/null
}

_procrun_skip_value() { # of the option before word i; each = is a word of its own
  [[ ${COMP_WORDS[i]} == = ]] || ((i++))
  while [[ ${COMP_WORDS[i]} == = ]]; do ((i += 2)); done
}

_procrun_another() { # command, which begins at word $1
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  else
    (($1 < COMP_CWORD)) || COMPREPLY=($(compgen -c -- "$current"))
    compopt -o default 2>/dev/null
  fi
}

_procrun() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local i=1 at=0 command= words=
  COMPREPLY=()
  if [[ $current == = || $previous == = ]]; then # --color=WHEN, or TYPE=N
    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $previous == -* ]] || return
    current=${current#=}
  fi
  while ((i < COMP_CWORD)) && [[ ! $command ]]; do
    case ${COMP_WORDS[i++]} in
      @VALUED@) _procrun_skip_value ;;
      -*) ;;
      *) command=${COMP_WORDS[at = i - 1]} ;;
    esac
  done
  if [[ $command == run ]]; then # whose arguments are another command's
    while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do
      case ${COMP_WORDS[i++]} in
        @VALUED_OF_RUN@) _procrun_skip_value ;;
      esac
    done
    if ((i < COMP_CWORD)); then
      _procrun_another "$i"
      return
    fi
  fi
  if [[ $command =~ ^(@WITH_SECOND@)$ ]]; then # and perhaps a second word
    while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do
      case ${COMP_WORDS[i++]} in
        @VALUED@) _procrun_skip_value ;;
      esac
    done
    ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} =~ ^(@SECONDS@)$ ]] && command+=-${COMP_WORDS[i++]}
  fi
  if [[ $command =~ ^(@WITH_COMMAND@)$ ]]; then # and here after --
    for ((; i < COMP_CWORD; i++)); do
      if [[ ${COMP_WORDS[i]} == -- ]]; then
        _procrun_another "$((i + 1))"
        return
      fi
    done
  fi
  case $command:$previous in
@VALUES@
  esac
  case $command:$current in
@FLAGS@
@WORDS@
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $command == run && $current != -* ]]; then
    COMPREPLY+=($(compgen -c -- "$current"))
    compopt -o default 2>/dev/null
  fi
}

complete -F _procrun @NAMES@
"""

_VALUES = {
    "dirs": "compopt -o dirnames 2>/dev/null; return",
    "files": "compopt -o default 2>/dev/null; return",
    "types": '_procrun_list types ""; return',
    "formation": "_procrun_list types =; return",
    **{
        kind: f'COMPREPLY=($(compgen -W "$(_procrun_find {kind})" -- "$current")); return'
        for kind in ("running", "dynos", "names")
    },
}


def script() -> str:
    """The whole script."""
    values: list[str] = []
    flags = [f'    :-*) words="{_flags((each, each.flags) for each in COMMON)}" ;;']
    words = [f'    :*) words="{" ".join(each.name for each in grammar.ALONE)}" ;;']
    for command in COMMANDS:
        name = grammar.key(command)
        values += _values(name, command.options)
        flags.append(f'    {name}:-*) words="{_flags(grammar.options(command))}" ;;')
        words.append(f"    {name}:*) {_following(command)} ;;")
    values += _values("*", COMMON)
    of_run = (*COMMON, *command_named("run").options)
    return grammar.filled(
        _SCRIPT,
        valued=" | ".join(grammar.valued(COMMON)),
        valued_of_run=" | ".join(grammar.valued(of_run)),
        values="\n".join(values),
        flags="\n".join(flags),
        words="\n".join(words),
    )


def _following(command: Command) -> str:
    """What completes the words after a command."""
    kind = grammar.following(command)
    if kind in grammar.WITH_EQUALS:
        return f"_procrun_list {kind} =; return"
    found = f"$(_procrun_find {kind})" if kind else " ".join(grammar.words(command))
    folders = "; compopt -o dirnames 2>/dev/null" if grammar.takes_folder(command) else ""
    return f'words="{found}"{folders}'


def _flags(options: Iterable[tuple[Option, tuple[str, ...]]]) -> str:
    return " ".join(flag for _option, flags in options for flag in flags)


def _values(command: str, options: Iterable[Option]) -> Iterator[str]:
    """What completes the value of each option; after one that takes anything, nothing."""
    for option in options:
        if not option.may_stand_alone:
            action = _VALUES.get(grammar.kind(option), "return")
            if option.choices:
                action = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$current"))'
                action += "; return"
            yield f"    {' | '.join(f'{command}:{flag}' for flag in option.flags)}) {action} ;;"
