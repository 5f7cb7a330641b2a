"""The setting `clean_env` where a router would be, and while the app runs."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from procrun import clean_env
from procrun.certificates import folder
from procrun.certificates.making import ensure_authority
from procrun.inputs import read_config
from procrun.plan import plan_start
from procrun.settings import Settings, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter

PROCFILE = "web: true\nworker: true\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return those of an app with two process types and a clean environment."""
    (tmp_path / "Procfile").write_text(PROCFILE, encoding="utf-8")
    return resolve({"root": str(tmp_path), "clean_env": True, "port": "6000"}, {})


def test_behind_a_router_each_dyno_has_its_name(settings: Settings) -> None:
    """Those that come later, too; in front of none nobody has."""
    ensure_authority()
    behind = resolve({"root": settings.root, "heroku": True, "port": "6000"}, {})
    plan = plan_start(behind, ("web=2",), {})
    names = [launch.environment.get("DYNO") for launch in plan.launches]
    more = plan.launcher.launch(plan.launches[0].name.replace(number=7))
    trusted = {launch.environment.get("NODE_EXTRA_CA_CERTS") for launch in plan.launches}

    assert names == ["web.1", "web.2"]
    assert trusted == {folder.authority_file()}
    assert more.environment["DYNO"] == "web.7"
    alone = plan_start(settings, (), {})
    added = {"DYNO", "NODE_EXTRA_CA_CERTS"}
    assert not any(added.intersection(launch.environment) for launch in alone.launches)


def test_the_first_dyno_of_all_finds_the_authority(procrun: Starter, tmp_path: Path) -> None:
    """Node reads the file when it begins and never again."""
    procrun.variables["XDG_DATA_HOME"] = str(tmp_path / "data")
    command = 'test -s "$NODE_EXTRA_CA_CERTS" && echo "there: $NODE_EXTRA_CA_CERTS"'
    running = procrun("start", "--heroku", "-p", "0", procfile=f"job: {command}; exec sleep 60\n")

    running.wait_for(f"there: {tmp_path}/data/procrun/ca.pem")
    running.signal(signal.SIGINT)
    assert running.finish()[0] == 130


@pytest.mark.parametrize("process_type", ["run", "release"])
def test_a_one_off_has_a_number_of_its_own(settings: Settings, process_type: str) -> None:
    """Of four digits at most."""
    behind = resolve({"root": settings.root, "heroku": True}, {})
    config = read_config(behind, {})
    found = {
        clean_env.environment_of_one_off(behind, config, process_type, 1)["DYNO"] for _ in range(5)
    }

    assert len(found) > 1
    assert all(re.fullmatch(rf"{process_type}\.[1-9]\d{{0,3}}", name) for name in found)


def test_a_changed_env_file_is_read_again_as_at_the_start(procrun: Starter) -> None:
    """The shell stays out, the name of what changed is told, and nothing else has changed."""
    procfile = 'show: echo "<$A,$MINE>"; exec sleep 60\n'
    running = procrun(
        "start",
        "--clean-env",
        "--watch",
        procfile=procfile,
        env_file="A=1\n",
        env={"MINE": "m", "PROCRUN_PORT": "6000"},
    )
    running.wait_for("| <1,>")
    running.wait_for("watching 1 folder")
    (procrun.folder / ".env").write_text("A=2${MINE}\n", encoding="utf-8")

    assert ".env changed: A; restarting show.1" in running.wait_for("restarting")
    running.wait_for("| <2,>")
    running.signal(signal.SIGINT)
    assert running.finish()[0] == 130


def test_a_dyno_that_is_added_has_the_same(procrun: Starter) -> None:
    """By `scale`."""
    procfile = 'show: echo "<$A,$MINE,$PORT>"; exec sleep 60\n'
    env = {"MINE": "m", "PROCRUN_PORT": "6000"}
    running = procrun("start", "--clean-env", procfile=procfile, env_file="A=1\n", env=env)
    running.wait_for("| <1,,6000>")
    assert procrun("scale", "show=2").finish()[0] == 0
    running.wait_for("| <1,,6001>")
    running.signal(signal.SIGINT)
    running.finish()


def test_a_command_that_tells_readiness_reads_the_profile(procrun: Starter) -> None:
    """It has the environment of the process."""
    (procrun.folder / ".profile").write_text("export READY=yes\n", encoding="utf-8")
    (procrun.folder / "procrun.toml").write_text(
        'ready = "command:test $READY = yes"\n', encoding="utf-8"
    )
    running = procrun("start", "--clean-env", procfile="show: exec sleep 60\n")
    running.wait_for("show.1 is up")
    running.signal(signal.SIGINT)
    running.finish()


def test_an_app_in_tests_keeps_its_own_rules(procrun: Starter) -> None:
    """It has what `pass_env` names, and no profile."""
    (procrun.folder / ".profile").write_text("export MINE=profile\n", encoding="utf-8")
    (procrun.folder / "procrun.toml").write_text(
        "clean_env = true\npass_env = ['MINE']\n[types.worker]\nready = 'log:<'\n", encoding="utf-8"
    )
    procfile = 'worker: echo "<$MINE,$PS>"; exec sleep 60\n'
    options = ("--logs", "always", "worker")
    output = procrun("with", *options, "--", "true", procfile=procfile, env={"MINE": "m"}).finish()

    assert "<m,worker.1>" in output[1]
