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
    described_edit,
    difference,
    encode,
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
)


def release(version: int, status: str = SUCCEEDED) -> Release:
    """One with that number."""
    return Release(version, 0.0, "me", "Set A config vars", status, {}, {})


@given(RELEASES)
def test_a_record_comes_out_as_it_went_in(release: Release) -> None:
    """Whatever is in its texts, it is one line."""
    assert decode(encode(release)) == release
    assert encode(release).count(b"\n") == 1


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


def test_a_rollback_goes_back_to_the_last_good_one_before_the_newest() -> None:
    """Which is what the dynos still run, where the newest has failed."""
    assert to_go_back_to([release(3), release(2), release(1)], None).version == 2
    assert to_go_back_to([release(3), release(2, FAILED), release(1)], None).version == 1
    assert to_go_back_to([release(3, FAILED), release(2), release(1)], None).version == 2
    assert to_go_back_to([release(3), release(2), release(1)], 1).version == 1
    assert to_go_back_to([release(3), release(2), release(1)], None, edited=True).version == 3


@pytest.mark.parametrize(
    ("releases", "version", "message"),
    [
        ([], None, "there is no release to roll back to"),
        ([release(1)], None, "there is no release to roll back to"),
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
    releases = [release(4), release(3).replace(file="b"), release(2)]

    assert to_go_back_to(releases, None).version == 2
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
