"""`procrun export`: from the command line to files, with exporters that were written for honcho."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.cli.commands import command_named
from procrun.export.formats import OURS
from tests.export.test_formats import installed
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.running import Starter

# Writes what it is told, as an exporter of somebody else does.
TELLING = """
import json
from honcho.export.base import BaseExport, File

class Export(BaseExport):
    def get_template_loader(self):
        return None

    def render(self, processes, context):
        print("to be read by nobody", end="")
        named = sorted(key for key in context if key != "blueprint")
        shown = {"processes": [process._asdict() for process in processes], "context": named}
        yield File("told.json", json.dumps(shown))
        yield File("bin/start", "#!/bin/sh\\n", executable=True)
        if context["user"] == "wrong":
            raise ValueError("no such user")
"""


def files(folder: Path) -> dict[str, str]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def exported(
    procrun: Starter, *arguments: str, extra: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """The status, the output and what was told of an export of the app in the folder."""
    running = procrun("export", *arguments, apart=True, env=extra)
    status, output = running.finish()
    return status, output, running.errors


def write(folder: Path, **texts: str) -> None:
    """Write the app's files: its Procfile, and `env` for .env."""
    names = {"env": ".env"}
    for name, text in texts.items():
        (folder / names.get(name, name)).write_text(text, encoding="utf-8")


def test_the_formats_that_are_completed_are_those_that_there_are() -> None:
    """Ours, and those that come with honcho."""
    choices = command_named("export").choices

    assert len(choices) == len(set(choices))
    assert set(choices) == {*OURS, "runit", "upstart"}


def test_without_a_format_they_are_listed(procrun: Starter) -> None:
    """With a word on each; no app is needed."""
    status, output, _errors = exported(procrun)

    names = [line.split()[0] for line in output.splitlines()]
    assert (status, names[:4]) == (0, ["systemd", "compose", "kubernetes", "supervisord"])
    assert {"runit", "upstart"} <= set(names)


def test_the_variables_are_exactly_those_of_start(procrun: Starter, tmp_path: Path) -> None:
    """The caller's come on top of them at a start, and are in no file of an export."""
    write(
        tmp_path,
        Procfile="site: env -0 > $PS.seen\nrelease: true\nworker: env -0 > $PS.seen\n",
        env='A=\'it\\\'s 50% "$x"\'\nEMPTY=\nLINES_OF="a\nb"\n',
    )
    options = ("-c", "site=2", "-E", "B= é ", "-p", "6000")  # of no web: nobody minds who has it
    caller = {"OF_CALLER": "the-callers"}

    procrun("start", "--can-die", "all", *options, env=caller).finish()
    assert exported(procrun, "runit", "units", "--app", "shop", *options, extra=caller)[0] == 0

    of_shells = environment(caller).keys() | {"_", "SHLVL", "PWD", "OLDPWD"}
    for name in ("site.1", "site.2", "worker.1"):
        seen = dict(
            each.split("=", 1)
            for each in (tmp_path / f"{name}.seen").read_text(encoding="utf-8").split("\0")[:-1]
        )
        folder = tmp_path / "units" / f"shop-{name.replace('.', '-')}" / "env"
        told = files(folder)
        assert told.pop("PATH").startswith("/")
        assert {key: value for key, value in seen.items() if key not in of_shells} == told
        assert {"A", "B", "EMPTY", "LINES_OF", "PORT", "PS"} <= set(told)
    assert "the-callers" not in "".join(files(tmp_path / "units").values())


def test_runit_is_as_honcho_writes_it(procrun: Starter, tmp_path: Path) -> None:
    """But for the names of variables, PATH, and files that nobody else can read."""
    write(tmp_path, Procfile="web: serve $PORT\nworker: work\n", env="A=1\n")
    own = ("runit", "units", "-c", "web=2", "-s", "/bin/sh", "-a", "shop", "-u", "www", "-l", "/l")

    assert exported(procrun, *own)[0] == 0
    subprocess.run(
        [sys.executable, "-m", "honcho.command", "export", own[0], "honchos", *own[2:]],
        cwd=tmp_path,
        env=environment(),
        check=True,
        capture_output=True,
    )

    ours, honchos = files(tmp_path / "units"), files(tmp_path / "honchos")
    for folder in ("shop-web-1", "shop-web-2", "shop-worker-1"):
        ps = honchos.pop(f"{folder}/env/HONCHO_PROCESS_NAME")
        assert ours.pop(f"{folder}/env/PS") == ps
        assert ours.pop(f"{folder}/env/PYTHONUNBUFFERED") == "1"
        assert ours.pop(f"{folder}/env/PATH")
    assert ours == honchos
    paths = [path for path in (tmp_path / "units").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in paths if path.name != "run"} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in paths if path.name == "run"} == {0o700}


