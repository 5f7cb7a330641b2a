"""What Tab offers in bash, zsh and fish."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from procrun.cli.table import COMMANDS
from tests.running import TerminalStarter, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from tests.running import Starter

    Complete = Callable[[Collection[str]], list[list[str]]]

NAMES = [command.name for command in COMMANDS if " " not in command.name]
PROCFILE = "# old: x\nweb: true\n  worker : true\nrelease: true\nweb-2: true\n"

# What is typed, and what is offered in every shell.
TABLE = {
    "": NAMES,
    "sta": ["start"],
    "start ": ["web", "worker", "web-2"],
    "start web wo": ["worker"],
    "start --no-t": ["--no-tty", "--no-timestamp"],
    "start --timestamps ": ["time", "iso", "elapsed", "none"],
    "start -p 1 wo": ["worker"],
    "start -f Procfile wo": ["worker"],
    "--color n": ["never"],
    "-d . star": ["start"],
    "start -x web,wo": ["web,worker"],
    "env wo": ["worker"],
    "env --sh": ["--shell"],
    "help comp": ["completion"],
    "completion ": ["bash", "zsh", "fish"],
    "run wo": ["worker"],
    "run -E A=1 wo": ["worker"],
    "run --clean-env wo": ["worker"],
    "env --dyno-size bas": ["basic"],
    "run mkfif": ["mkfifo"],
    "check w": [],
    "info --sh": ["--shell"],
    "logs -s h": ["heroku"],
    "ps type wo": ["worker"],
    "config ": ["get", "set", "unset", "edit"],
    "config un": ["unset"],
    "config get ": ["SECRET", "URL"],
    "config unset U": ["URL"],
    "-d . config get U": ["URL"],
    "config set S": ["SECRET="],
    "config get --sh": ["--shell"],
    "config edit S": ["SECRET"],
    "releases in": ["info"],
    "releases ": ["info", "output", "retry"],
    "releases info ": ["v1", "v12"],
    "releases info v12": ["v12"],
    "rollback v12": ["v12"],
    "export sup": ["supervisord"],
    "export --user-u": ["--user-units"],
    "with wo": ["worker"],
    "with --logs ne": ["never"],
    "with web -E A=1 wo": ["worker"],
    "with web -- mkfif": ["mkfifo"],
}
# The same where an app runs: its dynos' names are in a file.
DYNOS = "web.1\nweb.2\njob.1\n"
RUNNING = {
    "restart ": ["web", "web.1", "web.2", "job", "job.1"],
    "restart web.1 j": ["job", "job.1"],
    "stop job.": ["job.1"],
    "kill -s USR1 job.": ["job.1"],
    "scale ": ["clock=", "web=", "job="],
    "scale web=2 c": ["clock="],
    "start w": ["web", "web.1", "web.2"],
    "start c": ["clock"],
    "logs -d j": ["job.1"],
    "logs --process-type w": ["web"],
    "logs -d web.1 -p j": ["job"],
    "-d app logs -d j": ["job.1"],
    "logs --root app -d j": ["job.1"],
    "restart --root app j": ["job", "job.1"],
    "-d app restart -d j": ["job.1"],
    "-d app stop --process-type w": ["web"],
    "-d app ps j": ["job", "job.1"],
    "-f app/Procfile stop job.": ["job.1"],
    "env web.2": ["web.2"],
}
# And where none runs.
NONE_RUNS = {
    "restart wo": ["worker"],
    "scale wo": ["worker="],
    "logs -p wo": ["worker"],
    "logs -d wo": ["worker.1"],
}
TABLE |= NONE_RUNS
for line, offered in RUNNING.items():
    in_app = "app" in line
    TABLE[line if in_app else f"-d app {line}"] = offered
# One shell completes them all: each line's offers end with a line of this.
END = "end-of-offers"
NEXT = f"; echo {END}"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Give a folder with an app, and another app in it."""
    (tmp_path / "Procfile").write_text(PROCFILE, encoding="utf-8")
    (tmp_path / ".env").write_text("# A=1\nexport SECRET=1\nURL = 2\n", encoding="utf-8")
    (tmp_path / ".procrun" / "releases").mkdir(parents=True)
    for name in ("v1", "v12", "v3.new"):
        (tmp_path / ".procrun" / "releases" / name).touch()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Procfile").write_text("clock: true\n", encoding="utf-8")
    (tmp_path / "app" / ".procrun").mkdir()
    (tmp_path / "app" / ".procrun" / "dynos").write_text(DYNOS, encoding="utf-8")
    return tmp_path


def output_of(words: tuple[str, ...], folder: Path) -> list[str]:
    """The lines that a command writes; it must not complain."""
    done = subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def parts(lines: list[str]) -> list[list[str]]:
    """The lines between the ends, without those that are empty."""
    found: list[list[str]] = [[]]
    for line in filter(None, lines):
        if line == END:
            found.append([])
        else:
            found[-1].append(line)
    return found[:-1]


def script(procrun: Starter, shell: str) -> str:
    """The script for a shell, in a file."""
    status, output = procrun("completion", shell).finish()
    assert status == 0
    (procrun.folder / "script").write_text(output, encoding="utf-8")
    return output


