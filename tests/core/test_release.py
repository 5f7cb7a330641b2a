"""What releases are called, and which one a rollback means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.release import (
    EXPIRED,
    FAILED,
    PENDING,
    STATUSES,
    SUCCEEDED,
    Release,
    ago,
    current,
    decode,
    described,
    described_deploy,
    described_edit,
    difference,
    encode,
    is_the_same_app,
    parse_version,
    to_go_back_to,
)
from procrun.errors import ProcrunError, UsageError

CONFIGS = st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3)
RELEASES = st.builds(
    Release,
    st.integers(1, 9),
    st.floats(0, 1e10),
    st.text(max_size=3),
    st.text(max_size=9),
    st.sampled_from(STATUSES),
    CONFIGS,
    CONFIGS,
    st.text(max_size=3),
    st.text(max_size=3),
    st.text(max_size=3),
)


def release(version: int, status: str = SUCCEEDED) -> Release:
    """One with that number."""
    return Release(version, 0.0, "me", "Set A config vars", status, {}, {})


@given(RELEASES)
def test_a_record_comes_out_as_it_went_in(release: Release) -> None:
    """Whatever is in its texts, it is one line."""
    assert decode(encode(release)) == release
    assert encode(release).count(b"\n") == 1


@pytest.mark.parametrize("at", ["1e300", "NaN", "Infinity", "-1e18", "1" + "0" * 400])
def test_one_of_no_time_is_none(at: str) -> None:
    """No calendar has it."""
    record = encode(release(1)).replace(b'"at": 0.0', b'"at": ' + at.encode())

    assert decode(encode(release(1))) == release(1)
    assert decode(record) is None


@given(RELEASES, st.integers(0, 200))
def test_a_torn_record_is_none(release: Release, length: int) -> None:
    """Wherever it was torn."""
    record = encode(release)

    assert decode(record[: min(length, len(record) - 2)]) is None


@given(st.binary() | st.sampled_from([b"[]", b"{}", b'{"version": 1, "at": 1}']))
def test_garbage_is_no_record(garbage: bytes) -> None:
    """And no error either."""
    assert decode(garbage) is None


@given(CONFIGS, CONFIGS)
def test_a_difference_turns_one_into_the_other(
    before: dict[str, str], after: dict[str, str]
) -> None:
    """And has nothing that is the same in both."""
    changes = difference(before, after)

    result: dict[str, str | None] = {**before, **changes}
    assert {name: value for name, value in result.items() if value is not None} == after
    assert all(before.get(name) != value for name, value in changes.items())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"FOO": "1", "BAR": "2"}, "Set FOO, BAR config vars"),
        ({"FOO": None}, "Remove FOO config vars"),
        ({"FOO": "1", "BAR": None}, "Set FOO and remove BAR config vars"),
    ],
)
def test_a_change_is_described_as_heroku_does(changes: dict[str, str | None], text: str) -> None:
    """By names, never by values."""
    assert described(changes) == text
    assert described_edit(".env", changes) == f"Edit .env ({', '.join(changes)})"


def test_what_counts_is_the_last_that_succeeded() -> None:
    """A failed one, or one that is not done, does not."""
    assert current([release(4, FAILED), release(3), release(2)]) == release(3)
    assert current([release(1, PENDING)]) is None


@pytest.mark.parametrize(
    ("releases", "now", "version"),
    [
        ("A1 B2 C3", "C", 2),
        ("A1 b2 C3", "C", 1),
        ("A1 B2 c3", "C", 2),
        ("A1 B2 C3", "mine", 3),
        ("A1 B2 B3", "B", 1),
        ("A1 b2", "A", None),
    ],
)
def test_a_rollback_goes_back_to_the_last_good_one_with_other_values(
    releases: str, now: str, version: int | None
) -> None:
    """A deploy in between, of the same values, is none; small letters are what has failed."""
    found = [
        release(int(word[1:]), FAILED if word[0].islower() else SUCCEEDED).replace(
            written={"A": word[0].upper()}
        )
        for word in reversed(releases.split())
    ]

    if version is None:
        with pytest.raises(ProcrunError, match="no release to roll back to"):
            to_go_back_to(found, None, written={"A": now})
    else:
        assert to_go_back_to(found, None, written={"A": now}).version == version
    assert to_go_back_to(found, 1).version == 1


def test_a_deploy_is_told_by_its_commit() -> None:
    """Eight digits of it; without one it is a deploy all the same."""
    assert described_deploy("4c3bb32c" + 32 * "0") == "Deploy 4c3bb32c"
    assert described_deploy("") == "Deploy"


def test_an_app_is_another_one_with_other_code_or_values() -> None:
    """When and by whom it was released is of no account."""
    one = release(1).replace(commit="a", procfile="b")

    assert is_the_same_app(one, one.replace(version=2, at=9.0, by="other", description="Deploy"))
    for other in ({"commit": "x"}, {"procfile": "x"}, {"file": "x"}, {"written": {"A": "1"}}):
        assert not is_the_same_app(one, one.replace(**other))


@pytest.mark.parametrize(
    ("releases", "version", "message"),
    [
        ([], None, "there is no release to roll back to"),
        ([release(2)], 1, "there is no release v1"),
        ([release(2, EXPIRED)], 2, "v2 did not succeed: release expired"),
    ],
)
def test_a_rollback_to_what_is_not_there_is_refused(
    releases: list[Release], version: int | None, message: str
) -> None:
    """Likewise to what has failed."""
    with pytest.raises(ProcrunError, match=message):
        to_go_back_to(releases, version)


def test_a_rollback_stays_in_its_file() -> None:
    """What was in another one does not belong there."""
    releases = [release(4).replace(written={"A": "1"}), release(3).replace(file="b"), release(2)]

    assert to_go_back_to(releases, None, written={"A": "1"}).version == 2
    with pytest.raises(ProcrunError, match="v3 is of b, not of a"):
        to_go_back_to(releases, 3, "a")


def test_a_version_is_written_with_its_v_or_without() -> None:
    """Nothing else is one."""
    assert parse_version("v12") == parse_version("12") == 12
    for text in ("", "v", "v0", "-1", "vv1", "v1.2"):
        with pytest.raises(UsageError):
            parse_version(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "(~ 0s ago)"),
        (59, "(~ 59s ago)"),
        (60, "(~ 1m ago)"),
        (3599, "(~ 59m ago)"),
        (3600, "(~ 1h ago)"),
        (25 * 3600, "(~ 25h ago)"),
        (25 * 3600 + 1, ""),
    ],
)
def test_a_short_while_ago_is_told(seconds: float, text: str) -> None:
    """Up to 25 hours."""
    assert ago(seconds) == text
