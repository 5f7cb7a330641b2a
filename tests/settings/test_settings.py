"""Settings: who beats whom, what is refused, where the app is, and that a start stays fast."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from procrun.errors import ConfigError, ProcrunError, UsageError
from procrun.settings import KEYS, RESERVED, Settings, find_root, resolve


@pytest.fixture(autouse=True)
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(text: str) -> None:
    """Write procrun.toml."""
    Path("procrun.toml").write_text(text)


def pyproject(text: str) -> None:
    """Write pyproject.toml."""
    Path("pyproject.toml").write_text(text)


def complaints(
    options: dict[str, object] | None = None,
    environment: dict[str, str] | None = None,
    error: type[ProcrunError] = ConfigError,
) -> list[str]:
    """Return what is wrong; fails when nothing is, or when somebody else is to blame."""
    with pytest.raises(error) as caught:
        resolve(options or {}, environment or {})
    assert all(problem.hint for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


class TestPrecedence:
    """The command line, then the environment, then the settings file, then the default."""

    def test_each_place_beats_the_next(self) -> None:
        """The value and its source are those of the strongest place that has one."""
        found: list[tuple[float, str]] = []
        for options, environment, text in (
            ({"timeout": "1"}, {"PROCRUN_TIMEOUT": "2"}, "timeout = 3"),
            ({"timeout": None}, {"PROCRUN_TIMEOUT": "2"}, "timeout = 3"),
            ({}, {}, "timeout = 3"),
            ({}, {}, ""),
        ):
            own(text)
            settings = resolve(options, environment)
            found.append((settings.timeout("web"), settings.source("timeout")))

        assert found == [
            (1.0, "--timeout"),
            (2.0, "PROCRUN_TIMEOUT"),
            (3.0, "procrun.toml"),
            (5.0, "default"),
        ]

    def test_an_empty_variable_counts_as_unset(self) -> None:
        """PROCRUN_TIMEOUT= neither sets anything nor is an error."""
        own("timeout = 3")

        assert resolve({}, {"PROCRUN_TIMEOUT": ""}).timeout("web") == 3.0

    def test_the_command_line_may_give_values_or_text(self) -> None:
        """Flags come as booleans, repeated options as several texts, the rest as typed."""
        settings = resolve({"json": True, "prefix": False, "env": ["a,b", "c"], "port": "80"}, {})

        assert (settings.json, settings.prefix) == (True, False)
        assert (settings.env, settings.port) == (("a", "b", "c"), 80)

    def test_variables_that_are_no_settings_are_ignored(self) -> None:
        """What procrun gives to others, and PROCRUN_DEBUG, are not taken for mistakes."""
        settings = resolve({}, dict.fromkeys(RESERVED, "x") | {"PROCRUN_ROOT": ".", "PATH": "x"})

        assert [setting.source for setting in settings.given[1:]] == ["default"]


class TestRoot:
    """Where the app is, which decides which settings file is read."""

    @pytest.mark.parametrize(
        ("options", "environment", "expected"),
        [
            ({"root": "a", "procfile": "b/Procfile"}, {"PROCRUN_ROOT": "b"}, ("a", "--root")),
            ({"procfile": "b/Procfile"}, {"PROCRUN_ROOT": "a"}, ("a", "PROCRUN_ROOT")),
            (
                {"procfile": "b/Procfile"},
                {"PROCRUN_PROCFILE": "a/Procfile"},
                ("b", "--procfile"),
            ),
            ({}, {"PROCRUN_PROCFILE": "a/Procfile"}, ("a", "PROCRUN_PROCFILE")),
            ({"procfile": "Procfile.dev"}, {}, (".", "default")),
            ({"procfile": "-"}, {"PROCRUN_PROCFILE": "a/Procfile"}, (".", "default")),
            ({}, {"PROCRUN_ROOT": ""}, (".", "default")),
        ],
    )
    def test_the_root_is_the_first_that_is_told(
        self,
        app: Path,
        options: dict[str, object],
        environment: dict[str, str],
        expected: tuple[str, str],
    ) -> None:
        """-d, then PROCRUN_ROOT, then the Procfile's folder, then the current one."""
        (app / "a").mkdir()
        (app / "b").mkdir()

        root = find_root(options, environment)

        assert (root.value, root.source) == expected

    def test_a_root_that_is_no_folder_is_an_error(self) -> None:
        """Neither a missing folder nor a file is a root; the one who named it is told."""
        Path("file").touch()

        assert complaints({"root": "no"}, error=UsageError) == ["--root: there is no folder 'no'"]
        assert complaints({}, {"PROCRUN_ROOT": "file"}) == [
            "PROCRUN_ROOT: there is no folder 'file'"
        ]

    def test_paths_of_a_settings_file_start_at_its_folder(self, app: Path) -> None:
        """What stands in a file is relative to the file, what was typed to the current folder."""
        (app / "a").mkdir()
        (app / "a/procrun.toml").write_text('procfile = "P"\nenv = ["x", "/y"]\nlog_dir = "l"')

        filed = resolve({"root": "a"}, {})
        typed = resolve({"root": "a", "env": "x"}, {"PROCRUN_PROCFILE": "P"})

        assert (filed.procfile, filed.env, filed.log_dir) == ("a/P", ("a/x", "/y"), "a/l")
        assert (typed.procfile, typed.env) == ("P", ("x",))

    def test_the_default_procfile_is_in_the_root(self, app: Path) -> None:
        """Without -f it is the Procfile of the root."""
        (app / "a").mkdir()

        assert resolve({}, {}).procfile == "Procfile"
        assert resolve({"root": "a"}, {}).procfile == "a/Procfile"


