"""What an app in tests inherits of the environment of the tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.inherited import ALWAYS, Interpreter, chosen, with_programs_of

VENV = Interpreter("/app/.venv/bin", "/app/.venv")
PLAIN = Interpreter("/opt/python/bin")

environments = st.dictionaries(
    st.one_of(st.text("AP_*", min_size=1), st.sampled_from(["PATH", "LC_ALL", "DATABASE_URL"])),
    st.text("ab", max_size=2),
)


@pytest.mark.parametrize(
    "name",
    """PATH HOME USER LOGNAME SHELL TMPDIR TZ LANG LANGUAGE LC_ALL LC_CTYPE VIRTUAL_ENV CONDA_PREFIX
    CONDA_DEFAULT_ENV LD_LIBRARY_PATH NIX_LD COVERAGE_PROCESS_START COVERAGE_PROCESS_CONFIG
    http_proxy HTTPS_PROXY no_proxy ALL_PROXY ftp_proxy""".split(),
)
def test_what_says_where_things_are_is_inherited(name: str) -> None:
    """Without it programs are not found, do not load or speak another language."""
    assert chosen({name: "x"}, ALWAYS) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    """DATABASE_URL PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE DJANGO_SETTINGS_MODULE FLASK_DEBUG
    FLASK_ENV PROCRUN_PORT PORT PS PWD OLDPWD SHLVL _ TERM CI PYTEST_CURRENT_TEST LD_PRELOAD
    DYLD_LIBRARY_PATH __PYVENV_LAUNCHER__ SSL_CERT_FILE XDG_RUNTIME_DIR AWS_SECRET_ACCESS_KEY path
    COVERAGE LC MYPATH PATHS""".split(),
)
def test_what_a_developer_has_exported_is_not(name: str) -> None:
    """It would make a test pass on his machine alone."""
    assert chosen({name: "x"}, ALWAYS) == {}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("DOCKER_*", ["DOCKER_HOST", "DOCKER_"]),
        ("DOCKER_HOS?", ["DOCKER_HOST"]),
        ("docker_*", []),
        ("X", ["X"]),
        ("NONESUCH", []),
        ("*", ["DOCKER_HOST", "DOCKER_", "X", "MY_DOCKER_HOST"]),
    ],
)
def test_more_can_be_named(pattern: str, names: list[str]) -> None:
    """By name or by pattern; a name that is not set is nothing, case counts."""
    caller = {"DOCKER_HOST": "1", "DOCKER_": "2", "X": "3", "MY_DOCKER_HOST": "4"}

    assert list(chosen(caller, [pattern])) == names


@given(environments, st.lists(st.text("AP_*?", max_size=3)))
def test_nothing_is_changed_on_the_way(caller: dict[str, str], patterns: list[str]) -> None:
    """Whatever the patterns are, what is inherited is part of what was there."""
    assert chosen(caller, patterns).items() <= caller.items()
    assert chosen(caller, patterns) == chosen(chosen(caller, patterns), patterns)


@pytest.mark.parametrize(
    ("interpreter", "before", "after"),
    [
        pytest.param(
            VENV,
            {"PATH": "/usr/bin:/bin"},
            {"PATH": "/app/.venv/bin:/usr/bin:/bin", "VIRTUAL_ENV": "/app/.venv"},
            id="not activated",
        ),
        pytest.param(
            VENV,
            {"PATH": "/app/.venv/bin:/usr/bin", "VIRTUAL_ENV": "/app/.venv"},
            {"PATH": "/app/.venv/bin:/usr/bin", "VIRTUAL_ENV": "/app/.venv"},
            id="activated",
        ),
        pytest.param(
            VENV,
            {"PATH": "/pyenv/shims:/app/.venv/bin:/bin", "VIRTUAL_ENV": "/app/.venv"},
            {"PATH": "/app/.venv/bin:/pyenv/shims:/bin", "VIRTUAL_ENV": "/app/.venv"},
            id="activated, then overtaken",
        ),
        pytest.param(
            VENV,
            {"PATH": "/conda/bin:/bin", "CONDA_PREFIX": "/conda"},
            {
                "PATH": "/app/.venv/bin:/conda/bin:/bin",
                "CONDA_PREFIX": "/conda",
                "VIRTUAL_ENV": "/app/.venv",
            },
            id="conda's base is active",
        ),
        pytest.param(
            VENV,
            {"PATH": "/other/bin:/bin", "VIRTUAL_ENV": "/other"},
            {"PATH": "/app/.venv/bin:/other/bin:/bin", "VIRTUAL_ENV": "/app/.venv"},
            id="another one is active",
        ),
        pytest.param(
            VENV,
            {},
            {"PATH": "/app/.venv/bin:/bin:/usr/bin", "VIRTUAL_ENV": "/app/.venv"},
            id="no PATH",
        ),
        pytest.param(
            PLAIN,
            {"PATH": "/usr/bin"},
            {"PATH": "/opt/python/bin:/usr/bin"},
            id="a Python that is not on the PATH",
        ),
        pytest.param(
            PLAIN,
            {"PATH": "/usr/bin:/opt/python/bin"},
            {"PATH": "/usr/bin:/opt/python/bin"},
            id="a Python that is on the PATH",
        ),
        pytest.param(
            PLAIN,
            {"PATH": "/usr/bin", "VIRTUAL_ENV": "/other"},
            {"PATH": "/opt/python/bin:/usr/bin", "VIRTUAL_ENV": "/other"},
            id="no virtual environment to tell of",
        ),
    ],
)
def test_the_app_gets_the_python_of_the_tests(
    interpreter: Interpreter, before: dict[str, str], after: dict[str, str]
) -> None:
    """Whether its virtual environment is activated, overtaken, or unknown to the shell."""
    assert with_programs_of(interpreter, before) == after
    assert with_programs_of(interpreter, after) == after
