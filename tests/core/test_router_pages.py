"""The pages of the router."""

from __future__ import annotations

import pytest

from procrun.core import router_errors
from procrun.core.router_errors import APP_CRASHED, BAD_EXPECT, BAD_LENGTH, MAINTENANCE, Failure
from procrun.core.router_pages import answer, page

ALL = [value for value in vars(router_errors).values() if isinstance(value, Failure)]


@pytest.mark.parametrize("failure", ALL, ids=lambda failure: failure.code)
def test_a_page_names_its_failure_and_needs_no_network(failure: Failure) -> None:
    """Each of them can be shown."""
    text = page(failure).decode()

    assert f"{failure.code}: {failure.desc}" in text
    assert "//" not in text
    assert "{" not in text.replace("{ ", "")


def test_an_error_and_maintenance_look_different() -> None:
    """One says where to look."""
    assert b"<title>Application Error</title>" in page(APP_CRASHED)
    assert b"procrun logs --tail" in page(APP_CRASHED)
    assert b"<title>Offline for Maintenance</title>" in page(MAINTENANCE)


def test_a_page_of_the_app_is_shown_in_a_frame() -> None:
    """Its address cannot leave its attribute."""
    text = page(APP_CRASHED, 'https://a/?x="><script>&y')

    assert b'<iframe src="https://a/?x=&quot;&gt;&lt;script&gt;&amp;y"></iframe>' in text
    assert b"<title>Application Error</title>" in text
    assert b"<title>Offline for Maintenance</title>" in page(MAINTENANCE, "https://a/")


def test_an_answer_has_a_length_and_no_cache() -> None:
    """To HEAD, the same head alone."""
    whole = answer(BAD_LENGTH, b"12345", "text/plain", close=True)

    head, _, body = whole.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 502 Bad Gateway",
        b"Server: Heroku",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: 5",
        b"Cache-Control: no-cache, no-store",
        b"Via: 1.1 heroku-router",
        b"Connection: close",
    ]
    assert body == b"12345"
    assert answer(BAD_LENGTH, b"12345", "text/plain", close=True, head=True) == whole[:-5]
    assert b"Connection" not in answer(BAD_EXPECT, b"", "text/plain", close=False)