class TestFile:
    """The settings file."""

    def test_pyproject_has_a_table(self) -> None:
        """[tool.procrun] is ours and the rest of the file is not."""
        pyproject('[project]\nname = "x"\n[tool.other]\nport = 1\n[tool.procrun]\nport = 2')

        settings = resolve({}, {})

        assert (settings.port, settings.source("port")) == (2, "pyproject.toml")

    @pytest.mark.parametrize(
        "text",
        [
            "this is not TOML",
            '[project]\nname = "x"',
            '[project]\ndependencies = ["procrun-cli"]\nand no TOML',
            "[tool.other]\nname = 'procrun'",
            "[tool.procrun]",
        ],
    )
    def test_a_pyproject_without_settings_sets_nothing(self, text: str) -> None:
        """A project that only depends on procrun, or has nothing of it, has the defaults."""
        pyproject(text)

        assert {source for _, _, source in resolve({}, {}).rows()} == {"default"}

    def test_settings_in_both_files_are_an_error(self) -> None:
        """Which of two files holds would be a guess; one that has no settings is no matter."""
        pyproject("[tool.procrun]\nport = 1")
        own("")
        assert resolve({}, {}).port == 1

        own("port = 2")
        assert complaints() == ["there are settings in pyproject.toml and in procrun.toml"]

    def test_everything_wrong_is_told_at_once_with_its_line(self) -> None:
        """Unknown keys, wrong types and bad values, of the file and the environment alike."""
        own(
            'timeout = "5"\n\nport = true\nstop-signal = 2\nquiet = "web"\n[types.web]\n'
            'timeot = 3\nquiet = ["x"]\n"timeout" = -1\n'
        )

        assert complaints({}, {"PROCRUN_TTY": "x", "PROCRUN_TIMEOT": "1"}) == [
            "procrun.toml:1: timeout takes seconds from 0 to 86400, not '5'",
            "procrun.toml:3: port takes a whole number from 0 to 65535, not true",
            'procrun.toml:4: "stop-signal" is not a setting',
            "procrun.toml:5: quiet takes a list of names, not 'web'",
            'procrun.toml:7: "timeot" is not a setting of a process type',
            'procrun.toml:8: "quiet" is not a setting of a process type',
            "procrun.toml:9: timeout takes seconds from 0 to 86400, not -1",
            "PROCRUN_TTY: tty takes auto, true or false, not 'x'",
            "PROCRUN_TIMEOT: not a setting",
        ]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("port = 1\nport = 2", "procrun.toml:2: not TOML"),
            ('a = 1\nb = "', "procrun.toml:2: not TOML"),
            ("a = 1\n\nb c", "procrun.toml:3: not TOML"),
            ("types = 1", "procrun.toml:1: there should be a table here"),
            ("port = 1\n[types]\nweb = 2", "procrun.toml:3: there should be a table here"),
            ("[tool.procrun]\nport = 1", "procrun.toml:1: procrun.toml has no [tool.procrun]"),
            ('formation = {web = "x"}', "procrun.toml:1: formation takes"),
            ("types.web.timeout = -1", "procrun.toml:1: timeout takes"),
            ("\ntypes = {web = {timeout = -1}}", "procrun.toml:2: timeout takes"),
        ],
    )
    def test_a_file_that_makes_no_sense_is_an_error_with_its_line(
        self, text: str, complaint: str
    ) -> None:
        """Broken TOML, a value where a table belongs, and settings in the wrong place."""
        own(text)

        assert complaints()[0].startswith(complaint)

    def test_the_line_is_that_of_our_table(self) -> None:
        """The same key in another table of pyproject.toml is not the place."""
        pyproject("[tool.other]\nport = true\n\n[tool.procrun]\nport = true")

        assert complaints()[0].startswith("pyproject.toml:5: ")

    def test_a_pyproject_whose_table_is_none_is_an_error(self) -> None:
        """`tool.procrun = 1` is told as what it is."""
        pyproject("tool.procrun = 1")

        assert complaints() == ["pyproject.toml:1: there should be a table here"]

    def test_a_file_that_is_not_utf_8_is_an_error(self, app: Path) -> None:
        """TOML is UTF-8, and the line that is not is told."""
        (app / "procrun.toml").write_bytes(b"port = 1\n# \xe9\n")

        assert complaints()[0].startswith("procrun.toml:2: not UTF-8")

    def test_a_file_that_cannot_be_read_is_an_error(self, app: Path) -> None:
        """What may hold settings is not passed over in silence."""
        (app / "procrun.toml").mkdir()

        assert complaints() == ["procrun.toml: cannot be read: Is a directory"]


