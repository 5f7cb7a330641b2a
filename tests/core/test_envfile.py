"""Env files mean what python-dotenv says they mean, and complain where it is silent."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

import dotenv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.envfile import Binding, parse, resolve
from procrun.core.text import decode
from procrun.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

PEM = "-----BEGIN KEY-----\nMIIE+/=\nabc==\n-----END KEY-----"

# Inputs on which the runners of Procfiles differ, with what python-dotenv's grammar makes of them.
UNDERSTOOD: dict[str, tuple[bytes, dict[str, str]]] = {
    "plain": (b"A=plain", {"A": "plain"}),
    "blanks around the equals sign": (b"A = spaced", {"A": "spaced"}),
    "double quotes": (b'A="double quoted"', {"A": "double quoted"}),
    "single quotes": (b"A='single quoted'", {"A": "single quoted"}),
    "export": (b"export A=exported", {"A": "exported"}),
    "unquoted blanks": (b"A=hello world", {"A": "hello world"}),
    "a dollar without braces": (b"B=base\nA=$B/x", {"B": "base", "A": "$B/x"}),
    "a reference": (b"B=base\nA=${B}/x", {"B": "base", "A": "base/x"}),
    "a reference in double quotes": (b'B=base\nA="${B}/x"', {"B": "base", "A": "base/x"}),
    "a reference in single quotes": (b"B=base\nA='${B}/x'", {"B": "base", "A": "base/x"}),
    "the caller's variable without braces": (b"A=$OSVAR/x", {"A": "$OSVAR/x"}),
    "a reference with a default": (b"A=${NOPE:-dflt}", {"A": "dflt"}),
    "a password with two dollars": (b"A=pa$$word", {"A": "pa$$word"}),
    "a password with one dollar": (b"A=pa$word1", {"A": "pa$word1"}),
    "a comment after the value": (b"A=val # trailing", {"A": "val"}),
    "a hash in the value": (b"A=val#nothash", {"A": "val#nothash"}),
    "a hash in quotes": (b'A="a # b"', {"A": "a # b"}),
    "a fragment of a URL": (b"A=http://x/y#frag", {"A": "http://x/y#frag"}),
    "an escaped newline in double quotes": (rb'A="a\nb"', {"A": "a\nb"}),
    "an escaped newline without quotes": (rb"A=a\nb", {"A": r"a\nb"}),
    "an escaped newline in single quotes": (rb"A='a\nb'", {"A": r"a\nb"}),
    "an escaped tab": (rb'A="a\tb"', {"A": "a\tb"}),
    "an empty value": (b"A=\nB=b", {"A": "", "B": "b"}),
    "two lines in quotes": (b'A="line1\nline2"\nB=b', {"A": "line1\nline2", "B": "b"}),
    "a key of several lines": (f'A="{PEM}"\nB=b'.encode(), {"A": PEM, "B": "b"}),
    "leading blanks": (b"  A=x", {"A": "x"}),
    "a name in lower case": (b"abc=x", {"abc": "x"}),
    "a name that begins with a digit": (b"1A=x\nB=b", {"1A": "x", "B": "b"}),
    "a name with a dot": (b"a.b=x\nB=b", {"a.b": "x", "B": "b"}),
    "a name with a dash": (b"A-B=x\nB=b", {"A-B": "x", "B": "b"}),
    "the same name twice": (b"A=1\nA=2", {"A": "2"}),
    "equals signs in the value": (b"A=a=b=c==", {"A": "a=b=c=="}),
    "trailing blanks": (b"A=trailing   ", {"A": "trailing"}),
    "an escaped quote": (rb'A="a\"b"', {"A": 'a"b'}),
    "backslashes": (rb"A=C:\path\new", {"A": r"C:\path\new"}),
    "a URL": (b"A=postgres://u:p@h/db?x=1&y=2", {"A": "postgres://u:p@h/db?x=1&y=2"}),
    "letters beyond ASCII": ("A=héllo".encode(), {"A": "héllo"}),
    "JSON": (b'A={"a": "b c"}', {"A": '{"a": "b c"}'}),
    "an apostrophe in double quotes": (b'A="it\'s"', {"A": "it's"}),
    "an apostrophe without quotes": (b"A=it's\nB=b", {"A": "it's", "B": "b"}),
    "quotes within the value": (b'A=say "hi" now', {"A": 'say "hi" now'}),
    "CRLF": (b'A=x\r\nB="y"\r\n', {"A": "x", "B": "y"}),
    "a byte order mark": (b"\xef\xbb\xbfA=x\nB=b", {"A": "x", "B": "b"}),
    "a comment": (b"# C=1\nB=b", {"B": "b"}),
    "a command substitution": (b"A=$(echo hi)", {"A": "$(echo hi)"}),
    "backticks": (b"A=`echo hi`", {"A": "`echo hi`"}),
    "a semicolon": (b"A=a;b", {"A": "a;b"}),
    "plus and slash": (b"A=a+b/c==", {"A": "a+b/c=="}),
    "punctuation": (b"A=p@ss!w&rd*(x)", {"A": "p@ss!w&rd*(x)"}),
}

# The others of them: python-dotenv drops the line with a warning, or sets the name to None.
REFUSED: dict[str, tuple[bytes, str, dict[str, str | None]]] = {
    "no name": (b"=x\nB=b", ".env:1: there is no name before the `=`", {"B": "b"}),
    "no equals sign": (
        b"JUSTKEY\nB=b",
        ".env:1: there is no `=` after the name",
        {"JUSTKEY": None, "B": "b"},
    ),
    "YAML": (b"A: x\nB=b", ".env:1: this is not NAME=value", {"B": "b"}),
    "a quote that is not closed": (
        b'A="abc\nB=b',
        ".env:1: the quoted value does not end with its quote",
        {"B": "b"},
    ),
}

LATIN_1 = b"A=h\xe9llo\nB=b"

WRONG: dict[str, tuple[str, list[str]]] = {
    "after blank lines and comments": ("\n\n# c\n\n  A: x\n", [".env:5"]),
    "after CRLF": ("A=1\r\n\r\nbad line\r\nB=2\r\nworse line\r\n", [".env:3", ".env:5"]),
    "after a value of several lines": ('A="1\n2\n3"\nbad line', [".env:4"]),
    "a quote that swallows a line": ("A='it\nB=it's\nC: 1", [".env:1", ".env:3"]),
    "an empty name in quotes": ("''=x", [".env:1"]),
    "an equals sign in a name": ("A=1\n'a=b'=c", [".env:2"]),
    "a NUL in a value": ("A=1\nB=\0", [".env:2"]),
    "a NUL in a name": ("A\0=1", [".env:1"]),
    "export of nothing": ("A=1\nexport \n", [".env:2"]),
    "export of a comment": ("export # A=1", [".env:1"]),
    "export of a name alone": ("export A", [".env:1"]),
}


def read(raw: bytes) -> tuple[Binding, ...]:
    """Parse the bytes of a file as the program does."""
    return parse(decode(raw, ".env"), ".env")


def complaints(raw: bytes) -> list[str]:
    """Return what is wrong with a file; fails when nothing is."""
    with pytest.raises(ConfigError) as caught:
        read(raw)
    assert all(problem.hint for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture(autouse=True)
def _caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSVAR", "osval")
    for name in ("A", "B", "NOPE"):
        monkeypatch.delenv(name, raising=False)


def test_the_tables_hold_all_inputs_on_which_runners_differ() -> None:
    """Nothing falls out of the tables: 54 inputs, one of them not UTF-8."""
    assert len(UNDERSTOOD) + len(REFUSED) + 1 == 54


@pytest.mark.parametrize(("raw", "values"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_a_file_means_what_python_dotenv_says(
    raw: bytes, values: dict[str, str], tmp_path: Path
) -> None:
    """Every input has the value of the documented grammar, here and in python-dotenv itself."""
    path = tmp_path / ".env"
    path.write_bytes(raw)

    assert values == resolve(read(raw), os.environ)
    assert values == dotenv.dotenv_values(path, encoding="utf-8")


@pytest.mark.parametrize(("raw", "complaint", "values"), REFUSED.values(), ids=REFUSED)
def test_what_python_dotenv_drops_is_an_error(
    raw: bytes, complaint: str, values: dict[str, str | None], tmp_path: Path
) -> None:
    """A line that python-dotenv passes over in silence is told with file and line."""
    path = tmp_path / ".env"
    path.write_bytes(raw)

    assert complaints(raw) == [complaint]
    assert values == dotenv.dotenv_values(path, encoding="utf-8")


def test_bytes_that_are_not_utf_8_are_an_error(tmp_path: Path) -> None:
    """Latin-1 is told with its line, where python-dotenv has a traceback."""
    path = tmp_path / ".env"
    path.write_bytes(LATIN_1)

    [complaint] = complaints(LATIN_1)

    assert complaint.startswith(".env:1: not UTF-8")
    with pytest.raises(UnicodeDecodeError):
        dotenv.dotenv_values(path, encoding="utf-8")


@pytest.mark.parametrize(("text", "places"), WRONG.values(), ids=WRONG)
def test_every_error_is_told_with_the_line_where_it_begins(text: str, places: list[str]) -> None:
    """All errors of a file come at once, and blank lines before them do not count."""
    assert [complaint.partition(": ")[0] for complaint in complaints(text.encode())] == places


def test_an_error_never_quotes_the_file() -> None:
    """A line that does not parse may be half of a secret, so no part of it is shown."""
    raw = b"A=-----BEGIN KEY-----\nMIIEsecret\nSecret: hunter2\nB='hunter2\n"

    with pytest.raises(ConfigError) as caught:
        read(raw)

    shown = " ".join(f"{problem} {problem.hint}" for problem in caught.value.problems)
    assert "secret" not in shown.lower()
    assert "hunter2" not in shown


def test_a_binding_knows_its_line_and_its_text() -> None:
    """Blank lines and comments before a binding do not move its line; CRLF stays in its text."""
    text = "\r\n\r\nA=1\r\n# about B\r\n\r\nB='x\r\ny' # end\r\nC=3"

    assert parse(text, ".env") == (
        Binding("A", "1", 3, "\r\n\r\nA=1\r\n"),
        Binding("B", "x\ny", 6, "\r\nB='x\r\ny' # end\r\n"),
        Binding("C", "3", 8, "C=3"),
    )


@pytest.mark.parametrize("text", ["", "\n", "\n \n\t\n", "# nothing\n"])
def test_a_file_without_variables_is_fine(text: str) -> None:
    """An empty file, blank lines and comments set nothing."""
    assert parse(text, ".env") == ()


def test_a_reference_sees_the_environment_and_the_lines_above() -> None:
    """The line above wins over the environment, and a line below is not seen yet."""
    bindings = parse("X=${A}${B}\nA=new\nY=${A}${B}${C:-c}${D}", ".env")

    resolved = resolve(bindings, {"A": "old", "B": "b"})

    assert resolved == {"X": "oldb", "A": "new", "Y": "newbc"}


def test_a_fixed_name_keeps_its_value_in_references() -> None:
    """What something stronger than the file has set is what the file's references see."""
    bindings = parse("A=file\nB=${A}", ".env")

    assert resolve(bindings, {"A": "set"}, fixed={"A"}) == {"A": "file", "B": "set"}


