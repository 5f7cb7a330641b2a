"""What the texts of options mean, good ones and bad ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from procrun.pytest_plugin.texts import address, count, folder, one_of, seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def among_words(name: str, given: str) -> str:
    """One of two words."""
    return one_of(name, given, ("worker", "run"))


@pytest.mark.parametrize(
    ("read", "given", "meaning"),
    [
        (among_words, " run ", "run"),
        (seconds, "20.5", 20.5),
        (count, "2", 2),
        (address, "", ""),
        (address, "https://shop.example/de/", "https://shop.example/de"),
        (address, "http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_a_good_text_has_a_meaning(
    read: Callable[[str, str], object], given: str, meaning: object
) -> None:
    """Blanks around words and a slash at the end do not count."""
    assert read("option", given) == meaning


@pytest.mark.parametrize(
    ("read", "given", "words"),
    [
        (among_words, "all", "'all' is none of worker, run"),
        *((seconds, text, "must be a number of seconds, such as 30") for text in ("soon", "0")),
        *(
            (seconds, text, "must be a number of seconds, such as 30")
            for text in ("nan", "inf", "86401")
        ),
        *((count, text, f"{text!r} is no number of lines") for text in ("0", "few", "-1", "²")),
        (address, "localhost:5000", "'localhost:5000' is no address, such as http://127.0.0.1:"),
        *(
            (address, text, f"{text!r} is no address")
            for text in ("http://", "http://a:x/", "ftp://a/", "http://a/?b", "http://a b/")
        ),
        (folder, "/nowhere at all", "there is no folder /nowhere at all"),
    ],
)
def test_a_bad_text_is_told_with_the_name_of_its_option(
    read: Callable[[str, str], object], given: str, words: str
) -> None:
    """And what is wrong with it."""
    with pytest.raises(pytest.UsageError, match=re.escape(f"option: {words}")):
        read("option", given)


def test_a_folder_has_one_name(tmp_path: Path) -> None:
    """However it was written."""
    assert folder("option", f"{tmp_path}/../{tmp_path.name}/") == str(tmp_path)