class TestRefused:
    """Mistakes on the command line and in the environment."""

    def test_the_command_line_is_blamed_first(self) -> None:
        """Every wrong option is told, as an error of usage."""
        [complaint] = complaints(
            {"timeout": "soon", "port": "99999"}, {"PROCRUN_TTY": "x"}, UsageError
        )

        assert complaint == (
            "--timeout: timeout takes seconds from 0 to 86400, not 'soon'\n"
            "--port: port takes a whole number from 0 to 65535, not '99999'"
        )

    @pytest.mark.parametrize(
        ("variable", "meant"),
        [
            ("PROCRUN_TIMEOT", "Did you mean PROCRUN_TIMEOUT? "),
            ("PROCRUN_timeout", "Did you mean PROCRUN_TIMEOUT? "),
            ("PROCRUN_X", ""),
        ],
    )
    def test_an_unknown_variable_names_the_closest(self, variable: str, meant: str) -> None:
        """A misspelt PROCRUN_ variable would otherwise be without effect, and without a word."""
        with pytest.raises(ConfigError) as caught:
            resolve({}, {variable: "1"})

        [problem] = caught.value.problems
        assert (problem.where, problem.text) == (variable, "not a setting")
        assert problem.hint == f"{meant}`procrun settings` lists all settings."

    def test_a_malformed_formation_says_what_is_wrong_with_it(self) -> None:
        """The reason is that of the formation's own parser."""
        [complaint] = complaints({}, {"PROCRUN_FORMATION": "web"})

        assert complaint.endswith("not 'web' (not of the form TYPE=N: 'web')")


