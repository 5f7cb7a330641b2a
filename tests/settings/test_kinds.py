"""What each kind of setting takes, as text and as TOML, and what it refuses."""

from __future__ import annotations

import signal

import pytest

from procrun.settings import kinds, values
from procrun.settings.kinds import Kind, Refused
from procrun.settings.values import ByteCount, PerType, SignalNumber, Text, TypeNames, Watched

# (kind, text of the command line or a variable, value of TOML, what both mean)
TAKEN: dict[str, tuple[Kind[object], str, object, object]] = {
    "true": (kinds.FLAG, "true", True, True),
    "yes": (kinds.FLAG, "Yes", True, True),
    "1": (kinds.FLAG, "1", True, True),
    "false": (kinds.FLAG, "FALSE", False, False),
    "no": (kinds.FLAG, "no", False, False),
    "0": (kinds.FLAG, "0", False, False),
    "auto": (kinds.FLAG_OR_AUTO, "auto", "auto", None),
    "not auto": (kinds.FLAG_OR_AUTO, "0", False, False),
    "seconds": (kinds.SECONDS, "2.5", 2.5, 2.5),
    "whole seconds": (kinds.SECONDS, "10", 10, 10.0),
    "no seconds": (kinds.SECONDS, "0", 0, 0.0),
    "a port": (kinds.PORT, "8000", 8000, 8000),
    "any port": (kinds.PORT, "0", 0, 0),
    "bytes": (kinds.SIZE, "4096", 4096, 4096),
    "megabytes": (kinds.SIZE, "10MB", "10 mb", 10_000_000),
    "binary kilobytes": (kinds.SIZE, "3KiB", "3KiB", 3072),
    "a signal": (kinds.SIGNAL, "SIGINT", "SIGINT", signal.SIGINT),
    "a signal without SIG": (kinds.SIGNAL, "int", "INT", signal.SIGINT),
    "a word": (kinds.choice("iso", "none"), "iso", "iso", "iso"),
    "a path": (kinds.PATH, "a b/c", "a b/c", "a b/c"),
    "paths": (kinds.PATHS, "a,b", ["a", "b"], ("a", "b")),
    "names": (kinds.WORDS, " web, worker ,", ["web", "worker"], ("web", "worker")),
    "no names": (kinds.WORDS, "", [], ()),
    "addresses": (
        kinds.ADDRESSES,
        "0.0.0.0, localhost",
        ["0.0.0.0", "localhost", "::1"],
        ("0.0.0.0", "127.0.0.1", "::1"),
    ),
    "process types": (kinds.TYPES, "web,clock", ["web", "clock"], TypeNames(("web", "clock"))),
    "all process types": (kinds.TYPES, "all", "all", TypeNames(("all",))),
    "a formation": (kinds.FORMATION, "web=2,all=0", {"web": 2, "all": 0}, "web=2,all=0"),
    "globs": (kinds.GLOBS, "app//x.py, *.py", ["./app/x.py", "*.py"], ("app/x.py", "*.py")),
    "all sources": (kinds.GLOBS, "true", True, ("**",)),
    "the root is all sources": (kinds.GLOBS, ".", "./", ("**",)),
    "a folder": (kinds.GLOBS, "app/", ["app/**"], ("app/**",)),
    "nothing": (kinds.GLOBS, "0", False, ()),
    "globs of types": (
        kinds.WATCHED,
        "worker=jobs/,a=b/c.py,a/b=c.py,worker=x.py,all=y.py",
        ["worker=jobs/**", "a=b/c.py", "a/b=c.py", "worker=x.py", "all=y.py"],
        Watched(("a/b=c.py", "y.py"), (("worker", ("jobs/**", "x.py")), ("a", ("b/c.py",)))),
    ),
    "per type": (kinds.per_type(kinds.SECONDS), "3", 3, PerType(3.0)),
}

