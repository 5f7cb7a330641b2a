"""The files of an export on disk: whole, private from the first byte, and only what changed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from procrun.errors import USAGE, ConfigError
from procrun.export import marks
from procrun.export.comparing import differences
from procrun.export.file import PUBLIC, SECRET, File
from procrun.export.writing import (
    Change,
    NotWritten,
    Target,
    converted,
    leftovers,
    stream,
    targets,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = [File("shop.target", "[Unit]\n"), File("env/web.1", "SECRET=x\n", SECRET)]


def written(folder: Path, *files: File) -> list[Target]:
    """What became of these files, which are written now."""
    planned = targets(files or FILES, str(folder))
    write(planned)
    return planned


def modes(folder: Path) -> dict[str, int]:
    """The mode of each file below a folder."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in found}


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The test runs under it."""
    mask: int = request.param
    before = os.umask(mask)
    yield mask
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_modes_are_those_of_the_files_whatever_the_umask(tmp_path: Path) -> None:
    """Neither more nor less."""
    written(tmp_path / "units")

    assert modes(tmp_path / "units") == {"shop.target": PUBLIC, "env/web.1": SECRET}


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    """As a new file, so that nobody reads on in one that was opened before."""
    (tmp_path / "shop.env").write_text("A=1\n", encoding="utf-8")
    (tmp_path / "shop.env").chmod(0o644)
    before = (tmp_path / "shop.env").stat().st_ino

    written(tmp_path, File("shop.env", "A=1\n", SECRET))

    assert modes(tmp_path) == {"shop.env": SECRET}
    assert (tmp_path / "shop.env").stat().st_ino != before


def test_what_is_the_same_is_not_touched(tmp_path: Path) -> None:
    """Not even its time."""
    written(tmp_path)
    (tmp_path / "shop.target").write_text("other\n", encoding="utf-8")
    before = (tmp_path / "env" / "web.1").stat()

    planned = written(tmp_path)

    after = (tmp_path / "env" / "web.1").stat()
    assert [each.change for each in planned] == [Change.WRITTEN, Change.UNCHANGED]
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (tmp_path / "shop.target").read_text(encoding="utf-8") == "[Unit]\n"


def test_a_file_that_keeps_what_is_there_is_written_only_where_nothing_is(tmp_path: Path) -> None:
    """Such as a Dockerfile; it is no difference either."""
    dockerfile = File("Dockerfile", "FROM a\n", keeps=True)

    assert written(tmp_path, dockerfile)[0].change is Change.WRITTEN
    (tmp_path / "Dockerfile").write_text("FROM b\n", encoding="utf-8")
    planned = written(tmp_path, dockerfile)

    assert planned[0].change is Change.KEPT
    assert (tmp_path / "Dockerfile").read_text(encoding="utf-8") == "FROM b\n"
    assert differences(planned, ()) == ""


def test_a_file_may_have_a_folder_of_its_own(tmp_path: Path) -> None:
    """Beside the app, where the others are not."""
    written(tmp_path / "units", File("Dockerfile", "FROM a\n", place=str(tmp_path / "app")))

    assert modes(tmp_path) == {"app/Dockerfile": PUBLIC}


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a//b", "", ".", "a/", "a\0b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written then, not even what comes before it."""
    with pytest.raises(ConfigError, match="is no name of a file below"):
        written(tmp_path / "units", FILES[0], File(name, "x"))

    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What it leads to stays as it is."""
    (tmp_path / "own").write_text("mine\n", encoding="utf-8")
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "shop.target").symlink_to(tmp_path / "own")

    planned = written(tmp_path / "units")

    assert planned[0].replaces_link
    assert not (tmp_path / "units" / "shop.target").is_symlink()
    assert (tmp_path / "own").read_text(encoding="utf-8") == "mine\n"


def test_only_the_folder_that_was_named_is_searched_for_leftovers(tmp_path: Path) -> None:
    """In the app's own folder may be what another export wrote there."""
    written(tmp_path / "app", marked("shop.env", "compose"))
    dockerfile = File("Dockerfile", "FROM a\n", place=str(tmp_path / "app"), keeps=True)

    planned = written(tmp_path / "deploy", marked("compose.yaml", "compose"), dockerfile)

    assert leftovers(planned, str(tmp_path / "deploy"), "shop", "compose") == []