def test_exporters_of_others_are_formats(procrun: Starter, tmp_path: Path) -> None:
    """By their entry points; they get what honcho gives them."""
    write(tmp_path, Procfile="web: serve\nrelease: migrate\n")
    installed(tmp_path / "site", "telling", TELLING)
    extra = {"PYTHONPATH": str(tmp_path / "site")}

    listed = exported(procrun, extra=extra)[1]
    status, output, told = exported(procrun, "telling", "out", extra=extra)
    failed = exported(procrun, "telling", "new", "-u", "wrong", extra=extra)

    assert "telling      as telling-exporter writes it\n" in listed
    assert (status, output, "procrun: written out/bin/start\n" in told) == (0, "", True)
    assert "telling has no release phase" in told
    assert '"name": "web.1", "cmd": "serve", "quiet": false' in files(tmp_path / "out")["told.json"]
    assert (
        '["app", "app_root", "image", "log", "shell", "user", "user_units"]'
        in (files(tmp_path / "out")["told.json"])
    )
    assert failed[0] == 1
    assert "procrun: the exporter for telling failed: ValueError: no such user\n" in failed[2]
    assert "Traceback" not in failed[2]
    assert not (tmp_path / "new").exists()


def test_a_second_export_changes_nothing_and_diff_tells_what_would(
    procrun: Starter, tmp_path: Path
) -> None:
    """With a status for scripts, and without the values."""
    write(tmp_path, Procfile="web: serve\n", env="A=secret1\n")
    assert exported(procrun, "upstart", "out", "-a", "shop")[0] == 0

    again = exported(procrun, "upstart", "out", "-a", "shop")
    same = exported(procrun, "upstart", "out", "-a", "shop", "--diff")
    before = files(tmp_path / "out")
    other = exported(procrun, "upstart", "out", "-a", "shop", "--diff", "-E", "A=secret2")

    assert again == (0, "", "procrun: unchanged: 3 of 3 files\n")
    assert same == (0, "", "")
    assert other[:2] == (1, "out/shop-web-1.conf: secret; lines that differ: 2\n")
    assert files(tmp_path / "out") == before


def test_placeholders_stand_for_secrets(procrun: Starter, tmp_path: Path) -> None:
    """On standard output, where there is no folder; ports stay."""
    write(tmp_path, Procfile="web: serve\n", env="A=secret\n")

    status, output, _told = exported(procrun, "upstart", "--no-secrets", "-E", "B=secret", "-p6000")

    assert status == 0
    assert "secret" not in output
    assert "env A=CHANGE_ME\n" in output
    assert "env B=CHANGE_ME\n" in output
    assert "env PORT=6000\n" in output
    assert "# ==> " in output
    assert sorted(os.listdir(tmp_path)) == [".env", "Procfile"]


