"""Files that the author of an app wrote, as they are read from its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.core.app_json import EMPTY
from procrun.errors import ConfigError
from procrun.inputs import read_app_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestAppJson:
    """`app.json`, which need not be there."""

    def test_without_one_there_is_nothing_to_know(self, app: Path) -> None:
        """Nor in a folder that is not there."""
        assert read_app_json("app.json") == EMPTY
        assert read_app_json(str(app / "none" / "app.json")) == EMPTY

    def test_a_byte_order_mark_is_no_part_of_it(self, app: Path) -> None:
        """Windows editors put one first."""
        (app / "app.json").write_bytes(b'\xef\xbb\xbf{"env": {"A": "x"}}')

        assert read_app_json("app.json").env == {"A": "x"}

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b"", "sub/app.json: the file is empty"),
            (b"\xef\xbb\xbf", "sub/app.json: the file is empty"),
            (b"{\n\xff}", "sub/app.json:2: not UTF-8: byte 0xff"),
            (b'{"env":\n1}', "sub/app.json:1: env: there should be an object here"),
        ],
        ids=str,
    )
    def test_mistakes_name_it_as_it_is_seen_from_here(
        self, app: Path, content: bytes, complaint: str
    ) -> None:
        """By its path from the current folder."""
        (app / "sub").mkdir()
        (app / "sub/app.json").write_bytes(content)

        for path in ("./sub/app.json", str(app / "sub/app.json")):
            with pytest.raises(ConfigError) as caught:
                read_app_json(path)
            assert [str(problem) for problem in caught.value.problems] == [complaint]

    def test_what_cannot_be_read_is_told(self, app: Path) -> None:
        """A folder of that name is no app.json."""
        (app / "app.json").mkdir()

        with pytest.raises(ConfigError, match=r"^app\.json: Is a directory\n"):
            read_app_json("app.json")
