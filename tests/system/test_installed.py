"""Which packages the app's environment has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrun.system.installed import version

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(environment: Path, *packages: str) -> None:
    """Make what a virtual environment has of packages."""
    for package in packages:
        folder = environment / "lib" / "python3.13" / "site-packages" / f"{package}.dist-info"
        folder.mkdir(parents=True)


def test_the_first_environment_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of the root before the active one, whatever the package's name is written like."""
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert version("sqlalchemy", str(tmp_path)) == ""

    make(tmp_path / "active", "SQLAlchemy-1.4.2", "SQLAlchemy_Utils-0.41")
    assert version("sqlalchemy", str(tmp_path)) == "1.4.2"

    make(tmp_path / ".venv", "sqlalchemy-2.0.1")
    assert version("sqlalchemy", str(tmp_path)) == "2.0.1"
    assert version("flask", str(tmp_path)) == ""