REFUSED: dict[str, tuple[Kind[object], list[object]]] = {
    "a flag": (kinds.FLAG, [Text("on"), Text(""), "true", 1, None]),
    "a flag or auto": (kinds.FLAG_OR_AUTO, [Text("always"), "true", 1]),
    "seconds": (
        kinds.SECONDS,
        [Text("soon"), Text("5s"), Text("nan"), Text("inf"), "5", True, -1, 86_401, 10**400, []],
    ),
    "a port": (kinds.PORT, [Text("abc"), Text("-1"), Text("65536"), "80", True, 8.0, 65_536]),
    "a size": (kinds.SIZE, [Text("10XB"), Text("MB"), Text("-1"), "", 0, -1, True, 1.5, []]),
    "a signal": (kinds.SIGNAL, [Text("TERMINATE"), Text(""), "SIG", 15, True]),
    "a word": (kinds.choice("iso", "none"), [Text("ISO"), Text(""), 1, True, ["iso"]]),
    "a path": (kinds.PATH, [Text(""), "", "a\0b", 1, ["a"]]),
    "paths": (kinds.PATHS, ["a", [1], [""], 1, {}]),
    "names": (kinds.WORDS, ["web", [True], [["web"]]]),
    "addresses": (
        kinds.ADDRESSES,
        [Text(""), Text("a.test"), Text("[::1]"), Text("1.2.3"), [], ["x"], "::1", True],
    ),
    "process types": (kinds.TYPES, ["web", [1], 1, True]),
    "globs": (kinds.GLOBS, [Text("/app/x"), Text("a/../b"), [""], ["a\0b"], [1], 1, {}]),
    "a formation": (kinds.FORMATION, [Text("web"), "web=x", {"web": True}, {"web": -1}, ["web=1"]]),
}


@pytest.mark.parametrize(("kind", "text", "toml", "value"), TAKEN.values(), ids=TAKEN)
def test_text_and_toml_mean_the_same(
    kind: Kind[object], text: str, toml: object, value: object
) -> None:
    """What can be typed can be written in a settings file, and its type is that of the value."""
    assert kind.convert(Text(text)) == value
    assert kind.convert(toml) == value


@pytest.mark.parametrize(("kind", "values"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_of_the_kind_is_refused(kind: Kind[object], values: list[object]) -> None:
    """Wrong types and values out of range are never taken for something else."""
    for value in values:
        with pytest.raises(Refused):
            kind.convert(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true"),
        (None, ""),
        (5.0, "5"),
        (0.25, "0.25"),
        (("a", "b"), "a,b"),
        (SignalNumber(signal.SIGINT), "SIGINT"),
        (values.SIGTERM, "SIGTERM"),
        (ByteCount(10_000_000), "10MB"),
        (ByteCount(2 * 10**9), "2GB"),
        (ByteCount(1024), "1024"),
        (PerType(5.0, (("web", 30.0),)), "5"),
        (TypeNames(("web", "clock")), "web,clock"),
        (Watched(("**",), (("worker", ("a/**", "b.py")),)), "**,worker=a/**,worker=b.py"),
    ],
)
def test_a_value_is_shown_as_it_can_be_typed(value: object, words: str) -> None:
    """What `procrun settings` prints is what a variable would take."""
    assert values.show(value) == words


def test_the_default_signal_is_sigterm() -> None:
    """The number that stands in for the import of `signal` is that of SIGTERM."""
    assert int(values.SIGTERM) == signal.SIGTERM


def test_a_process_type_has_its_own_value_or_the_common_one() -> None:
    """The own value of a type is for that type alone."""
    timeout = PerType(5.0).with_type("web", 30.0).with_type("clock", 1.0)

    assert [timeout(name) for name in ("web", "clock", "worker")] == [30.0, 1.0, 5.0]


def test_all_means_every_process_type() -> None:
    """`all` alone or among names is every type; otherwise only the named ones are meant."""
    assert TypeNames(("web", "all"))("worker")
    assert TypeNames(("web",))("web")
    assert not TypeNames(("web",))("worker")


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("x", ".", "x"),
        ("x", "", "x"),
        ("x", "app", "app/x"),
        ("../x", "app", "app/../x"),
        ("/x", "app", "/x"),
        ("-", "app", "-"),
    ],
)
def test_a_path_starts_at_its_folder(path: str, folder: str, expected: str) -> None:
    """A relative path is joined to the folder; an absolute one and standard input are not."""
    assert values.located(path, folder) == expected