class TestValues:
    """What the settings offer to the rest of the program."""

    def test_a_process_type_may_have_its_own_values(self) -> None:
        """[types.web] is for web alone, and is a setting with its source."""
        own(
            'timeout = 10\n[types.web]\ntimeout = 30\nstop_signal = "INT"\n[types.clock]\ntimeout=0'
        )

        settings = resolve({}, {})

        assert [settings.timeout(name) for name in ("web", "clock", "x")] == [30.0, 0.0, 10.0]
        assert int(settings.stop_signal("web")) == signal.SIGINT
        assert int(settings.stop_signal("x")) == signal.SIGTERM
        assert settings.types == ("web", "clock")
        assert settings.source("stop_signal") == "default"
        assert settings.source("stop_signal", "web") == "procrun.toml"
        assert settings.source("stop_signal", "clock") == "default"

    def test_what_is_typed_is_for_all_process_types(self) -> None:
        """The file's value for a type is still the file's, and weaker than -t or the variable."""
        own("[types.web]\ntimeout = 30")

        assert resolve({"timeout": "1"}, {}).timeout("web") == 1.0
        assert resolve({}, {"PROCRUN_TIMEOUT": "2"}).timeout("web") == 2.0

    def test_process_types_are_asked_by_name(self) -> None:
        """can_die and restart answer for one type, or for all of them."""
        settings = resolve({"can_die": "all", "restart": "web,clock"}, {})

        assert settings.can_die("web")
        assert [settings.restart(name) for name in ("web", "x")] == [True, False]

    def test_variables_are_named_by_patterns(self) -> None:
        """As they are written, in a file or in the environment."""
        own('pass_env = ["DOCKER_*", "X?"]')

        assert resolve({}, {}).pass_env == ("DOCKER_*", "X?")
        assert resolve({}, {"PROCRUN_PASS_ENV": "A_*, B"}).pass_env == ("A_*", "B")

    def test_the_port_of_a_file_is_kept_apart(self) -> None:
        """A port of the file ranks below PORT, one of the command line or a variable above."""
        own("port = 1")
        filed, named = resolve({}, {}), resolve({}, {"PROCRUN_PORT": "2"})
        typed = resolve({"port": "3"}, {"PROCRUN_PORT": "2"})
        own("")
        none = resolve({}, {})

        ports = [(each.explicit_port, each.fallback_port) for each in (filed, named, typed, none)]

        assert ports == [(None, 1), (2, None), (3, None), (None, None)]

    @pytest.mark.parametrize(
        ("text", "files"),
        [
            ("", (("a/.env", False),)),
            ("env_local = true", (("a/.env", False), ("a/.env.local", False))),
            ("env = []", ()),
            ('env = ["x", ".env"]', (("a/x", True), ("a/.env", True))),
            (
                'env_local = true\nenv = [".env", "x"]',
                (("a/.env", True), ("a/.env.local", False), ("a/x", True)),
            ),
            (
                'env_local = true\nenv = [".env", "x", ".env.local"]',
                (("a/.env", True), ("a/x", True), ("a/.env.local", True)),
            ),
        ],
        ids=["default", "local", "none", "named", "named and local", "local named"],
    )
    def test_env_files_come_in_the_order_of_reading(
        self, app: Path, text: str, files: tuple[tuple[str, bool], ...]
    ) -> None:
        """A named file has to exist, .env need not; .env.local goes with the .env beside it."""
        (app / "a").mkdir()
        (app / "a/procrun.toml").write_text(text)

        assert resolve({"root": "a"}, {}).env_files == files

    def test_every_setting_is_listed_with_its_source(self) -> None:
        """The rows are the root, the whole table, and what process types have for themselves."""
        own('timeout = 10\nenv = []\ntty = "auto"\n[types.web]\nstop_signal = "INT"')

        rows = {name: (value, source) for name, value, source in resolve({}, {}).rows()}

        assert list(rows) == ["root", *KEYS, "types.web.stop_signal"]
        assert rows["root"] == (".", "default")
        assert rows["timeout"] == ("10", "procrun.toml")
        assert rows["env"] == ("none", "procrun.toml")
        assert rows["tty"] == ("auto", "procrun.toml")
        assert rows["port"] == ("PORT, or else 5000", "default")
        assert rows["stop_signal"] == ("SIGTERM", "default")
        assert rows["log_size"] == ("10MB", "default")
        assert rows["types.web.stop_signal"] == ("SIGINT", "procrun.toml")

    def test_settings_are_frozen(self) -> None:
        """Nobody owns the settings, so nobody can change them."""
        settings = resolve({}, {})

        with pytest.raises(AttributeError):
            settings.root = "elsewhere"  # type: ignore[misc]  # this is the point
        with pytest.raises(AttributeError):
            settings.port = 1

    def test_an_unknown_name_has_no_source(self) -> None:
        """Asking for the source of what is no setting is a mistake in the program."""
        with pytest.raises(KeyError):
            resolve({}, {}).source("nonsense")


