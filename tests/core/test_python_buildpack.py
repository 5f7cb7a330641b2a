"""What a Python app's dynos have from the buildpack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.dyno_size import SIZES, DynoSize
from procrun.core.python_buildpack import at_boot, web_concurrency

ECO = SIZES["eco"]


@pytest.mark.parametrize(
    ("size", "memory", "workers"),
    [
        ("eco", 512, 2),
        ("basic", 512, 2),
        ("standard-1x", 512, 2),
        ("standard-2x", 1024, 4),
        ("private-s", 1024, 4),
        ("performance-m", 2560, 5),
        ("performance-l", 14336, 17),
        ("performance-l-ram", 30720, 9),
        ("performance-xl", 63488, 17),
        ("performance-2xl", 129024, 33),
    ],
)
def test_workers_and_memory_are_those_of_the_size(size: str, memory: int, workers: int) -> None:
    """As the buildpack computes them there."""
    made = at_boot({}, "/app", SIZES[size], uses_pip=False)

    assert (made["DYNO_RAM"], made["WEB_CONCURRENCY"]) == (str(memory), str(workers))
    assert made["WEB_CONCURRENCY_SET_BY"] == "heroku/python"


@given(st.integers(1, 10**6), st.integers(1, 256))
def test_there_is_always_a_worker_and_never_one_too_many(memory: int, cores: int) -> None:
    """For any size."""
    workers = web_concurrency(DynoSize(memory, cores))

    assert 1 <= workers <= cores * 2 + 1
    assert workers == 1 or workers * 256 <= memory


def test_some_are_set_whatever_the_config_vars_say() -> None:
    """The buildpack exports them after those."""
    fixed = {"PYTHONUNBUFFERED": "true", "FORWARDED_ALLOW_IPS": "*", "DYNO_RAM": "512"}
    made = at_boot(dict.fromkeys(fixed, "mine"), "/app", ECO, uses_pip=False)

    assert {name: made[name] for name in fixed} == fixed


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("PYTHONPATH", "/app"),
        ("LANG", "en_US.UTF-8"),
        ("GUNICORN_CMD_ARGS", "--access-logfile -"),
    ],
)
def test_some_are_defaults(name: str, default: str) -> None:
    """A config var wins, but not an empty one."""
    assert at_boot({}, "/app", ECO, uses_pip=False)[name] == default
    assert at_boot({name: ""}, "/app", ECO, uses_pip=False)[name] == default
    assert name not in at_boot({name: "mine"}, "/app", ECO, uses_pip=False)


@pytest.mark.parametrize("value", ["7", ""])
def test_workers_that_are_set_stay(value: str) -> None:
    """Even to nothing, which counts as set."""
    made = at_boot({"WEB_CONCURRENCY": value}, "/app", ECO, uses_pip=False)

    assert not made.keys() & {"WEB_CONCURRENCY", "WEB_CONCURRENCY_SET_BY"}


def test_pip_is_told_only_where_the_app_uses_it() -> None:
    """Other tools are not."""
    name = "PIP_DISABLE_PIP_VERSION_CHECK"

    assert at_boot({}, "/app", ECO, uses_pip=True)[name] == "1"
    assert name not in at_boot({}, "/app", ECO, uses_pip=False)


def test_nothing_names_a_python_that_is_not_here() -> None:
    """What would break a laptop's."""
    made = at_boot({}, "/app", ECO, uses_pip=True)

    assert not made.keys() & {"PYTHONHOME", "LIBRARY_PATH", "LD_LIBRARY_PATH", "PATH"}
