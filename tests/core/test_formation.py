"""Formations: what a selection means, what is refused, and which ports the dynos get."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.formation import Formation, Selection, parse_changes, parse_quantities, resolve
from procrun.core.names import RELEASE, DynoName
from procrun.core.ports import HIGHEST, STEP
from procrun.core.procfile import ProcessType, Procfile, parse
from procrun.errors import ConfigError, UsageError

PROCFILE = parse("web: serve\nrelease: migrate\nworker: work\nclock: tick\n")


def started(formation: Formation) -> str:
    """The formation as people write one, without what is at 0."""
    return " ".join(f"{process.name}={n}" for process, n in formation.quantities if n)


def problems(selection: Selection, procfile: Procfile = PROCFILE) -> list[str]:
    """What is wrong with a selection; every problem comes with a remedy."""
    with pytest.raises(ConfigError) as caught:
        resolve(procfile, selection)
    assert all(problem.hint for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), "web=1 worker=1 clock=1"),
        (Selection(formation="web=2"), "web=2 worker=1 clock=1"),
        (Selection(formation="web=0"), "worker=1 clock=1"),
        (Selection(formation="all=2"), "web=2 worker=2 clock=2"),
        (Selection(formation="all=2,web=1"), "web=1 worker=2 clock=2"),
        (Selection(formation="web=1,all=2"), "web=1 worker=2 clock=2"),
        (Selection(formation="all=0,web=1"), "web=1"),
        (Selection(formation="web=1,web=3"), "web=3 worker=1 clock=1"),
        (Selection(formation=" web=2, worker=0,"), "web=2 clock=1"),
        (Selection(formation="web=100"), "web=100 worker=1 clock=1"),
        (Selection(("web",)), "web=1"),
        (Selection(("worker", "web")), "web=1 worker=1"),
        (Selection(("web,clock",)), "web=1 clock=1"),
        (Selection(("web", "web")), "web=1"),
        (Selection(("web=2",)), "web=2"),
        (Selection(("web=2", "clock")), "web=2 clock=1"),
        (Selection(("web=0", "clock")), "clock=1"),
        (Selection(("all",)), "web=1 worker=1 clock=1"),
        (Selection(("all=2", "web=1")), "web=1 worker=2 clock=2"),
        (Selection(("web",), "web=3"), "web=3"),
        (Selection(("web",), "all=3"), "web=3"),
        (Selection(("web",), "worker=3"), "web=1"),
        (Selection(("web=2",), "web=3,all=4"), "web=2"),
        (Selection(("all=2",), "web=3"), "web=3 worker=2 clock=2"),
        (Selection(exclude=("web",)), "worker=1 clock=1"),
        (Selection(exclude=("web,worker", "clock", "web"), formation="all=2"), None),
        (Selection(exclude=("web", "worker"), formation="all=2"), "clock=2"),
        (Selection(("web", "clock"), exclude=("web",)), "clock=1"),
        (Selection(("web=2", "clock"), "web=3", ("web",)), "clock=1"),
        (Selection(exclude=("release",)), "web=1 worker=1 clock=1"),
        (Selection(formation="release=0"), "web=1 worker=1 clock=1"),
        (Selection(("release=0", "web")), "web=1"),
    ],
    ids=str,
)
def test_a_selection_means_a_formation(selection: Selection, expected: str | None) -> None:
    """Names select, numbers scale, the more specific wins, and exclusion has the last word."""
    if expected is None:
        assert problems(selection) == ["nothing to start"]
    else:
        assert started(resolve(PROCFILE, selection)) == expected


def test_a_formation_knows_the_services_that_do_not_run() -> None:
    """Every service has its number, 0 too, so that it can be scaled up later."""
    formation = resolve(PROCFILE, Selection(("web=2",)))

    assert [(process.name, quantity) for process, quantity in formation.quantities] == [
        ("web", 2),
        ("worker", 0),
        ("clock", 0),
    ]


def test_dynos_come_in_the_order_of_the_procfile() -> None:
    """The order on the command line does not matter."""
    formation = resolve(PROCFILE, Selection(("clock", "web=2")))

    assert [str(dyno) for dyno in formation.dynos] == ["web.1", "web.2", "clock.1"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(("wbe",)), ["Procfile has no process type 'wbe'"]),
        (Selection(("wbe=2",)), ["Procfile has no process type 'wbe'"]),
        (Selection(formation="wbe=2"), ["Procfile has no process type 'wbe'"]),
        (Selection(formation="wbe=0"), ["Procfile has no process type 'wbe'"]),
        (Selection(exclude=("wbe",)), ["Procfile has no process type 'wbe'"]),
        (Selection(("web.1",)), ["Procfile has no process type 'web.1'"]),
        (Selection(("release",)), ["release is not a service"]),
        (Selection(("release=1", "web")), ["release is not a service"]),
        (Selection(formation="release=1"), ["release is not a service"]),
        (Selection(formation="web=101"), ["web=101 is more than 100 of a type"]),
        (Selection(("all=101",)), ["all=101 is more than 100 of a type"]),
        (Selection(("web=0",)), ["nothing to start"]),
        (Selection(formation="all=0"), ["nothing to start"]),
        (Selection(("release=0",)), ["nothing to start"]),
        (Selection(("web",), exclude=("web",)), ["nothing to start"]),
        (Selection(exclude=("all",)), ["nothing to start"]),
        (Selection(("",)), ["nothing to start"]),
        (
            Selection(("wbe", "release"), "wbe=2,clokc=101", ("wroker",)),
            [
                "Procfile has no process type 'wbe'",
                "Procfile has no process type 'clokc'",
                "Procfile has no process type 'wroker'",
                "release is not a service",
                "clokc=101 is more than 100 of a type",
            ],
        ),
    ],
    ids=str,
)
def test_a_selection_that_cannot_be_is_an_error(selection: Selection, expected: list[str]) -> None:
    """Every problem of a selection is told at once."""
    assert problems(selection) == expected


@pytest.mark.parametrize(
    ("selection", "hint"),
    [
        (Selection(("wbe",)), "Did you mean web? It has web, worker, clock."),
        (Selection(("postgres",)), "It has web, worker, clock."),
        (Selection(("release",)), "Run it once with `procrun release`."),
        (Selection(("web=0",)), "Ask for at least one of web, worker, clock."),
        (Selection(("web=101",)), "A type has 100 ports; one more would be the next type's first."),
    ],
    ids=str,
)
def test_an_error_says_what_to_do(selection: Selection, hint: str) -> None:
    """Known names are listed, the nearest is proposed, and limits are explained."""
    with pytest.raises(ConfigError) as caught:
        resolve(PROCFILE, selection)

    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_a_procfile_with_nothing_but_release_starts_nothing() -> None:
    """There is no service to start, and a named one is unknown."""
    procfile = parse("release: migrate\n", "sub/Procfile")

    assert problems(Selection(), procfile) == ["sub/Procfile: no process type but release"]
    assert problems(Selection(("web",)), procfile) == ["sub/Procfile has no process type 'web'"]


def test_quantities_are_read_from_words_and_commas() -> None:
    """Words, commas and blanks separate; the last number of a type is the one that counts."""
    words = ["web=2,worker=0", "all=1", " web=3 ", "", ","]

    assert parse_quantities(words) == {"web": 3, "worker": 0, "all": 1}


@pytest.mark.parametrize(
    "word",
    ["web", "web=", "web=x", "web=-1", "web=+1", "web=1.5", "web=1=2", "=1", "web:1", "web+1"],
)
def test_a_malformed_number_is_a_usage_error(word: str) -> None:
    """Anything but TYPE=N with a whole number is quoted in the error."""
    with pytest.raises(UsageError) as caught:
        parse_quantities(["ok=1", word])

    assert caught.value.message == f"not of the form TYPE=N: '{word}'"
    assert "web=2" in caught.value.hint


def test_every_malformed_number_is_told() -> None:
    """One error names them all, wherever they stand."""
    with pytest.raises(UsageError, match=r"^not of the form TYPE=N: 'web=x', 'worker'\n"):
        parse_quantities(["web=x,worker", "all=1"])


@pytest.mark.parametrize("selection", [Selection(("web=x",)), Selection(formation="web")], ids=str)
def test_a_selection_with_a_malformed_number_is_a_usage_error(selection: Selection) -> None:
    """Both the positional words and -c are read with the same eyes."""
    with pytest.raises(UsageError, match="not of the form TYPE=N"):
        resolve(PROCFILE, selection)


def test_ports_count_the_types_as_written() -> None:
    """A type keeps its port whatever is selected, and release has a place of its own."""
    everything = resolve(PROCFILE, Selection(formation="web=2"))
    one = resolve(PROCFILE, Selection(("clock",)))

    assert {str(dyno): port for dyno, port in everything.ports(5000).items()} == {
        "web.1": 5000,
        "web.2": 5001,
        "worker.1": 5200,
        "clock.1": 5300,
    }
    assert one.ports(5000) == {DynoName("clock", 1): 5300}


def test_ports_above_65535_are_told_for_each_type() -> None:
    """The first dyno of every type that finds no port is named."""
    formation = resolve(PROCFILE, Selection(formation="worker=3"))

    with pytest.raises(ConfigError) as caught:
        formation.ports(65335)

    assert [str(problem) for problem in caught.value.problems] == [
        "worker.2 would get port 65536, above 65535",
        "clock.1 would get port 65635, above 65535",
    ]


@st.composite
def procfiles(draw: st.DrawFn) -> Procfile:
    """Procfiles of a few types."""
    name = st.sampled_from(["web", "worker", "clock", RELEASE, "all", "a-b", "2", "X_"])
    names = draw(st.lists(name, min_size=1, max_size=6, unique=True))
    return Procfile(tuple(ProcessType(name, "x", i + 1, i) for i, name in enumerate(names)))


@st.composite
def selections(draw: st.DrawFn, procfile: Procfile) -> Selection:
    """Selections that mostly name what the Procfile has and can start."""
    services = [process.name for process in procfile.services]
    name = st.sampled_from([*services * 5, "all", "nosuch", RELEASE])
    with_number = st.tuples(name, st.integers(0, STEP + 1)).map(lambda pair: f"{pair[0]}={pair[1]}")
    return Selection(
        tuple(draw(st.lists(name | with_number, max_size=3))),
        ",".join(draw(st.lists(with_number, max_size=3))),
        tuple(draw(st.lists(name, max_size=1))),
    )


def attempt(procfile: Procfile, selection: Selection, base: int) -> dict[DynoName, int] | None:
    """The ports of what is selected, None when that is refused."""
    try:
        return resolve(procfile, selection).ports(base)
    except ConfigError:
        return None


@given(
    procfiles().flatmap(lambda procfile: st.tuples(st.just(procfile), selections(procfile))),
    st.integers(1, HIGHEST - 9 * STEP),
)
def test_any_selection_gives_a_sound_formation_or_a_config_error(
    case: tuple[Procfile, Selection], base: int
) -> None:
    """Dynos are unique and in Procfile order, their ports unique and not moved by the selection."""
    procfile, selection = case
    ports = attempt(procfile, selection, base) or {}
    all_ports = attempt(procfile, Selection(formation=f"all={STEP}"), base) or {}

    order = [(procfile.names.index(dyno.type), dyno.number) for dyno in ports]
    assert order == sorted(set(order))
    assert RELEASE not in {dyno.type for dyno in ports}
    assert len(set(ports.values())) == len(ports)
    assert ports.items() <= all_ports.items()


@given(st.lists(st.text(max_size=8) | st.from_regex(r"[a-z]{1,3}=[0-9x]{1,2}", fullmatch=True)))
def test_any_words_are_quantities_or_a_usage_error(words: list[str]) -> None:
    """Whatever is typed, a number is at least 0 and nothing but UsageError is raised."""
    try:
        numbers = parse_quantities(words)
    except UsageError:
        numbers = {}

    assert all(name and number >= 0 for name, number in numbers.items())


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["web=2"], {"web": 2}),
        (["web+1", "worker-1"], {"web": 3, "worker": 0}),
        (["web-9"], {"web": 0}),
        (["web+1,web+1"], {"web": 4}),
        (["web=1", "web+2"], {"web": 3}),
        (["web+2", "web=1"], {"web": 1}),
        (["my-web-1"], {"my-web": 0}),
        (["clock+1"], {"clock": 1}),
        (["all=0"], {"web": 0, "worker": 0}),
        (["all+1", "web-1"], {"web": 2, "worker": 2}),
        ([], {}),
    ],
    ids=str,
)
def test_changes_are_of_what_there_is(words: list[str], changed: dict[str, int]) -> None:
    """In their order; `all` is every service, and none goes below nothing."""
    assert parse_changes(words, {"web": 2, "worker": 1}) == changed


@pytest.mark.parametrize("word", ["web", "web=", "=2", "+1", "web=two", "web=-", "web=1_0", "web2"])
def test_what_is_no_change_is_told(word: str) -> None:
    """With every other that is none."""
    with pytest.raises(UsageError) as raised:
        parse_changes(["web=2", word, "clock"], {"web": 1})

    assert raised.value.message == f"not a change of the formation: {word!r}, 'clock'"
