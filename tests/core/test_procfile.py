"""Procfiles: what each means, what is refused and how, and where honcho's parser differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from honcho.environ import parse_procfile as honcho_parse
from hypothesis import example, given
from hypothesis import strategies as st

from procrun.core.names import LONGEST, is_process_type
from procrun.core.procfile import ProcessType, Procfile, parse
from procrun.core.text import decode
from procrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

OK = {"ok": "ok"}
WEB_OK = {"web": "web", "ok": "ok"}


def commands(procfile: Procfile) -> dict[str, str]:
    """The commands of a Procfile by name, in order."""
    return {process.name: process.command for process in procfile.types}


def outcome(text: str) -> dict[str, str] | list[str]:
    """The commands that a text means, or its problems."""
    try:
        return commands(parse(text))
    except ConfigError as error:
        return [str(problem) for problem in error.problems]


# The Procfiles on which foreman, honcho, overmind, hivemind, goreman, node-foreman, the heroku
# CLI and forego were compared: hardly two of them agree on what these mean.
SURVEY: dict[str, tuple[bytes, dict[str, str] | list[str]]] = {
    "comment": (b"# web: web\nok: ok\n", OK),
    "indented comment": (b"  # web: web\nok: ok\n", OK),
    "blank lines": (b"\n\nok: ok\n\n   ", OK),
    "leading blanks": (b"  web: web\nok: ok\n", WEB_OK),
    "blank before the colon": (b"web : web\nok: ok\n", WEB_OK),
    "no blank after the colon": (b"web:web\nok: ok\n", WEB_OK),
    "tab": (b"web:\tweb\nok: ok\n", WEB_OK),
    "CRLF": (b"web: web\r\nok: ok\r\n", WEB_OK),
    "byte order mark": (b"\xef\xbb\xbfweb: web\nok: ok\n", WEB_OK),
    "duplicate": (b"web: web1\nweb: web2\n", ["Procfile:2: web is on line 1 already"]),
    "dot in a name": (
        b"my.web: web\nok: ok\n",
        ["Procfile:1: 'my.web' cannot be the name of a process type"],
    ),
    "hyphen in a name": (b"my-web: web\nok: ok\n", {"my-web": "web", "ok": "ok"}),
    "underscore in a name": (b"my_web: web\nok: ok\n", {"my_web": "web", "ok": "ok"}),
    "blank in a name": (
        b"my web: web\nok: ok\n",
        ["Procfile:1: 'my web' cannot be the name of a process type"],
    ),
    "name that is not ASCII": (
        "wéb: web\nok: ok\n".encode(),
        ["Procfile:1: 'wéb' cannot be the name of a process type"],
    ),
    "garbage": (
        b"garbage here\nok: ok\n",
        ["Procfile:1: 'garbage here' is not a process type"],
    ),
    "trailing comment": (b"ok: ok # comment\n", {"ok": "ok # comment"}),
    "continuation": (
        b"web: web \\\n  TAG_cont\nok: ok\n",
        ["Procfile:2: 'TAG_cont' goes on from the line before"],
    ),
    "no newline at the end": (b"ok: ok", OK),
    "empty": (b"", ["Procfile: no process types"]),
    "no command": (b"web:\nok: ok\n", ["Procfile:1: web has no command"]),
    "blanks for a command": (b"web:  \nok: ok\n", ["Procfile:1: web has no command"]),
    "release": (b"release: release\nok: ok\n", {"release": "release", "ok": "ok"}),
    "pipe": (b"ok: echo a | tr a k\n", {"ok": "echo a | tr a k"}),
    "and and": (b"ok: cd / && ok && pwd\n", {"ok": "cd / && ok && pwd"}),
    "variable before": (b"ok: FOO=1 sh -c 'echo $FOO'\n", {"ok": "FOO=1 sh -c 'echo $FOO'"}),
    "dollar": (b"ok: echo $PORT; echo '$PORT'\n", {"ok": "echo $PORT; echo '$PORT'"}),
    "bashism": (b"ok: [[ 1 == 1 ]] && echo bash\n", {"ok": "[[ 1 == 1 ]] && echo bash"}),
}


@pytest.mark.parametrize(("raw", "expected"), SURVEY.values(), ids=SURVEY.keys())
def test_a_procfile_of_the_survey(raw: bytes, expected: dict[str, str] | list[str]) -> None:
    """Every Procfile either runs all that its author meant or names the line that cannot."""
    assert outcome(decode(raw, "Procfile")) == expected


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("web: curl http://x:80/a:b", "curl http://x:80/a:b", id="only first colon"),
        pytest.param("web:: x", ": x", id="the command may begin with a colon"),
        pytest.param("web: a\x0bb\x0cc\x1cd\x85e\u2028f", "a\x0bb\x0cc\x1cd\x85e\u2028f", id="vt"),
        pytest.param("web: a\rb\n", "a\rb", id="a lone CR ends no line"),
        pytest.param("web: \xa0a \t\r\n", "a", id="blanks around the command"),
        pytest.param("web: a \\\nok: b", "a \\", id="a backslash at the end stays"),
        pytest.param("web: a # \\\n\n  ok: b", "a # \\", id="nothing goes on after a blank line"),
        pytest.param("# a \\\n  web: b", "b", id="a comment does not go on"),
        pytest.param("web: #", "#", id="a comment of the shell is a command"),
        pytest.param(f"web: {'x' * 100_000}", "x" * 100_000, id="long"),
    ],
)
def test_a_command_is_kept_as_written(text: str, command: str) -> None:
    """Between the first colon and the newline everything but the blanks around it is command."""
    process = parse(text).get("web")

    assert process
    assert process.command == command


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("garbage", "'garbage' is not a process type", "NAME: COMMAND"),
        ("web = a", "'web = a' is not a process type", "NAME: COMMAND"),
        (": a", "'' cannot be the name of a process type", "letters, digits, - and _"),
        ("\ufeffweb: a", r"'\ufeffweb' cannot be the name of a process type", "letters"),
        (f"{'x' * 129}: a", f"'{'x' * 59}…' cannot be the name of a process type", "128"),
        ("web:", "web has no command", "after the colon"),
        ("web:\xa0", "web has no command", "after the colon"),
        ("web: a\0b", "the command of web contains a NUL byte", "Remove"),
        ("ok: \\\n--bind a:1", "'--bind a:1' goes on from the line before", "continuation"),
        ("ok: \\\n redis:7", "'redis:7' goes on from the line before", "continuation"),
        ("ok: \\ \t\r\ngarbage", "'garbage' goes on from the line before", "continuation"),
    ],
    ids=ascii,
)
def test_what_cannot_run_is_told_with_a_remedy(text: str, problem: str, hint: str) -> None:
    """A bad last line is one problem: where it is, what is wrong, and what to do."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "dev/Procfile")

    (found,) = caught.value.problems
    assert str(found) == f"dev/Procfile:{text.count(chr(10)) + 1}: {problem}"
    assert hint in found.hint


