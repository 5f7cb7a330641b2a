"""What app.json says about an app in tests, and what is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.app_json import EMPTY, AppJson, check_required, parse
from procrun.errors import ConfigError

keys = st.sampled_from(
    ["env", "formation", "environments", "test", "value", "required", "generator", "quantity", "A"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
    max_leaves=20,
)


def complaints(text: str) -> list[str]:
    """Return what is wrong; fails when nothing is, or when there is no remedy."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert all(problem.hint for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def of(document: object) -> AppJson:
    """Return what a document says."""
    return parse(json.dumps(document))


class TestVariables:
    """`env`, and that of the tests."""

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("x", AppJson({"A": "x"}, {}, (), {})),
            ("", AppJson({"A": ""}, {}, (), {})),
            ("ä\n$B ${C}", AppJson({"A": "ä\n$B ${C}"}, {}, (), {})),
            ({"value": "x", "description": "what"}, AppJson({"A": "x"}, {}, (), {})),
            ({"value": "", "required": True}, AppJson({"A": ""}, {}, (), {})),
            ({"value": None, "required": False}, EMPTY),
            ({"required": False}, EMPTY),
            ({"required": True}, AppJson({}, {"A": "app.json:1"}, (), {})),
            ({"description": "what"}, AppJson({}, {"A": "app.json:1"}, (), {})),
            ({}, AppJson({}, {"A": "app.json:1"}, (), {})),
            ({"generator": "secret"}, AppJson({}, {}, ("A",), {})),
            ({"generator": "secret", "required": False}, AppJson({}, {}, ("A",), {})),
            ({"generator": "secret", "value": "x"}, AppJson({"A": "x"}, {}, (), {})),
        ],
        ids=str,
    )
    def test_an_entry_is_text_or_says_where_the_value_comes_from(
        self, entry: object, expected: AppJson
    ) -> None:
        """A value is taken literally, a secret is yet to be made, the rest is required."""
        assert of({"env": {"A": entry}}) == expected

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("test", AppJson({"A": "test", "B": "b", "C": "c"}, {}, (), {})),
            ({"required": False}, AppJson({"B": "b", "C": "c"}, {}, (), {})),
            ({"generator": "secret"}, AppJson({"B": "b", "C": "c"}, {}, ("A",), {})),
            ({}, AppJson({"B": "b", "C": "c"}, {"A": "app.json:1"}, (), {})),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("base", ["base", {}, {"generator": "secret"}], ids=str)
    def test_the_entry_of_the_tests_wins_name_by_name(
        self, base: object, entry: object, expected: AppJson
    ) -> None:
        """It takes the place of the whole entry, and those beside it stay."""
        test = {"env": {"A": entry, "C": "c"}}
        document = {"environments": {"test": test}, "env": {"A": base, "B": "b"}}

        assert of(document) == expected

    def test_other_environments_and_keys_are_ignored(self) -> None:
        """The file has many, and some are another tool's."""
        document = {
            "name": "app",
            "expo": {"env": 1},
            "addons": ["heroku-postgresql"],
            "scripts": {"postdeploy": "x"},
            "environments": {
                "review": {"env": {"A": 1}},
                "test": {"scripts": {"test": "pytest"}, "addons": 1},
            },
        }

        assert of(document) == EMPTY

    def test_what_is_required_has_its_place(self) -> None:
        """The line is that of the entry that holds."""
        text = """{
            "env": {
                "A": {"description": "\\"A\\": {"},
                "B": {"value": "b"},
                "C": {}
            },
            "environments": {"review": {"env": {"A": {}}}, "test": {"env": {
                "B": {},
                "C": {}
            }}}
        }"""

        assert parse(text, "x/app.json").required == {
            "A": "x/app.json:3",
            "B": "x/app.json:8",
            "C": "x/app.json:9",
        }


class TestFormation:
    """`formation`, and that of the tests."""

    def test_the_quantity_of_the_tests_wins_type_by_type(self) -> None:
        """As the variables do; 0 is a quantity too."""
        base = {"web": {"quantity": 2, "size": "basic"}, "worker": {"quantity": 4}}
        test = {"formation": {"worker": {"quantity": 0}, "test": {"quantity": 1}}}

        found = of({"formation": base, "environments": {"test": test}}).formation

        assert found == {"web": 2, "worker": 0, "test": 1}

    def test_a_type_without_a_quantity_is_not_in_it(self) -> None:
        """Dokku has such ones."""
        assert of({"formation": {"web": {"max_parallel": 1}}}) == EMPTY


