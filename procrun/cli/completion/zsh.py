"""The script for zsh, on top of its own `_arguments`."""

from __future__ import annotations

from procrun.cli.completion import grammar
from procrun.cli.table import COMMANDS, COMMON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.command import Command, Option

_SCRIPT = r"""#compdef @NAMES@
# Completions of procrun for zsh. In ~/.zshrc, after compinit: eval "$(procrun completion zsh)"

_procrun_find() { # names of the kind $1, of the app that the words name
  local i kind=$1 folder= file=
  shift
  for ((i = 2; i < $#procrun_words; i++)); do
    case $procrun_words[i] in
      (-d) (( i > procrun_at )) && [[ $procrun_command == (@OWN_D@) ]] ||
        folder=${~procrun_words[i+1]} ;;
      (--root|--app-root) folder=${~procrun_words[i+1]} ;;
      (-f|--procfile) file=${~procrun_words[i+1]} ;;
      (--root=*|--app-root=*) folder=${~procrun_words[i]#*=} ;;
      (--procfile=*) file=${~procrun_words[i]#*=} ;;
    esac
  done
  [[ $file == */* ]] && : ${folder:=${file:h}}
  : ${folder:=.} ${file:=$folder/Procfile}
  local -a found=(${(f)"$(sh -c '@FIND@' procrun $kind $folder $file)"})
  compadd "$@" -a found
}

_procrun_types() { _procrun_find types "$@"; }
_procrun_running() { _procrun_find running "$@"; }
_procrun_names() { _procrun_find names "$@"; }
_procrun_all-names() { _procrun_find all-names "$@"; }
_procrun_all-types() { _procrun_find all-types "$@" -qS =; }
_procrun_vars() { _procrun_find vars "$@"; }
_procrun_set-vars() { _procrun_find set-vars "$@" -qS =; }
_procrun_versions() { _procrun_find versions "$@"; }
_procrun_dynos() { _procrun_find dynos "$@"; }

_procrun_list() { compset -P '*,'; _procrun_types "$@" -qS ,; }

_procrun_formation() { compset -P '*,'; _procrun_types "$@" -qS =; }

_procrun_program() {
  _alternative 'types:process type:_procrun_types' 'commands:command:_command_names -e'
}

_procrun() {
  local curcontext=$curcontext state line
  local -a procrun_words=($words) named
  local -i procrun_at=$CURRENT
  local procrun_command=
  typeset -A opt_args
  _arguments -C -S \
@COMMON@
    '(-): :->command' '(-)*:: :->words' && return
  case $state in
    (command)
      named=(
@COMMANDS@
      )
      _describe -t commands 'procrun command' named
      ;;
    (words)
      procrun_at=$(( $#procrun_words - $#words + 1 )) procrun_command=$words[1]
      if [[ $words[1] == (@WITH_COMMAND@) ]] && (( ${words[(i)--]} < CURRENT )); then
        local -i dashes=${words[(i)--]}
        shift $dashes words
        (( CURRENT -= dashes ))
        _normal
        return
      fi
      if [[ $words[1] == (@WITH_SECOND@) && $words[2] == (@SECONDS@) ]] && (( CURRENT > 2 )); then
        words=("$words[1]-$words[2]" "${(@)words[3,-1]}")
        (( CURRENT-- ))
      fi
      case $words[1] in
@WORDS@
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _procrun ]]; then _procrun "$@"; else compdef _procrun @NAMES@; fi
"""

_VALUES = {
    "dirs": "_directories",
    "files": "_files",
    "types": "_procrun_list",
    "formation": "_procrun_formation",
    "running": "_procrun_running",
    "dynos": "_procrun_dynos",
    "names": "_procrun_names",
}


def script() -> str:
    """The whole script."""
    names = (f"        {_quoted(f'{each.name}:{each.summary}')}" for each in grammar.ALONE)
    return grammar.filled(
        _SCRIPT,
        common="\n".join(f"    {_option(each, each.flags)} \\" for each in COMMON),
        commands="\n".join(names),
        words="\n".join(map(_words, COMMANDS)),
    )


def _words(command: Command) -> str:
    lines = [f"        ({grammar.key(command)}) _arguments -S \\"]
    lines += [f"          {_option(*each)} \\" for each in grammar.options(command)]
    if command.name == "run":
        lines.append("          '(-):program:_procrun_program' '*:: :_normal' ;;")
    elif kind := grammar.following(command):
        number = "1" if command.most_words else "*"
        lines.append(f"          '{number}:process:_procrun_{kind}' ;;")
    elif grammar.words(command):
        folder = " '2:folder:_directories'" if grammar.takes_folder(command) else ""
        lines.append(f"          '1:word:({' '.join(grammar.words(command))})'{folder} ;;")
    else:
        lines[-1] = f"{lines[-1][:-2]} ;;"
    return "\n".join(lines)


def _option(option: Option, flags: tuple[str, ...]) -> str:
    """One option as _arguments wants it; it excludes its other spellings unless it can repeat."""
    several = "*" if option.several else f"({' '.join(flags)})"
    described = _quoted(f"[{option.meaning}]")
    if option.metavar:
        action = _VALUES.get(grammar.kind(option), " ")
        action = f"({' '.join(option.choices)})" if option.choices else action
        colon = "::" if option.may_stand_alone else ":"
        described += _quoted(f"{colon}{option.name}:{action}")
        direct = "=-" if option.may_stand_alone else "="  # a value is in the same word
        flags = tuple(f"{flag}{direct}" if flag.startswith("--") else f"{flag}+" for flag in flags)
    spelled = f"{{{','.join(flags)}}}" if flags[1:] else flags[0]
    return f"'{several}'{spelled}{described}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