def test_all_problems_are_told_at_once_in_order() -> None:
    """A file with many mistakes is mended in one go."""
    text = "garbage\nweb:\n\nok: ok\n# fine\nmy.web: a\nok: b\nweb: c\nok: d\ngunicorn \\\n  -b x\n"

    assert outcome(text) == [
        "Procfile:1: 'garbage' is not a process type",
        "Procfile:2: web has no command",
        "Procfile:6: 'my.web' cannot be the name of a process type",
        "Procfile:7: ok is on line 4 already",
        "Procfile:8: web is on line 2 already",
        "Procfile:9: ok is on line 4 already",
        "Procfile:10: 'gunicorn \\\\' is not a process type",
        "Procfile:11: '-b x' goes on from the line before",
    ]


@pytest.mark.parametrize("text", ["", "\n", "# web: a\n", " \r\n\t\r\n"])
def test_a_procfile_without_process_types_is_an_error(text: str) -> None:
    """Blank lines and comments alone run nothing, and procrun says so."""
    assert outcome(text) == ["Procfile: no process types"]


def test_types_know_their_line_and_their_place() -> None:
    """Lines count from 1 with blanks and comments, places from 0 without them."""
    procfile = parse("\n# first\nrelease: migrate\n\nweb: serve\n")

    assert procfile.types == (
        ProcessType("release", "migrate", line=3, index=0),
        ProcessType("web", "serve", line=5, index=1),
    )


def test_release_is_a_type_but_no_service() -> None:
    """The release command is kept apart from what a formation is made of."""
    procfile = parse("web: serve\nrelease: migrate\nworker: work\n")

    assert procfile.names == ("web", "release", "worker")
    assert [process.name for process in procfile.services] == ["web", "worker"]
    assert procfile.release == procfile.get("release") == procfile.types[1]


def test_a_type_that_is_not_there_is_none() -> None:
    """Asking for an unknown type, or for a release command that is not there, gives None."""
    procfile = parse("web: serve\n")

    assert procfile.get("worker") is None
    assert procfile.release is None


names = st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True)
characters = st.characters(codec="utf-8", exclude_characters="\n\0")
written_commands = st.text(characters).map(str.strip).filter(bool)


@st.composite
def procfiles(draw: st.DrawFn) -> Procfile:
    """Procfiles as parse gives them for a text without blank lines."""
    pairs = draw(st.dictionaries(names, written_commands, min_size=1, max_size=5)).items()
    types = (ProcessType(name, command, i + 1, i) for i, (name, command) in enumerate(pairs))
    return Procfile(tuple(types))