def test_templates_of_the_users_are_taken(procrun: Starter, tmp_path: Path) -> None:
    """What is wrong in one is told with its place, and then nothing is written."""
    write(tmp_path, Procfile="web: serve\n")
    (tmp_path / "own" / "log").mkdir(parents=True)
    (tmp_path / "own" / "log" / "run").write_text("", encoding="utf-8")
    (tmp_path / "own" / "run").write_text("{{ process.cmd }}!", encoding="utf-8")
    assert exported(procrun, "runit", "out", "-a", "shop", "-t", "own")[0] == 0
    (tmp_path / "own" / "run").write_text("a\n{{ process.cmd", encoding="utf-8")

    status, _output, told = exported(procrun, "runit", "new", "--template-dir", "own")

    assert files(tmp_path / "out")["shop-web-1/run"] == "serve!"
    assert status == 1
    assert told.startswith("procrun: own/run:2: unexpected end of template")
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_template_of_the_format_is_refused(
    procrun: Starter, tmp_path: Path
) -> None:
    """As a misspelt one; of an exporter that tells which ones it has."""
    write(tmp_path, Procfile="web: serve\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "an.other").write_text("", encoding="utf-8")
    code = """
class Export:
    def __init__(self, template_dir=None):
        pass

    def template_names(self):
        return ["main.conf"]

    def render(self, processes, context):
        return []
"""
    installed(tmp_path / "site", "telling", code)
    extra = {"PYTHONPATH": str(tmp_path / "site")}

    status, _output, told = exported(procrun, "telling", "-t", "own", extra=extra)

    assert (status, told) == (
        2,
        "procrun: 'own' has no template of telling\n  telling has main.conf.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("runti",), "there is no format 'runti'\n  Did you mean runit? "),
        (("runit", "out", "more"), "export does not take 'more'"),
        (("runit", "--diff"), "--diff needs the folder to compare with"),
        (("runit", "--image", "x"), "runit has no use for --image\n  It is for compose and"),
        (("compose", "--user-units"), "compose has no use for --user-units"),
        (("compose", "-u", "x"), "compose has no use for --user\n  It is for systemd and super"),
        (("kubernetes", "--log", "x"), "kubernetes has no use for --log"),
        (("systemd", "--user-units", "-u", "x"), "--user-units has no use for --user\n"),
        (("runit", "-E", "x"), "-E has no `=`"),
        (("runit", "--app", "a b"), "no app can be called 'a b'"),
        (("runit", "--app", ""), "--app needs a value"),
        (("systemd", "--app", "2024"), "the app is called 2024, and so would be the user"),
        (("runit", "-t", "none"), "--template-dir 'none' is no folder"),
        (("runit", ".", "-t", "."), "'.' is where the templates are"),
    ],
)
def test_a_wrong_command_line_is_told(
    procrun: Starter, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    """With the exit status of all of them."""
    write(tmp_path, Procfile="web: serve\n")

    status, output, errors = exported(procrun, *arguments)

    assert (status, output) == (2, "")
    assert told in errors


# Of each format the files of the app below, with their modes; the first one says how to install.
OF_FORMATS = {
    "systemd": {
        "shop.target": 0o644,
        "shop-web@.service": 0o644,
        "shop-web@1.env": 0o644,
        "shop-web@2.env": 0o644,
        "shop-worker@.service": 0o644,
        "shop-release.service": 0o644,
        "shop-release.env": 0o644,
        "shop.env": 0o600,
    },
    "compose": {"compose.yaml": 0o644, "shop.env": 0o600},
    "kubernetes": {"shop.yaml": 0o644, "shop-release.yaml": 0o644, "shop-secret.yaml": 0o600},
    "supervisord": {"shop.conf": 0o600},
}


@pytest.mark.parametrize("of_format", OF_FORMATS)
def test_each_format_of_ours_from_the_command_line_to_its_files(
    procrun: Starter, tmp_path: Path, of_format: str
) -> None:
    """Their names, modes and headers, and where the secret is; what a second export changes."""
    procfile = "web: python serve.py $PORT\nrelease: true\nworker: python work.py\n"
    write(tmp_path, Procfile=procfile, **{"own.env": "A=secret1\n"})
    own_machines = ("systemd", "supervisord")
    own = ["-u", "www"] if of_format in own_machines else []
    options = ["-e", "own.env", "-E", "B=secret2", "-c", "web=2,worker=0", "-p", "6000"]
    options += ["-a", "shop", "-s", "/bin/bash", *own]

    first = exported(procrun, of_format, "out", *options)
    second = exported(procrun, of_format, str(tmp_path / "out"), *reversed_pairs(options))
    compared = exported(procrun, of_format, "out/../out", "--diff", *options)
    streamed = exported(procrun, of_format, *options)

    made, modes = files(tmp_path / "out"), OF_FORMATS[of_format]
    assert (first[0], first[1]) == (0, "")
    assert sorted(made) == sorted(modes)
    assert {name: (tmp_path / "out" / name).stat().st_mode & 0o777 for name in modes} == modes
    assert {name for name, text in made.items() if "secret1" in text} == {
        name for name, mode in modes.items() if mode == 0o600
    }
    user = " --user www" if own else ""
    source = (
        f"procrun export {of_format} --app shop out --env own.env --formation web=2,worker=0 "
        f"--port 6000 --set 'B=…'{user} --shell /bin/bash"
    )
    mark = f"procrun export {of_format} --app shop"
    assert [name for name, text in made.items() if mark not in text] == []
    assert [name for name, text in made.items() if source in text]
    assert not any("secret2" in text for name, text in made.items() if modes[name] == 0o644)
    assert ("replicas: 0\n" in "".join(made.values())) == (of_format not in own_machines)
    assert (second[0], f"unchanged: {len(made)} of " in second[2]) == (0, True)
    assert compared[:2] == (0, "")
    assert (streamed[0], "secret1" in streamed[1]) == (0, True)


def reversed_pairs(options: list[str]) -> list[str]:
    """Options with their values, in the opposite order."""
    pairs = [options[i : i + 2] for i in range(0, len(options), 2)]
    return [word for pair in reversed(pairs) for word in pair]


def test_what_no_longer_belongs_is_told_and_stays(procrun: Starter, tmp_path: Path) -> None:
    """With the command that removes it; what is another app's is not."""
    write(tmp_path, Procfile="web: sh serve.sh\nrelease: true\n")
    units = tmp_path / "out dir"
    for app, number in (("shop-eu", 1), ("shop", 2)):
        assert exported(procrun, "systemd", "out dir", "-a", app, "-c", f"web={number}")[0] == 0

    status, _output, told = exported(procrun, "systemd", "out dir", "-a", "shop")

    assert status == 0
    assert "procrun: no longer part of it: rm -- 'out dir/shop-web@2.env'\n" in told
    assert (units / "shop-web@2.env").exists()


def test_a_file_of_the_users_own_stays(procrun: Starter, tmp_path: Path) -> None:
    """Though it has the name of one that would be written."""
    write(tmp_path, Procfile="web: serve\n", **{"compose.yaml": "services: {}\n"})

    refused = exported(procrun, "compose", ".")
    compared = exported(procrun, "compose", ".", "--diff", "--image", "x")

    assert refused[0] == 1
    assert refused[2].startswith(
        "procrun: compose.yaml: is there, and procrun did not write it\n  Move it away, or "
    )
    assert sorted(files(tmp_path)) == ["Procfile", "compose.yaml"]
    assert compared[:2] == (1, "compose.yaml: procrun did not write it\n")


def test_the_file_that_tells_how_is_named(procrun: Starter, tmp_path: Path) -> None:
    """After all others."""
    write(tmp_path, Procfile="web: serve\n")
    code = """
from procrun.export.file import File

class Export:
    def __init__(self, template_dir=None):
        pass

    def render(self, processes, context):
        return [File("a", "x"), File("main.conf", "y", tells_how=True)]
"""
    installed(tmp_path / "site", "telling", code)

    told = exported(procrun, "telling", "out", extra={"PYTHONPATH": str(tmp_path / "site")})[2]

    assert told.endswith("procrun: out/main.conf begins with how to install it\n")


def test_what_this_machine_lacks_is_told(procrun: Starter, tmp_path: Path) -> None:
    """In a line with what to do; not of containers, which have programs of their own."""
    write(tmp_path, Procfile="web: exec serve --bind :$PORT\nworker: cd /x && work\n")
    own = tmp_path / "shims" / "serve"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    own.chmod(0o755)
    caller = {"PATH": f"{own.parent}:{environment()['PATH']}"}

    told = exported(procrun, "supervisord", "-u", "nobody-of-that-name", extra=caller)[2]

    assert told == (
        "procrun: warning: not on the PATH that the app gets: serve (Procfile:1). Install it "
        "into a virtual environment of the app (`.venv`), or put "
        f"PATH={own.parent}:${{PATH}} into .env\n"
        "procrun: warning: no user nobody-of-that-name is here: `sudo useradd --system "
        "nobody-of-that-name` makes it; --user names another\n"
    )
    assert exported(procrun, "compose", extra=caller)[2] == ""


def test_what_the_app_is_read_from_stays(procrun: Starter, tmp_path: Path) -> None:
    """Though procrun itself has written it, and its name is that of a file of the export."""
    write(tmp_path, Procfile="web: serve\n", env="A=secret\n")
    options = ("compose", ".", "-a", "shop", "--image", "x")
    assert exported(procrun, *options)[0] == 0
    before = files(tmp_path)

    status, _output, told = exported(procrun, *options, "-e", "shop.env", "-E", "B=c")

    assert status == 1
    assert told.startswith("procrun: shop.env: is what the app is read from\n")
    assert files(tmp_path) == before


def test_the_output_of_an_exporter_is_no_part_of_the_files(
    procrun: Starter, tmp_path: Path
) -> None:
    """Neither while it is loaded, nor that of its children."""
    write(tmp_path, Procfile="web: serve\n")
    code = """
import os
from honcho.export.base import File

print("loaded")

class Export:
    def __init__(self, template_dir=None):
        pass

    def render(self, processes, context):
        os.system("echo rendered")
        return [File("a", "text")]
"""
    installed(tmp_path / "site", "telling", code)

    ran = exported(procrun, "telling", extra={"PYTHONPATH": str(tmp_path / "site")})

    assert ran == (0, "text\n", "loaded\nrendered\n")


def test_an_export_that_is_ended_leaves_nothing_secret(procrun: Starter, tmp_path: Path) -> None:
    """Nothing is changed then."""
    write(tmp_path, Procfile="web: serve\n")
    code = """
import os, signal
from procrun.export import writing
from procrun.export.file import File

class Export:
    def __init__(self, template_dir=None):
        pass

    def render(self, processes, context):
        stage = writing._stage

        def ended(target, staged):
            stage(target, staged)
            os.kill(os.getpid(), signal.SIGTERM)

        writing._stage = ended
        return [File("a", "secret"), File("b", "secret")]
"""
    installed(tmp_path / "site", "telling", code)

    ran = exported(procrun, "telling", "out", extra={"PYTHONPATH": str(tmp_path / "site")})

    assert ran == (130, "", "")
    assert files(tmp_path / "out") == {}
