"""What can be asked of a running app, and how it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.commands import (
    ANSWERS,
    LOGS,
    PS,
    ROUTES,
    VERBS,
    VERSION,
    WAIT,
    AddressInUse,
    BadRequest,
    Request,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    lasts,
    matching,
    refusal,
    refused,
)
from procrun.errors import ConfigError, Problem, ProcrunError, UsageError

DYNOS = ["web.1", "web.2", "worker.1", "web-api.1"]

texts = st.text(max_size=20)
requests = st.builds(
    Request,
    st.sampled_from(VERBS),
    st.lists(texts, max_size=4).map(tuple),
    st.dictionaries(texts, texts | st.integers() | st.booleans(), max_size=3).map(
        lambda options: tuple(options.items())
    ),
)


def line(**fields: object) -> bytes:
    """The line of a request with these fields beside those that it needs."""
    return json.dumps({"version": VERSION, "verb": "ps", **fields}).encode()


@given(requests)
def test_a_request_comes_out_as_it_went_in(request: Request) -> None:
    """Whatever is in its texts, it is one line."""
    encoded = encode_request(request)

    assert encoded.count(b"\n") == 1
    assert decode_request(encoded) == request


@given(st.binary() | st.recursive(st.none() | st.integers() | texts, st.lists).map(json.dumps))
def test_garbage_is_a_bad_request_and_nothing_else(garbage: bytes | str) -> None:
    """No other error comes out, whatever comes in."""
    with pytest.raises(BadRequest):
        decode_request(garbage.encode() if isinstance(garbage, str) else garbage)


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        pytest.param(b"", "not a JSON object", id="nothing"),
        pytest.param(b"[1]", "not a JSON object", id="a list"),
        pytest.param(b"\xff\xfe{}", "not a JSON object", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "not a JSON object", id="deep"),
        pytest.param(b'{"version": ' + b"9" * 5000 + b"}", "not a JSON object", id="long number"),
        pytest.param(line(version=VERSION + 1), "version 1 of the protocol", id="newer"),
        pytest.param(line(version=None), "version 1 of the protocol", id="no version"),
        pytest.param(line(verb="eat"), "unknown verb", id="unknown verb"),
        pytest.param(line(verb=["ps"]), "unknown verb", id="verb is no text"),
        pytest.param(line(names="web"), "names must be a list of text", id="names"),
        pytest.param(line(names=[1]), "names must be a list of text", id="name"),
        pytest.param(line(options=[]), "options must be an object", id="options"),
        pytest.param(line(options={"lines": 1.5}), "options must be text", id="option"),
        pytest.param(line(options={"lines": None}), "options must be text", id="null"),
    ],
)
def test_a_bad_request_says_what_is_wrong(request_: bytes, what: str) -> None:
    """For whoever writes a client."""
    with pytest.raises(BadRequest, match=what):
        decode_request(request_)


def test_who_follows_something_stays() -> None:
    """Other requests are over soon, or with what they ask for."""
    tail = Request(LOGS, (), (("tail", True),))

    assert [lasts(each) for each in (Request(ROUTES), Request(WAIT), tail)] == [True] * 3
    assert not lasts(Request(LOGS, (), (("tail", False),)))
    assert not lasts(Request(PS))
    assert not lasts(Request(ROUTES, (), ((ANSWERS, True),)))  # the app's own router


def test_options_are_read_by_what_they_are() -> None:
    """One that is not given, or of another kind, has its default."""
    request = Request(LOGS, (), (("lines", 3), ("dyno", "web.1"), ("tail", True)))

    assert request.number("lines", 100) == 3
    assert request.number("dyno", 100) == 100
    assert request.text("dyno") == "web.1"
    assert request.text("lines") == request.text("type") == ""
    assert request.option("tail") is True
    assert request.option("type") is None


@pytest.mark.parametrize(
    "error",
    [
        ProcrunError("it is so", "Do that."),
        UsageError("it is so"),
        AddressInUse("it is so"),
        ConfigError([Problem("", "it is so", "Do that."), Problem("Procfile:3", "and so")]),
    ],
    ids=["plain", "usage", "address", "two problems"],
)
def test_a_refusal_carries_the_error_to_the_client(error: ProcrunError) -> None:
    """Text, hint and exit code; of several problems all."""
    reply = decode_reply(encode_reply(refusal(error)))
    arrived = refused(reply)

    assert reply["last"] is True
    assert arrived is not None
    assert arrived.message == "; ".join(str(problem) for problem in error.problems)
    assert arrived.hint == error.problems[0].hint
    assert arrived.exit_code == error.exit_code
    assert isinstance(arrived, AddressInUse) is isinstance(error, AddressInUse)


def test_another_reply_is_no_refusal() -> None:
    """Nor one that says that something failed."""
    assert refused({"text": "web.1 stopped", "failed": True}) is None


@pytest.mark.parametrize(
    ("names", "dynos"),
    [
        ([], DYNOS),
        (["web.1"], ["web.1"]),
        (["web"], ["web.1", "web.2"]),
        (["worker", "web.2"], ["web.2", "worker.1"]),
        (["web", "web.1", "web"], ["web.1", "web.2"]),
        (["web*"], ["web.1", "web.2", "web-api.1"]),
        (["*.1"], ["web.1", "worker.1", "web-api.1"]),
        (["w??"], ["web.1", "web.2"]),
        (["*"], DYNOS),
    ],
    ids=str,
)
def test_names_mean_dynos(names: list[str], dynos: list[str]) -> None:
    """By dyno, type or pattern; each once, in the app's order."""
    assert matching(names, DYNOS) == dynos


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("wroker", "Did you mean worker? There are web.1, web.2, worker.1, web-api.1."),
        ("web.3", "Did you mean web.2? There are web.1, web.2, worker.1, web-api.1."),
        ("WEB", "Did you mean web? There are web.1, web.2, worker.1, web-api.1."),
        ("[w]eb", "Did you mean web? There are web.1, web.2, worker.1, web-api.1."),
        ("", "There are web.1, web.2, worker.1, web-api.1."),
    ],
)
def test_an_unknown_name_is_told_with_the_known_ones(name: str, hint: str) -> None:
    """And the closest, even beside names that are known."""
    with pytest.raises(ProcrunError) as raised:
        matching(["web", name], DYNOS)

    assert raised.value.message == f"nothing is called {name!r}"
    assert raised.value.hint == hint


def test_an_unknown_name_of_an_app_without_dynos() -> None:
    """Scaled down to nothing."""
    with pytest.raises(ProcrunError) as raised:
        matching(["web"], [])

    assert raised.value.hint == "There is no dyno at all."


@pytest.mark.timeout(5)
@pytest.mark.parametrize("name", ["?" * 1_000_000, "*a" * 500_000, "w" * 1_000_000])
def test_a_name_without_end_costs_nothing(name: str) -> None:
    """It is none of ours, and is not repeated in full."""
    with pytest.raises(ProcrunError) as raised:
        matching([name], DYNOS)

    assert len(raised.value.message) < 100