@pytest.mark.needs("bash")
class TestBash:
    """Its function is called as bash calls it."""

    @pytest.fixture
    def complete(self, procrun: Starter, app: Path) -> Complete:
        """Give what completes the last word of each line."""
        script(procrun, "bash")

        def complete(lines: Collection[str]) -> list[list[str]]:
            calls = []
            for typed in lines:
                # Bash takes a word apart at = as well.
                words = re.findall(r"=|[^ =]+|(?<= )$", f"procrun {typed}")
                calls.append(
                    f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; COMPREPLY=();"
                    f' _procrun; printf "%s\\n" "${{COMPREPLY[@]}}" {NEXT}'
                )
            return parts(output_of(("bash", "-c", "\n".join(["source ./script", *calls])), app))

        return complete

    def test_it_offers(self, complete: Complete) -> None:
        """Nothing else, except the programs that `run` can run."""
        found = dict(zip(TABLE, complete(TABLE), strict=True))

        found["run wo"] = found["run wo"][:1]
        # A program may be in two folders of the PATH.
        assert {typed: sorted(set(offers)) for typed, offers in found.items()} == {
            typed: sorted(offered) for typed, offered in TABLE.items()
        }
        once = [typed for typed in TABLE if not typed.endswith("mkfif")]
        assert [len(found[typed]) for typed in once] == [len(TABLE[typed]) for typed in once]

    def test_an_equals_sign_is_a_word_of_its_own(self, complete: Complete) -> None:
        """So it comes to the function."""
        table = {
            "start --color=a": ["auto", "always"],
            "--color=": ["auto", "always", "never"],
            "start --root=app c": ["clock"],
            "start -c we": ["web=", "web-2="],
            "start web=": [],
        }
        programs = "run --set A=1 wo"
        *found, runs = complete([*table, programs])

        assert dict(zip(table, found, strict=True)) == table
        assert runs[0] == "worker"

    def test_it_is_registered(self, procrun: Starter, app: Path) -> None:
        """For both names of the command."""
        script(procrun, "bash")

        (one, other) = output_of(("bash", "-c", "source ./script; complete -p"), app)
        assert (one.split()[-1], other.split()[-1]) in (
            ("procrun", "procrun-cli"),
            ("procrun-cli", "procrun"),
        )


@pytest.mark.needs("zsh")
class TestZsh:
    """A terminal is needed, as zsh completes nowhere else."""

    def test_it_completes(
        self, procrun: Starter, app: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """What is the only one."""
        script(procrun, "zsh")
        table = {typed: offered[0] for typed, offered in TABLE.items() if len(offered) == 1}
        # What compinit finds is the same each time, and takes it half a second.
        found = tmp_path_factory.getbasetemp() / "zcompdump"
        with TerminalStarter(("zsh", "-f", "-i"), app) as start:
            shell = start(env={"PS1": "> ", "TERM": "dumb"}, size=(24, 200))
            shell.send("unsetopt zle_bracketed_paste; autoload -U compinit\n")
            shell.send(f"compinit -u -C -d {found}\n")
            shell.send("source ./script; zstyle ':completion:*' verbose no; echo re''ady\n")
            shell.wait_for("ready")
            # Ctrl-T prints the line as it is then, and forgets it.
            shell.send('show() { print -r "LINE"": <$BUFFER>"; BUFFER= }; zle -N show\n')
            shell.send("bindkey '^T' show; echo bo''und\n")
            shell.wait_for("bound")
            lines = []
            for number, typed in enumerate(table, 1):
                shell.send(f"procrun {typed}\t\x14\n")
                line = shell.wait_for(re.compile(r"LINE: <procrun .*>"), times=number)
                lines.append(line.partition("LINE: <procrun ")[2].rpartition(">")[0])
            shell.send("exit\n")
            shell.finish()

        completed = [line.rstrip().rstrip(",") for line in lines]
        assert dict(zip(table, completed, strict=True)) == {
            typed: f"{typed.rpartition(' ')[0]} {only}".strip() for typed, only in table.items()
        }


@pytest.mark.needs("fish")
class TestFish:
    """It can be asked."""

    def test_it_offers(self, procrun: Starter, app: Path) -> None:
        """Nothing else, except the programs that `run` can run."""
        script(procrun, "fish")
        calls = (f"complete -C {shlex.quote(f'procrun {typed}')} {NEXT}" for typed in TABLE)
        text = "\n".join(["source ./script", *calls])
        lines = [
            line.partition("\t")[0] for line in output_of(("fish", "--no-config", "-c", text), app)
        ]
        found = {
            typed: set(offers) & set(TABLE[typed]) if typed.startswith("run") else offers
            for typed, offers in zip(TABLE, parts(lines), strict=True)
        }

        assert {typed: sorted(offers) for typed, offers in found.items()} == {
            typed: sorted(offered) for typed, offered in TABLE.items()
        }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_there(procrun: Starter, shell: str) -> None:
    """Nothing of the table is forgotten, and no part of the template is left."""
    text = script(procrun, shell)

    for command in COMMANDS:
        assert all(re.search(rf"\b{word}\b", text) for word in command.name.split())
        for option in command.options:
            assert all(flag.lstrip("-") in text for flag in option.flags)
    assert re.findall(r"@[A-Z_]+@", text) == []


@pytest.mark.parametrize("arguments", [(), ("tcsh",), ("",)], ids=repr)
def test_an_unknown_shell_is_told(procrun: Starter, arguments: tuple[str, ...]) -> None:
    """With those that there are."""
    running = procrun("completion", *arguments, apart=True)

    assert running.finish() == (2, "")
    assert "Name one of bash, zsh, fish." in running.errors
