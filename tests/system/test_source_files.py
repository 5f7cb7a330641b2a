"""Which files are read for what they mention."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.system.source_files import texts

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = 3600.0


def write(folder: Path, *names: str) -> None:
    """Write files that have their own names in them."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def test_sources_are_read_and_the_upper_ones_first(tmp_path: Path) -> None:
    """In Python, JavaScript and Ruby."""
    write(tmp_path, "a/b/c.py", "a/x.rb", "z.js", "b.py", "a/n.txt")

    found = list(filter(None, texts(str(tmp_path), ENDLESS)))
    assert found == ["b.py", "z.js", "a/x.rb", "a/b/c.py"]


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/a.js",
        ".venv/a.py",
        "lib/site-packages/a.py",
        "tests/a.py",
        "build/a.py",
        ".hidden.py",
        "big.py",
        "py",
    ],
)
def test_what_is_not_the_app_is_left_out(tmp_path: Path, name: str) -> None:
    """Installed packages, tests, what is made, and files that are too large."""
    write(tmp_path, name)
    if name == "big.py":
        (tmp_path / name).write_bytes(b"x" * (1 << 19))

    assert not any(texts(str(tmp_path), ENDLESS))


def test_a_virtual_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    """It has a file of its own."""
    write(tmp_path, "mine/pyvenv.cfg", "mine/lib/a.py")

    assert not any(texts(str(tmp_path), ENDLESS))


def test_nothing_waits_and_nothing_goes_in_circles(tmp_path: Path) -> None:
    """A pipe, a link to a folder above, a folder that is not for us, a removed one."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")

    assert not any(texts(str(tmp_path), ENDLESS))
    assert not any(texts(str(tmp_path / "nowhere"), ENDLESS))


def test_it_ends_when_the_time_is_over(tmp_path: Path) -> None:
    """But for a few, so that what a small app is told does not depend on the machine."""
    write(tmp_path, *(f"{number}.py" for number in range(100)))

    assert len(list(texts(str(tmp_path), -1.0))) == 50