class TestTable:
    """The table itself."""

    def test_a_default_alone_is_what_resolving_nothing_gives(self) -> None:
        """Settings() are the settings of a folder without a file."""
        plain, resolved = Settings(), resolve({}, {})

        assert {name: getattr(plain, name) for name in KEYS} == {
            name: getattr(resolved, name) for name in KEYS
        }

    @pytest.mark.parametrize("name", KEYS)
    def test_a_row_is_enough_to_document_a_setting(self, name: str) -> None:
        """Each has its spellings, its meaning, what it takes and its default in words."""
        key = KEYS[name]

        assert key.name == name
        assert key.variable == f"PROCRUN_{name.upper()}"
        assert key.option == f"--{name.replace('_', '-')}"
        assert key.meaning
        assert key.kind.expected
        assert key.in_words(key.default)

    def test_some_settings_are_per_process_type(self) -> None:
        """The table says which ones a [types.NAME] table can have."""
        expected = {"timeout", "stop_signal", "ready", "after", "watch", "dyno_size"}
        assert expected == {name for name, key in KEYS.items() if key.per_type}


def test_resolving_nothing_imports_nothing_heavy() -> None:
    """Without a settings file a start pays for none of what only some settings need."""
    program = (
        "import os, sys\n"
        "from procrun.settings import resolve\n"
        "from procrun.core.config_vars import compose, dyno_environment\n"
        "resolve({}, os.environ)\n"
        "compose(os.environ, [])\n"
        "heavy = {'re', 'typing', 'dataclasses', 'tomllib', 'signal', 'enum', 'functools'}\n"
        "assert heavy.isdisjoint(sys.modules), heavy & sys.modules.keys()\n"
    )

    # -S: a .pth file of the test environment may import anything at start-up.
    path = ":".join(sys.path)
    subprocess.run([sys.executable, "-S", "-c", program], check=True, env={"PYTHONPATH": path})


def test_heroku_stands_for_several_settings(tmp_path: Path) -> None:
    """Each says where it comes from."""
    found = resolve({"root": str(tmp_path), "heroku": True}, {})

    assert (found.clean_env, found.router, found.release) == (True, True, True)
    assert found.restart("worker")
    assert (found.cool_off, found.boot_timeout) == ("heroku", 60.0)
    assert found.timeout("web") == 30.0
    assert found.source("router") == "--heroku"


def test_what_is_given_beside_heroku_wins(tmp_path: Path) -> None:
    """Also where it is given at a weaker place."""
    (tmp_path / "procrun.toml").write_text(
        "heroku = true\nrestart = []\n[types.worker]\ntimeout = 7\n", encoding="utf-8"
    )
    found = resolve({"root": str(tmp_path), "clean_env": False}, {})

    assert not found.clean_env
    assert not found.restart("worker")
    assert (found.timeout("web"), found.timeout("worker")) == (30.0, 7.0)
    assert not resolve({"root": str(tmp_path), "heroku": False}, {}).router