PIECES = st.sampled_from(
    ["A", "B", "=", "'", '"', "#", " ", "\n", "\r\n", "\\", "$", "${A}", "${B:-d}", "export ", "é"]
)


def attempt(text: str) -> tuple[Binding, ...] | ConfigError:
    """Parse, and return the error instead of raising it."""
    try:
        return parse(text, ".env")
    except ConfigError as error:
        return error


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_parses_means_what_python_dotenv_says(text: str) -> None:
    """On any text the values are those of python-dotenv, or it is an error of ours."""
    theirs = dotenv.dotenv_values(stream=StringIO(text, newline=None))
    ours = attempt(text)

    if isinstance(ours, ConfigError):
        assert ours.problems
    else:
        assert theirs == resolve(ours, os.environ)


@given(st.text())
def test_no_text_raises_anything_but_our_error(text: str) -> None:
    """Any text parses or is an error, and each binding and each error has the line it begins on."""
    lines = list(StringIO(text, newline=""))
    parsed = attempt(text)

    if isinstance(parsed, ConfigError):
        places = [int(problem.where.removeprefix(".env:")) for problem in parsed.problems]
        assert places == sorted(set(places))
        assert all(lines[place - 1].strip() for place in places)
    else:
        assert all(
            binding.original.lstrip().startswith(lines[binding.line - 1].strip())
            for binding in parsed
        )


def test_only_the_parser_of_python_dotenv_is_loaded() -> None:
    """Parsing leaves out the package, which imports logging, and a later import gets it whole."""
    program = (
        "import sys\n"
        "from procrun.core.envfile import parse, resolve\n"
        "assert 're' not in sys.modules\n"
        "assert resolve(parse('A=1\\nB=${A}', '.env'), {}) == {'A': '1', 'B': '1'}\n"
        "assert {'dotenv', 'logging', 'tempfile', 'pathlib'}.isdisjoint(sys.modules)\n"
        "import dotenv, dotenv.parser\n"
        "assert dotenv.dotenv_values and dotenv.parser.parse_stream\n"
    )

    subprocess.run([sys.executable, "-S", "-c", program], check=True, env=_with_every_path())


def _with_every_path() -> dict[str, str]:
    # -S: a .pth file of the test environment may import anything at start-up.
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def test_a_dotenv_that_is_on_no_path_is_imported_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is found by other means than the path, its plain import does."""
    monkeypatch.setattr("procrun.core.envfile._loaded", {})
    monkeypatch.setattr("sys.path", [])

    assert resolve(parse("A=1\nB=${A}", ".env"), {}) == {"A": "1", "B": "1"}
