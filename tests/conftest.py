"""What all tests share: nothing may be left behind, and nothing skipped unseen in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import leaks
from tests.running import Starter, TerminalStarter, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

# A busy machine is no fault of what is tested. Each run tries other examples than the one before;
# `--hypothesis-profile thorough` tries many at once.
hypothesis.settings.register_profile(
    "patient",
    max_examples=40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("patient"), max_examples=1000
)
hypothesis.settings.load_profile("patient")

collect_ignore = ["examples"]  # these have suites of their own, which ours runs
pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "procrun"
PURE = str(TESTS / "core") + os.sep  # what starts no process
# What takes longest: begun last, it would keep one worker at it when the others are done.
LONG = (
    "tests/test_book.py",
    "tests/test_examples.py",
    "tests/front/test_under_load.py",
    "tests/test_attach.py::test_it_ends_though_nobody_reads_what_it_shows",
    "tests/test_watching.py::TestEnds::test_a_file_that_",
)


@pytest.fixture(autouse=True)
def leaves_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a process, a descriptor or a thread behind; kill the processes."""
    mark = uuid.uuid4().hex
    pure = str(request.path).startswith(PURE)
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(leaks.MARK, mark)
        before = leaks.Census()
        yield
        found = before.left_behind("" if pure else mark, folder)
    if found:
        pytest.fail("left behind: " + ", ".join(found))


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the certificates of tests away from the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The installed command; fails where what is installed is not the code of this checkout."""
    found = subprocess.run(
        [sys.executable, "-c", "import procrun; print(procrun.__path__[0])"],
        cwd=tmp_path_factory.getbasetemp(),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    installed = Path(found.stdout.strip())
    sources = PACKAGE.rglob("*.py")
    if found.returncode != 0 or any(
        not (copy := installed / source.relative_to(PACKAGE)).exists()
        or copy.read_bytes() != source.read_bytes()
        for source in sources
    ):
        pytest.fail("this checkout is not what is installed: run `python -m pip install .`")
    return (sys.executable, "-m", "procrun")


@pytest.fixture
def procrun(command: tuple[str, ...], tmp_path: Path) -> Iterator[Starter]:
    """Start procrun in the test's folder, with its output on a pipe."""
    with Starter(command, tmp_path) as start:
        yield start


@pytest.fixture
def terminal(command: tuple[str, ...], tmp_path: Path) -> Iterator[TerminalStarter]:
    """Start procrun in the test's folder, on a terminal."""
    with TerminalStarter(command, tmp_path) as start:
        yield start


@pytest.fixture(scope="session")
def probe() -> Callable[[str], Path]:
    """Give the path of one of the small programs that tests start."""

    def find(name: str) -> Path:
        path = TESTS / "probes" / f"{name}.py"
        assert path.exists(), f"there is no {path}"
        return path

    return find


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In several workers, begin with the longest tests; all others stay in their random order."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a program that is not there."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if shutil.which(program) is None:
                pytest.skip(f"needs {program}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped for want of something, where CI says that all is there."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a whole module."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("TESTS_ALLOW_NO_SKIP") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"skipped: {reason}, and TESTS_ALLOW_NO_SKIP is set"
