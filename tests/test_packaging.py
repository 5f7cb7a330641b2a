"""What is published: the wheel, the public names, the changelog."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from typing import TYPE_CHECKING

import pytest

import procrun
from tests.conftest import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

ROOT = PACKAGE.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", folder], cwd=ROOT, check=True, stderr=subprocess.DEVNULL
    )
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def metadata(wheel: zipfile.ZipFile, name: str) -> bytes:
    """A file of the wheel's .dist-info folder."""
    return wheel.read(f"procrun_cli-{procrun.__version__}.dist-info/{name}")


def description(wheel: zipfile.ZipFile) -> Message:
    """What the package's page will show."""
    return BytesParser().parsebytes(metadata(wheel, "METADATA"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Every module, what exports are made of, and py.typed for type checkers; no tests."""
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py")}
    templates = {
        str(path.relative_to(ROOT))
        for path in (PACKAGE / "export" / "templates").rglob("*")
        if path.is_file()
    }

    assert names == sources | templates | {"procrun/py.typed"}


def test_the_wheel_installs_both_commands(wheel: zipfile.ZipFile) -> None:
    """The second one is called like the distribution, for `uvx procrun-cli`."""
    lines = metadata(wheel, "entry_points.txt").decode().split("\n")

    assert [line for line in lines if line] == [
        "[console_scripts]",
        "procrun = procrun.cli:main",
        "procrun-cli = procrun.cli:main",
        "[pytest11]",
        "procrun = procrun.pytest_plugin",
    ]


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """Its version is the package's, its licence and its description are in it."""
    about = description(wheel)

    assert about["Version"] == procrun.__version__
    assert about["License-Expression"] == "MIT"
    assert metadata(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert about.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_python_of_the_classifiers_is_supported() -> None:
    """The oldest of them is the one that types and syntax are checked for."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, tool = settings["project"], settings["tool"]
    oldest = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))[0]

    assert project["requires-python"] == f">={oldest}"
    assert tool["mypy"]["python_version"] == oldest
    assert tool["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_the_public_names_are_these() -> None:
    """Adding or removing one is a decision, not an accident."""
    assert procrun.__all__ == ["__version__"]


def test_every_public_name_is_listed() -> None:
    """What `import *` gives is what has no underscore in front."""
    public = {
        name
        for name, value in vars(procrun).items()
        if name[0] not in "_@" and getattr(value, "__name__", "") != f"procrun.{name}"
    }

    assert public == {name for name in procrun.__all__ if not name.startswith("_")}
    assert all(hasattr(procrun, name) for name in procrun.__all__)


def test_the_changelog_begins_with_this_version_or_what_is_unreleased() -> None:
    """A release without its changes, or under another number, does not happen."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)

    assert versions[0] in {"Unreleased", procrun.__version__}
    assert procrun.__version__ in versions[:2] or versions == ["Unreleased"]


def test_every_module_says_what_it_is_for() -> None:
    """In a docstring."""
    starts = {path: path.read_text(encoding="utf-8")[:4] for path in PACKAGE.rglob("*.py")}

    assert [path for path, start in starts.items() if not re.match(r'r?"""', start)] == []