class TestMistakes:
    """Each with its line, where there is one, and a remedy."""

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "app.json: the file is empty"),
            (" \n", "app.json: the file is empty"),
            ("[]", "app.json: there should be an object here"),
            ("null", "app.json: there should be an object here"),
            ('{\n"env": []}', "app.json:2: env: there should be an object here"),
            ('{"env": null}', "app.json:1: env: there should be an object here"),
            (
                '{"environments":\n{\n"test": "x"}}',
                "app.json:3: environments.test: there should be an object here",
            ),
            ('{"environments": 1}', "app.json:1: environments: there should be an object here"),
            ('{"env": {\n\n"A": 8}}', "app.json:3: A must be text or an object"),
            ('{"env": {"A": null}}', "app.json:1: A must be text or an object"),
            ('{"env": {"A": {\n"value": 8}}}', "app.json:2: the value of A must be text"),
            ('{"env": {"A": {"value": true}}}', "app.json:1: the value of A must be text"),
            (
                '{"env": {"A": {\n"required": "false"}}}',
                "app.json:2: required of A must be true or false",
            ),
            (
                '{"env": {"A": {"generator": "uuid"}}}',
                'app.json:1: A has a generator other than "secret"',
            ),
            (
                '{"env": {"A": {"generator": []}}}',
                'app.json:1: A has a generator other than "secret"',
            ),
            ('{"env": {"A-B": "x"}}', "app.json:1: 'A-B' cannot be the name of a variable"),
            ('{"env": {"": "x"}}', "app.json:1: '' cannot be the name of a variable"),
            ('{"env": {"1A": 8}}', "app.json:1: '1A' cannot be the name of a variable"),
            (
                '{"env": {"A": "\\u0000"}}',
                "app.json:1: the value of A has a character that cannot be in a variable",
            ),
            (
                '{"env": {"A": "\\ud800"}}',
                "app.json:1: the value of A has a character that cannot be in a variable",
            ),
            *(
                (
                    f'{{"formation": {{"web": {{\n"quantity": {quantity}}}}}}}',
                    "app.json:2: the quantity of 'web' must be a whole number, 0 or more",
                )
                for quantity in ("-1", "1.0", "true", '"1"', "NaN", "[]")
            ),
            (
                '{"formation": {"web": 1}}',
                "app.json:1: formation.web: there should be an object here",
            ),
            ("[" * 100_000, "app.json: too many brackets within brackets"),
            ('{"a": ' + "1" * 5000 + "}", "app.json: a number is too long"),
        ],
        ids=lambda text: text[:50],
    )
    def test_what_is_wrong_has_its_place(self, text: str, complaint: str) -> None:
        """The line of the key that is to blame."""
        assert complaints(text) == [complaint]

    @pytest.mark.parametrize("text", ['{\n"a": 1,\n}', "{\n// a\n\n}", "{\n'a': 1}", '{\n"a" 1}'])
    def test_what_is_not_json_has_its_line(self, text: str) -> None:
        """The words are Python's, the line is where it stopped reading."""
        [complaint] = complaints(text)

        place, _, rest = complaint.partition(": ")
        assert place in ("app.json:2", "app.json:3")
        assert rest.startswith("not JSON: ")

    def test_everything_is_told_at_once_in_the_order_of_the_lines(self) -> None:
        """Those of the tests too, wherever they stand, even where another entry would win."""
        text = """{"environments": {"test": {
            "env": {"A": "a", "B": 1}}},
            "formation": {"web": {"quantity": "x"}},
            "env": {"A": 1}}"""

        found = [complaint.partition(": ")[0] for complaint in complaints(text)]

        assert found == ["app.json:2", "app.json:3", "app.json:4"]

    def test_a_value_is_never_quoted(self) -> None:
        """It may be a secret."""
        text = '{"env": {"A": {"value": 4242}, "B": 4242, "C": {"value": "4242\\u0000"}}}'

        assert not any("4242" in complaint for complaint in complaints(text))

    @given(st.dictionaries(keys, anything))
    def test_any_document_is_read_or_refused(self, document: dict[str, object]) -> None:
        """Nothing but a ConfigError comes of it, and what is read can be a variable."""
        try:
            found = of(document)
        except ConfigError:
            found = EMPTY

        assert all("\0" not in value for value in found.env.values())
        assert all(quantity >= 0 for quantity in found.formation.values())


def test_what_is_required_may_come_from_elsewhere() -> None:
    """From an env file or the tests; an empty value is one."""
    app = AppJson({}, {"A": "app.json:3", "B": "app.json:4"}, (), {})

    check_required(app, {"A": "x", "B": "", "C": "x"})


def test_what_is_required_and_has_no_value_is_told() -> None:
    """All of it, with the place that requires it and a remedy."""
    app = AppJson({}, {"A": "app.json:3", "B": "app.json:4"}, (), {})

    with pytest.raises(ConfigError) as caught:
        check_required(app, {"C": "x"})

    assert [str(problem) for problem in caught.value.problems] == [
        "app.json:3: config var A is required and has no value",
        "app.json:4: config var B is required and has no value",
    ]
    assert all(".env.test" in problem.hint for problem in caught.value.problems)