# Lines of what means something to this parser or to another, so that many of them nearly parse.
pieces = st.sampled_from(
    [*"ab:# \t\\.-\r\0", "web", "é", "\xa0", "\x0c", "\x85", "\u2028", "\ufeff"]
)
junk_lines = st.lists(pieces, max_size=6).map("".join)
good_lines = st.tuples(st.sampled_from(["a", "web", "my-web", "_"]), pieces).map(":".join)
procfile_texts = st.text(max_size=60) | st.lists(
    good_lines | junk_lines | good_lines.map("{} x".format), max_size=6
).map("\n".join)


@given(procfiles())
def test_a_procfile_reads_back_what_it_prints(procfile: Procfile) -> None:
    """A printed Procfile means the same value."""
    assert parse(str(procfile)) == procfile


@given(procfile_texts)
def test_any_text_is_a_procfile_or_a_config_error(text: str) -> None:
    """Nothing but ConfigError is raised; what parses is the same after it was printed."""
    try:
        procfile = parse(text)
    except ConfigError as error:
        lines = [int(problem.where.partition(":")[2] or 1) for problem in error.problems]
    else:
        lines = [process.line for process in procfile.types]
        assert commands(parse(str(procfile))) == commands(procfile)

    assert lines
    assert lines == sorted(set(lines))


class Difference(NamedTuple):
    """Lines that mean something else to honcho, with one of them and the reason."""

    covers: Callable[[str, str], bool]  # of what is before and behind the first colon
    line: str
    honcho: dict[str, str]
    reason: str


DIFFERENCES = {
    "junk": Difference(
        lambda name, _: not is_process_type(name.strip()),
        "my.web: a",
        {},
        "honcho drops the line in silence: a typo, and the process is just not there",
    ),
    "too long": Difference(
        lambda name, _: len(name) > LONGEST,
        f"{'x' * 129}: a",
        {"x" * 129: "a"},
        "Heroku refuses the name",
    ),
    "blanks around the name": Difference(
        lambda name, _: name != name.strip(),
        "  web : a",
        {},
        "honcho drops the line in silence, but it is plain what it means",
    ),
    "no command": Difference(
        lambda _, command: not command.strip(),
        "web:  ",
        {"web": " "},
        "honcho drops `web:`, but runs `web:  `, which ends at once and stops all the others",
    ),
    "trailing blanks": Difference(
        lambda _, command: command.removesuffix("\r") != command.rstrip(),
        "web: a  ",
        {"web": "a  "},
        "they mean nothing to the shell, but would show in a log",
    ),
    "other line ends": Difference(
        lambda name, command: len(f"{name}:{command}".removesuffix("\r").splitlines()) > 1,
        "web: a\x0cb",
        {"web": "a"},
        "honcho cuts a command at a form feed, U+2028 and others; Heroku's lines end at LF",
    ),
    "NUL": Difference(
        lambda _, command: "\0" in command,
        "web: a\0b",
        {"web": "a\0b"},
        "no argument of a program can contain one: honcho fails when it starts the process",
    ),
}


def honcho_outcome(text: str) -> dict[str, str] | None:
    """The commands that honcho reads, None for a duplicate."""
    try:
        return dict(honcho_parse(text).processes)
    except AssertionError:
        return None


def is_listed(line: str) -> bool:
    """Whether a line is one of the differences; a comment is none unless honcho cuts it."""
    name, _, command = line.partition(":")
    if line.strip()[:1] in {"", "#"}:
        return DIFFERENCES["other line ends"].covers(name, command)
    return any(difference.covers(name, command) for difference in DIFFERENCES.values())


@given(procfile_texts)
@example("a:b\na:c")
def test_honcho_reads_every_line_that_is_not_listed_alike(text: str) -> None:
    """Without the listed lines both give the same commands, or both find a duplicate.

    One difference is not in a line: honcho takes an empty Procfile, starts nothing and exits 0.
    """
    alike = "\n".join(line for line in text.split("\n") if not is_listed(line))
    ours, theirs = outcome(alike), honcho_outcome(alike)

    if theirs is None:
        assert isinstance(ours, list)
        assert all(problem.endswith("already") for problem in ours)
    else:
        assert ours == theirs or (ours == ["Procfile: no process types"] and not theirs)


@pytest.mark.parametrize("difference", DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_honcho_reads_a_listed_line_differently(difference: Difference) -> None:
    """The list is true: honcho reads the example as stated, and procrun does not."""
    assert is_listed(difference.line)
    assert honcho_outcome(difference.line) == difference.honcho
    assert outcome(difference.line) != difference.honcho