class TestSomebodyElses:
    """Files that are there and that no export of this app wrote."""

    def test_they_are_not_replaced(self, tmp_path: Path) -> None:
        """All of them are told, and nothing is written."""
        there = [
            File("compose.yaml", "services: {}\n"),
            marked("shop.env", "systemd"),
            marked("shop.yaml", "compose", "shop-eu"),
        ]
        written(tmp_path, *there)
        ours = [marked(file.name, "compose") for file in there]

        with pytest.raises(NotWritten) as caught:
            written(tmp_path, *ours, marked("new", "compose"))

        told = [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]
        assert told == [
            "compose.yaml: is there, and procrun did not write it",
            "shop.env: is there, and `procrun export systemd --app shop` wrote it",
            "shop.yaml: is there, and `procrun export compose --app shop-eu` wrote it",
        ]
        assert not (tmp_path / "new").exists()
        assert (tmp_path / "compose.yaml").read_text(encoding="utf-8") == "services: {}\n"

    def test_they_differ_and_what_is_in_them_is_not_shown(self, tmp_path: Path) -> None:
        """Nobody knows what that is."""
        written(tmp_path, File("compose.yaml", "password: secret\n"))
        ours = [marked("compose.yaml", "compose")]

        text = differences(targets(ours, str(tmp_path), only_compares=True), ())

        assert text == f"{tmp_path}/compose.yaml: procrun did not write it\n"

    def test_our_own_are_replaced_and_so_is_what_a_file_without_a_header_finds(
        self, tmp_path: Path
    ) -> None:
        """Of a template of the user's, or of another's exporter, nobody can tell whose it is."""
        written(tmp_path, marked("compose.yaml", "compose"), File("run", "a\n"))

        planned = written(tmp_path, marked("compose.yaml", "compose", more="y"), File("run", "b\n"))

        assert [target.change for target in planned] == [Change.WRITTEN, Change.WRITTEN]


def test_a_folder_below_that_is_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """The folder that was named may be one."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "units").symlink_to(tmp_path / "elsewhere")
    written(tmp_path / "units", FILES[0])
    (tmp_path / "units" / "env").symlink_to(tmp_path)

    with pytest.raises(ConfigError, match="env: is a symbolic link"):
        written(tmp_path / "units")


def test_all_that_is_in_the_way_is_told_at_once(tmp_path: Path) -> None:
    """And nothing is written."""
    (tmp_path / "env").write_text("", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    files = (*FILES, File("pipe", ""), File("folder", ""), File("shop.target", ""))

    with pytest.raises(ConfigError) as caught:
        written(tmp_path, *files)

    told = [str(problem) for problem in caught.value.problems]
    assert [text.split("\n")[0].removeprefix(f"{tmp_path}/") for text in told] == [
        "env/web.1: Not a directory",
        "pipe: is there and is no file",
        "folder: is there and is no file",
        "'shop.target' is made twice",
    ]
    assert not (tmp_path / "shop.target").exists()


@pytest.mark.parametrize("name", ["units", "units/more/of/it"])
def test_a_folder_that_is_a_file_is_told_once(tmp_path: Path, name: str) -> None:
    """However many files were to be in it."""
    (tmp_path / "units").write_text("", encoding="utf-8")

    with pytest.raises(NotWritten) as caught:
        written(tmp_path / name)

    assert caught.value.message == f"{tmp_path}/units: is no folder"


def test_a_folder_that_nothing_can_be_written_to_is_told_once() -> None:
    """However many files were to be in it."""
    planned = targets([File("a", "x"), File("b", "x")], "/proc/1")

    with pytest.raises(NotWritten) as caught:
        write(planned)

    assert caught.value.message.startswith("/proc/1: ")
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_name_that_is_a_file_and_a_folder_is_refused(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """Before anything is written."""
    with pytest.raises(NotWritten, match="is a file and a folder"):
        written(tmp_path, *(File(name, "x") for name in names))

    assert list(tmp_path.iterdir()) == []


def test_what_killed_exports_have_left_is_removed(tmp_path: Path) -> None:
    """Once no export can be at work on it any more."""
    old, new = tmp_path / ".procrun-1-0.new", tmp_path / ".procrun-2.new"
    for path in (old, new):
        path.write_text("secret", encoding="utf-8")
    os.utime(old, (0, 0))

    written(tmp_path, FILES[0])

    assert (old.exists(), new.exists()) == (False, True)


def test_what_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the files that could be; nothing temporary stays."""
    written(tmp_path, FILES[0])
    opened = os.open

    def full(path: str, flags: int, mode: int = 0o777) -> int:
        if "/env/" in path:
            raise OSError(28, "No space left on device")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", full)  # a disk that is full needs root
    with pytest.raises(NotWritten, match="No space left on device"):
        written(tmp_path, FILES[0].replace(content="other\n"), FILES[1])

    assert modes(tmp_path) == {"shop.target": PUBLIC}
    assert (tmp_path / "shop.target").read_text(encoding="utf-8") == "[Unit]\n"


def test_files_of_other_exporters_are_for_their_owner_alone() -> None:
    """Nobody knows in which of them the secrets are."""
    from honcho.export.base import File as OfHoncho

    made = converted([OfHoncho("a", "x"), OfHoncho("b/run", "y", executable=True), FILES[0]])

    assert made == [File("a", "x", 0o600), File("b/run", "y", 0o700), FILES[0]]
    with pytest.raises(TypeError, match="without a name or a text"):
        converted([b"text"])
    for wrong in (File("a", "\udcff"), OfHoncho("a\udcff", "x")):
        with pytest.raises(UnicodeEncodeError):
            converted([wrong])


def marked(name: str, of_format: str = "systemd", app: str = "shop", more: str = "x") -> File:
    """A file of ours."""
    return File(name, f"# Written by `{marks.mark(of_format, app)}`.\n{more}\n")


