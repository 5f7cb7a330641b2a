"""Ports: what people write for one, and which one a dyno gets."""

from __future__ import annotations

import pytest

from procrun.core.ports import parse_port, port
from procrun.core.procfile import ProcessType
from procrun.errors import ConfigError

WORKER = ProcessType("worker", "work", line=2, index=1)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("5000", 5000), ("65535", 65535)])
def test_a_port_is_a_number_up_to_65535(text: str, number: int) -> None:
    """Every number that the system knows as a port is taken, 0 for a free one included."""
    assert parse_port(text, "PORT") == number


@pytest.mark.parametrize("text", ["", "abc", "65536", "-1", "5000 ", "5e3", "9" * 5000])
def test_anything_else_is_an_error_that_says_where(text: str) -> None:
    """The error says where the value stands, what it is, and what it should be."""
    with pytest.raises(ConfigError, match=r"^\.env:3: .* is not a port\n") as caught:
        parse_port(text, ".env:3")

    assert "65535" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("base", "number", "expected"),
    [(5000, 1, 5100), (5000, 3, 5102), (5000, 100, 5199), (65435, 1, 65535)],
)
def test_a_dyno_gets_a_hundred_per_type_and_one_per_number(
    base: int, number: int, expected: int
) -> None:
    """The port is the base, a hundred for each type before, and the dyno's number less one."""
    assert port(base, WORKER, number) == expected


def test_a_port_above_65535_is_an_error_that_names_the_dyno() -> None:
    """The error names the dyno and the port that it would get."""
    with pytest.raises(ConfigError) as caught:
        port(65435, WORKER, 2)

    assert caught.value.message == "worker.2 would get port 65536, above 65535"
    assert "-p" in caught.value.problems[0].hint
