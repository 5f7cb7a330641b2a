"""The mark that somebody has decided whether stores trust the authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrun.certificates.making import ensure_authority
from procrun.certificates.trust_mark import hint, is_decided, mark

if TYPE_CHECKING:
    from pathlib import Path

URLS = ("https://shop.localhost:5443", "http://127.0.0.1:5000")


def test_it_is_of_one_authority(data: Path) -> None:
    """Without one there is none, and with another one it is worth nothing."""
    mark()
    assert not is_decided()
    ensure_authority()
    assert not is_decided()
    mark()
    assert is_decided()

    (data / "ca-key.pem").unlink()
    ensure_authority()
    assert not is_decided()


def test_the_hint_is_for_https_that_browsers_warn_of() -> None:
    """Elsewhere there is none."""
    assert hint(URLS, told=False) == " (browsers: `procrun ca trust`)"
    assert hint(URLS, told=True) == ""
    assert hint(URLS[1:], told=False) == ""