def test_what_no_longer_belongs_is_found_by_its_name_and_its_header(tmp_path: Path) -> None:
    """Nobody else's file is: not of another app, whose name begins alike, or another format."""
    files = [marked("shop-web.1.env"), marked("shop-web.2.env")]
    others = [
        marked("shop-eu-web.1.env", app="shop-eu"),
        marked("shop-eu.target", app="shop-eu"),
        marked("shopping.env"),
        marked("shop.yaml", "kubernetes"),
        File("shop-own.service", "[Unit]\n"),
        File("shop-deploy.sh", "#!/bin/sh\nprocrun export systemd --app shop\n"),
    ]
    written(tmp_path, *files, *others)
    (tmp_path / "shop-link").symlink_to("shop-web.1.env")

    planned = targets(files[:1], str(tmp_path))

    found = leftovers(planned, str(tmp_path), "shop", "systemd")
    assert found == [str(tmp_path / "shop-web.2.env")]


class TestStream:
    """Everything on standard output."""

    def test_one_file_is_that_file(self) -> None:
        """So that it can be led into a file."""
        assert stream([File("a.conf", "x\ny")]) == "x\ny\n"

    def test_several_files_stand_behind_their_names(self) -> None:
        """With their modes."""
        assert stream(FILES) == (
            "# ==> shop.target (mode 0644)\n[Unit]\n# ==> env/web.1 (mode 0600)\nSECRET=x\n"
        )

    def test_files_of_yaml_are_documents_of_one(self) -> None:
        """As kubectl reads them."""
        files = [File("a.yaml", "a: 1\n"), File("b.yml", "b: 2\n")]

        assert stream(files) == (
            "# ==> a.yaml (mode 0644)\na: 1\n---\n# ==> b.yml (mode 0644)\nb: 2\n"
        )


class TestDifferences:
    """What `--diff` prints."""

    def test_nothing_is_printed_where_nothing_differs(self, tmp_path: Path) -> None:
        """So that the text tells it all."""
        assert differences(written(tmp_path), ()) != ""
        assert differences(targets(FILES, str(tmp_path)), ()) == ""

    def test_public_files_are_compared_line_by_line(self, tmp_path: Path) -> None:
        """As `diff -u` does it; a mode is a difference, too."""
        written(tmp_path)
        (tmp_path / "shop.target").chmod(0o600)
        (tmp_path / "shop.target").chmod(0o664)
        planned = targets([File("shop.target", "[Unit]\nA=b\n")], str(tmp_path))

        lines = differences(planned, ()).replace(f"{tmp_path}/", "").splitlines()

        assert lines[0] == "shop.target: mode 0664, not 0644"
        assert lines[1:3] == ["--- shop.target", "+++ shop.target"]
        assert lines[4:] == [" [Unit]", "+A=b", " "]

    def test_values_of_secret_files_are_not_printed(self, tmp_path: Path) -> None:
        """Names of variables are, and nothing else that looks like one."""
        before = "A=secret1\nB=same\nPEM='-----\nkeyMATERIAL==\n'\n"
        after = "A=secret2\nB=same\nPEM='-----\nkeyOTHER==\n'\n"
        written(tmp_path, File("env", before, SECRET))

        text = differences(targets([File("env", after, SECRET)], str(tmp_path)), {"A", "B"})

        assert text == f"{tmp_path}/env: secret; lines that differ: 4 (A)\n"

    @pytest.mark.parametrize("modes_of_both", [(SECRET, PUBLIC), (PUBLIC, SECRET)])
    def test_a_file_is_secret_if_it_was_or_will_be(
        self, tmp_path: Path, modes_of_both: tuple[int, int]
    ) -> None:
        """One of the two has values."""
        before, after = modes_of_both
        written(tmp_path, File("env", "A=one\n", before))

        text = differences(targets([File("env", "A=two\n", after)], str(tmp_path)), {"A"})

        assert "lines that differ: 2 (A)" in text
        assert "one" not in text
        assert "two" not in text

    def test_bytes_that_are_no_text_differ(self, tmp_path: Path) -> None:
        """Though nothing else does."""
        (tmp_path / "a").write_bytes(b"\xff\n")

        text = differences(targets([File("a", "\ufffd\n")], str(tmp_path)), ())

        assert "-\\xff\n+\ufffd\n" in text

    def test_what_cannot_be_read_is_trouble_as_for_diff(self, tmp_path: Path) -> None:
        """Its status is 2."""
        (tmp_path / "shop.target").mkdir()

        with pytest.raises(ConfigError) as caught:
            targets(FILES, str(tmp_path), only_compares=True)

        assert caught.value.exit_code == USAGE

    def test_a_new_secret_file_is_told_without_its_values(self, tmp_path: Path) -> None:
        """Only how many lines there are."""
        text = differences(targets(FILES, str(tmp_path)), {"SECRET"})

        assert f"{tmp_path}/env/web.1: not there\n" in text
        assert "SECRET=x" not in text
