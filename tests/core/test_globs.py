"""Which files a glob means, and into which folders it leads."""

from __future__ import annotations

import pytest

from procrun.core.globs import Glob, Globs, normal

# Each glob with files that it means, and with files that it does not.
MATCHES = {
    "*.py": ("a.py _b.py", "a/b.py a.pyc a.py/x .a.py"),
    "**/*.py": ("a.py a/b.py a/b/c.py", "a.txt .a/b.py a/.b.py node_modules/a.py"),
    "**": ("a a.py a/b/c.html Procfile", ".env .git/x a/.b/c a/__pycache__/b.py x/node_modules/y"),
    "app": ("app app/a.py app/b/c.html", "apps/a.py x/app a.py app/a.log app/.x"),
    "app/**": ("app/a.py app/b/c.html", "apps/a.py b.py app/a.log"),
    "app/**/*.html": ("app/a.html app/b/c/d.html", "a.html app/a.py"),
    "app/*/x.py": ("app/a/x.py", "app/x.py app/a/b/x.py app/.a/x.py"),
    "a?c/[x-z].py": ("abc/x.py", "ac/x.py abc/a.py a/c/x.py"),
    "**/tests/**": ("tests/a.py a/tests/b/c.py", "a/tests.py test/a"),
    "node_modules/lib/**": ("node_modules/lib/a.js", "node_modules/lib/node_modules/a.js"),
    ".github/**/*.yml": (".github/a.yml .github/b/c.yml", "a.yml .gitlab/a.yml"),
    ".*": (".env .flake8", "env a/.env"),
    "*.log": ("a.log", "a.py a/b.log"),
    "config/local.db": ("config/local.db", "config/other.db"),
}
# Each glob with folders that it may lead into, and with folders that it does not; - is the root.
ENTERS = {
    "*.py": ("-", "a a/b"),
    "**/*.py": ("- a a/b", ".git node_modules a/__pycache__ a/.b"),
    "app": ("- app app/b/c", "apps a"),
    "app/x.py": ("- app app/x.py", "app/y b"),
    "app/*/x.py": ("- app app/a", "app/a/b b app/.a"),
    "app/*.py": ("- app", "app/a"),
    "node_modules/lib/**": ("- node_modules node_modules/lib/a", "node_modules/other a"),
    "a/**/b/*.c": ("- a a/b a/x/y", "b"),
}


def words(text: str) -> list[str]:
    """The paths of a table's cell."""
    return ["" if word == "-" else word for word in text.split()]


@pytest.mark.parametrize(("glob", "files"), MATCHES.items(), ids=MATCHES)
def test_a_glob_means_files(glob: str, files: tuple[str, str]) -> None:
    """By their path from the root, and no hidden ones unless it says so."""
    meant, others = map(words, files)

    assert [path for path in meant if not Glob(glob).matches(path)] == []
    assert [path for path in others if Glob(glob).matches(path)] == []


@pytest.mark.parametrize(("glob", "folders"), ENTERS.items(), ids=ENTERS)
def test_a_glob_leads_into_folders(glob: str, folders: tuple[str, str]) -> None:
    """Only these have to be watched."""
    meant, others = map(words, folders)

    assert [path for path in meant if not Glob(glob).enters(path)] == []
    assert [path for path in others if Glob(glob).enters(path)] == []


@pytest.mark.parametrize("glob", MATCHES)
def test_every_folder_on_the_way_to_a_file_is_entered(glob: str) -> None:
    """Else its changes would never be noticed."""
    for path in words(MATCHES[glob][0]):
        parts = path.split("/")[:-1]
        folders = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
        assert [folder for folder in folders if not Glob(glob).enters(folder)] == []


@pytest.mark.parametrize(
    ("typed", "glob"),
    [
        ("app", "app"),
        ("./app//x.py", "app/x.py"),
        ("app/", "app/**"),
        ("app/**/", "app/**"),
        (".", "**"),
        ("./", "**"),
        ("**", "**"),
        (".env", ".env"),
    ],
)
def test_what_means_nothing_is_left_out(typed: str, glob: str) -> None:
    """A folder's slash at the end means all that is in it."""
    assert normal(typed) == glob


@pytest.mark.parametrize("typed", ["/app/x.py", "../x.py", "app/../../x", "a\0b", "//"])
def test_a_glob_stays_below_the_root(typed: str) -> None:
    """What lies elsewhere is not the app's."""
    with pytest.raises(ValueError, match=r"root|NUL"):
        normal(typed)


@pytest.mark.parametrize("part", ["**", "**/a"])
def test_many_of_the_two_stars_cost_nothing(part: str) -> None:
    """To try all that they may stand for would take years."""
    glob = Glob("/".join([part] * 30 + ["x.py"]))
    path = "a/" * 60

    assert glob.matches(f"{path}x.py")
    assert not glob.matches(f"{path}y.py")
    assert glob.enters(path.rstrip("/"))


def test_several_globs_mean_what_one_of_them_means() -> None:
    """And those that begin with a certain folder can be told from the rest."""
    globs = Globs(["app/*.py", "build/gen/**", "*.html"])

    assert [path for path in ("app/a.py", "x.html", "b.py") if globs.match(path)] == [
        "app/a.py",
        "x.html",
    ]
    assert globs.enter("build")
    assert not globs.below({"build/gen"}).match("app/a.py")
    assert globs.below({"build/gen"}).match("build/gen/a.py")
