"""The Dockerfile of an app that has none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.export import dockerfile
from procrun.export.compose import Export
from tests.export import engines, examples

if TYPE_CHECKING:
    from pathlib import Path


def written(root: Path, **changes: object) -> dict[str, str]:
    """What is written to an app's folder."""
    app = examples.blueprint(examples.service("web", "x", (5000,)), root=str(root), **changes)
    files = engines.exported(Export(), app).values()
    assert all(file.keeps == (file.place == str(root)) for file in files)
    return {file.name: file.content for file in files if file.keeps}


def instructions(root: Path) -> list[str]:
    """The lines of the Dockerfile that do something."""
    lines = written(root)["Dockerfile"].splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_a_python_app_gets_its_requirements_before_its_code(tmp_path: Path) -> None:
    """So that they are installed again only when they change."""
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".python-version").write_text("3.12\n")

    assert instructions(tmp_path) == [
        "FROM python:3.12-slim",
        "ENV PIP_NO_CACHE_DIR=1",
        "RUN useradd --uid 10001 --home-dir /app --create-home app",
        "WORKDIR /app",
        "COPY requirements.txt ./",
        "RUN pip install -r requirements.txt",
        "COPY --chown=app:app . .",
        "USER 10001:10001",
    ]


def test_a_locked_environment_is_on_the_path(tmp_path: Path) -> None:
    """It is made by uv, beside the code."""
    (tmp_path / "uv.lock").write_text("")

    assert "ENV PIP_NO_CACHE_DIR=1 PATH=/app/.venv/bin:$PATH" in instructions(tmp_path)


def test_a_project_is_installed_with_its_code(tmp_path: Path) -> None:
    """All of it is needed to build it."""
    (tmp_path / "pyproject.toml").write_text("")

    assert instructions(tmp_path)[-3:] == [
        "COPY --chown=app:app . .",
        "RUN pip install .",
        "USER 10001:10001",
    ]


def test_another_app_gets_a_beginning(tmp_path: Path) -> None:
    """What is missing stands in comments."""
    assert instructions(tmp_path)[0] == "FROM debian:13-slim"


def test_files_of_the_users_are_left_alone(tmp_path: Path) -> None:
    """What procrun has begun is told again, whatever became of it."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").symlink_to("nowhere")

    assert written(tmp_path) == {}

    (tmp_path / "Dockerfile").unlink()
    begun = written(tmp_path)["Dockerfile"]
    (tmp_path / "Dockerfile").write_text(begun.replace("debian:13-slim", "ruby"))

    assert written(tmp_path) == {"Dockerfile": begun}


def test_no_secret_gets_into_the_image(tmp_path: Path) -> None:
    """Not the env files of this export, by whatever name, nor the file for supervisord."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "production").write_text("A=b\n")
    (tmp_path / "linked").symlink_to("config/production")
    names = (".env", "linked", "!a #*é", "deploy/.env.local", "../shared/env")
    env_files = tuple(os.path.normpath(tmp_path / name) for name in names)
    ignored = written(tmp_path, env_files=env_files)[".dockerignore"].splitlines()

    assert ignored[2:13] == [
        "**/.env",
        "**/.env.*",
        "**/*.env",
        "**/*-secret.yaml",
        "**/shop.conf",
        "**/shop-*-[0-9]*.conf",
        "**/shop-*-[0-9]*/env",
        "**/.procrun-*",
        "/linked",
        "/config/production",
        "/?a???é",
    ]
    assert ignored[13].startswith("# What the image makes itself")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.12\n", "3.12"),
        ("# ours\npython-3.11.9", "3.11.9"),
        ("", dockerfile.PYTHON),
        ("pypy3.10", dockerfile.PYTHON),
        ("3.12\n3.11\n", dockerfile.PYTHON),
    ],
)
def test_the_version_of_python_is_the_apps(text: str, version: str) -> None:
    """Where it asks for one that there is an image of."""
    assert dockerfile.python_version(text) == version


@pytest.mark.parametrize("line", ["version = 3.11.7", "version_info = 3.11.7.final.0"])
def test_the_version_of_python_is_that_of_the_virtual_environment(
    tmp_path: Path, line: str
) -> None:
    """Where the app does not say it itself."""
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")

    assert instructions(tmp_path)[0] == "FROM python:3.11-slim"

    (tmp_path / ".python-version").write_text("3.12\n")

    assert instructions(tmp_path)[0] == "FROM python:3.12-slim"
