"""What a dyno gets, and that nothing else does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from procrun.core import envfile
from procrun.core.dyno_environment import Platform, config_vars, environment
from procrun.core.dyno_size import SIZES
from procrun.core.names import DynoName

WEB_1 = DynoName("web", 1)
ECO = SIZES["eco"]
HERE = Platform("/app")

NAMES = st.from_regex(r"\A[A-Z_][A-Z0-9_]{0,6}\Z")
VALUES = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
VARIABLES = st.dictionaries(NAMES, VALUES, max_size=6)


def made(
    text: str = "", platform: Platform = HERE, caller: dict[str, str] | None = None
) -> dict[str, str]:
    """The environment of web.1 where the env file has that text."""
    files = [(".env", envfile.parse(text, ".env"))]
    config = config_vars(caller or {}, platform.root, files)
    return environment(config.values, platform, WEB_1, 5000, ECO)


def test_without_config_vars_there_is_only_what_the_platform_sets() -> None:
    """No PS, no DYNO, no TERM, nothing about colours."""
    assert made() == {
        "HOME": "/app",
        "PWD": "/app",
        "PORT": "5000",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }


@given(caller=VARIABLES, overrides=VARIABLES)
def test_of_the_caller_s_there_is_the_path_alone(
    caller: dict[str, str], overrides: dict[str, str]
) -> None:
    """Whatever it has, and every config var is as it was given."""
    config = config_vars(caller, "/app", [], overrides)
    found = environment(config.values, HERE, WEB_1, 5000, ECO)

    own = {"HOME", "PWD", "PORT", "PATH"}
    assert found.keys() == own | overrides.keys()
    assert {name: found[name] for name in overrides.keys() - own} == {
        name: value for name, value in overrides.items() if name not in own
    }


def test_what_the_platform_sets_beats_config_vars() -> None:
    """But for the PATH, which is a config var like others."""
    found = made("HOME=/h\nPWD=/p\nPORT=1\nPATH=/mine\n")

    assert found == {"HOME": "/app", "PWD": "/app", "PORT": "5000", "PATH": "/mine"}


def test_the_app_s_own_programs_come_first() -> None:
    """Once."""
    platform = HERE.replace(programs="/app/.venv/bin")

    path = made("", platform, {"PATH": "/bin:/app/.venv/bin:/usr/bin"})["PATH"]
    assert path == "/app/.venv/bin:/bin:/usr/bin"
    assert made("PATH=x:${PATH}", platform, {"PATH": "/bin"})["PATH"] == "/app/.venv/bin:x:/bin"


def test_an_empty_path_counts_as_none() -> None:
    """Or nothing would be found."""
    assert made("", caller={"PATH": ""})["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert made("PATH=")["PATH"] == "/usr/local/bin:/usr/bin:/bin"


def test_a_reference_in_a_file_does_not_see_the_caller_s() -> None:
    """But config vars above it and what the platform sets."""
    found = made("A=1\nB=${A}${SECRET}${NO:-x}\nC=${HOME}/c\n", caller={"SECRET": "s"})

    assert (found["B"], found["C"]) == ("1x", "/app/c")


def test_the_terminal_is_told_where_there_is_one() -> None:
    """A config var wins."""
    platform = HERE.replace(terminal="xterm")

    assert made("", platform)["TERM"] == "xterm"
    assert made("TERM=dumb", platform)["TERM"] == "dumb"


def test_the_name_is_told_where_a_router_is() -> None:
    """Apps take it for a router that speaks TLS."""
    assert made("", HERE.replace(has_router=True))["DYNO"] == "web.1"
    assert made("DYNO=x.1")["DYNO"] == "x.1"


def test_a_python_app_gets_what_its_buildpack_sets() -> None:
    """And other apps do not."""
    found = made("", HERE.replace(is_python=True, uses_pip=True))

    assert found["WEB_CONCURRENCY"] == "2"
    assert found["PIP_DISABLE_PIP_VERSION_CHECK"] == "1"
    assert found["PYTHONPATH"] == "/app"


def test_no_line_tells_of_replaced_variables() -> None:
    """None of the caller's was to be there."""
    files = [(".env", envfile.parse("PATH=/x\nHOME=/y\n", ".env"))]

    assert config_vars({"HOME": "/h"}, "/app", files).replaced == ()


def test_node_trusts_the_authority_of_the_router() -> None:
    """Besides all others, and where the config vars do not name one; nothing else is set."""
    platform = HERE.replace(authority="/data/ca.pem")

    assert made("", platform) == {**made(), "NODE_EXTRA_CA_CERTS": "/data/ca.pem"}
    assert made("NODE_EXTRA_CA_CERTS=/a.pem", platform)["NODE_EXTRA_CA_CERTS"] == "/a.pem"
