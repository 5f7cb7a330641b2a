"""The fixture that finds what a test left behind, and the one that refuses to skip in CI."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import TESTS
from tests.running import environment

if TYPE_CHECKING:
    from pathlib import Path

SLEEPER = r"process \d+ \([\w-]+\) .*time.sleep\(60\)"

LEAKS = """
import os, subprocess, sys, threading, time
import pytest

from tests import leaks

leaks.PATIENCE = 1.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
KEPT = []


def orphan(**options):
    code = f"import subprocess; subprocess.Popen({SLEEP!r}, start_new_session=True)"
    subprocess.run([sys.executable, "-c", code], check=True, **options)


def test_child():
    KEPT.append(subprocess.Popen(SLEEP))


def test_zombie():
    KEPT.append(subprocess.Popen(["true"]))
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)


def test_orphan():
    orphan()


def test_orphan_without_environment(tmp_path):
    orphan(env={}, cwd=tmp_path)


def test_descriptor():
    KEPT.append(os.pipe())


def test_thread():
    threading.Thread(target=time.sleep, args=(60,), name="idler", daemon=True).start()


def test_what_is_ending():
    subprocess.run(["sh", "-c", "sleep 0.1 &"], check=True)
    threading.Thread(target=time.sleep, args=(0.1,)).start()


def test_nothing(tmp_path):
    subprocess.run(["true"], check=True)
"""

SKIPS = """
import pytest


@pytest.mark.needs("true", "no-such-program")
def test_marked():
    pass


@pytest.mark.skip(reason="needs a full moon")
def test_reason():
    pass


@pytest.mark.skip(reason="Linux only")
def test_other_reason():
    pass
"""


def outcomes(folder: Path, tests: str, **env: str) -> dict[str, str]:
    """What pytest says of each of these tests under the fixtures of this project."""
    (folder / "test_inner.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "tests.conftest", "-p", "no:randomly"]
    command += ["-p", "no:cacheprovider", "-c", str(TESTS.parent / "pyproject.toml"), str(folder)]
    plain = environment({"PYTHONPATH": str(TESTS.parent), "COLUMNS": "999", **env})
    done = subprocess.run(
        command, cwd=folder, env=plain, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR) .*::test_(\w+)(.*)", done.stdout, re.MULTILINE)
    return {name: outcome + rest for outcome, name, rest in found}


def test_each_kind_of_leak_fails_its_test_and_names_what_is_left(tmp_path: Path) -> None:
    """Processes, descriptors and threads are found; what is ending, or was reaped, is not."""
    found = outcomes(tmp_path, LEAKS)

    wanted = {
        "child": SLEEPER,
        "zombie": r"process \d+ \(zombie\) true",
        "orphan": SLEEPER,
        "orphan_without_environment": SLEEPER,
        "descriptor": r"descriptor \d+ pipe:.*, descriptor \d+ pipe:",
        "thread": r"thread idler",
    }
    for name, pattern in wanted.items():
        assert re.fullmatch(rf"ERROR - Failed: left behind: {pattern}.*", found[name]), found
    assert found["what_is_ending"] == found["nothing"] == "PASSED"


@pytest.mark.parametrize("strict", [True, False], ids=["in CI", "at home"])
def test_a_skip_for_want_of_a_program_fails_in_ci_alone(tmp_path: Path, *, strict: bool) -> None:
    """A reason that begins with "needs" is a failure where the environment says so."""
    found = outcomes(tmp_path, SKIPS, **({"TESTS_ALLOW_NO_SKIP": "1"} if strict else {}))

    # "marked" fails in its setup, which pytest calls an error.
    assert sorted(found) == (["marked", "reason"] if strict else [])


def test_ci_installs_every_program_that_a_test_needs() -> None:
    """There a test that is skipped for want of one has failed."""
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    marks = re.findall(r'mark\.needs\(("[^)]*")\)', "".join(sources))
    needed = {name for mark in marks for name in re.findall(r'"([^"]+)"', mark)}
    script = (TESTS.parent / ".ci" / "run").read_text(encoding="utf-8")
    installed = set(re.findall(r"([\w-]+):[\w-]+", script))

    assert "git" in needed
    assert needed - {"true", "no-such-program"} <= installed
