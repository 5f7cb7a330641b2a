"""The formats: ours, honcho's and those of others, and what goes wrong in their exporters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from procrun.errors import ProcrunError, UsageError
from procrun.export.formats import OURS, attempt, format_named, formats

if TYPE_CHECKING:
    from pathlib import Path


def installed(folder: Path, name: str, code: str) -> None:
    """Put an exporter where Python finds it, as if it had been installed."""
    about = folder / f"{name}_exporter-1.0.dist-info"
    about.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}-exporter\nVersion: 1.0\n"
    (about / "METADATA").write_text(metadata, encoding="utf-8")
    entry = f"[honcho_exporters]\n{name} = {name}_exporter:Export\n"
    (about / "entry_points.txt").write_text(entry, encoding="utf-8")
    (folder / f"{name}_exporter.py").write_text(code, encoding="utf-8")


def test_ours_come_first_and_honchos_others_after_them() -> None:
    """Under a name of ours ours is meant."""
    found = formats()

    assert list(found)[: len(OURS)] == list(OURS)
    assert all(found[name].is_ours for name in OURS)
    assert found["runit"].summary == "as honcho writes it"
    assert not found["upstart"].is_ours


def test_an_unknown_format_is_told_with_those_that_there_are() -> None:
    """And with the one that was probably meant."""
    with pytest.raises(UsageError) as caught:
        format_named("sytemd")

    assert caught.value.message == "there is no format 'sytemd'"
    assert caught.value.hint.startswith("Did you mean systemd? There are systemd, compose, ")
    assert "runit" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that"),
        ("x = 1", "has no attribute 'Export'"),
        ("raise SystemExit(1)", "the exporter for broken gave up"),
        ("class Export:\n    def __init__(self): pass", "TypeError"),
        ("raise GeneratorExit", "the exporter for broken failed: GeneratorExit"),
    ],
)
def test_an_exporter_that_cannot_be_loaded_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    """Without a traceback."""
    installed(tmp_path, "broken", code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken_exporter", raising=False)

    with pytest.raises(ProcrunError) as caught:
        format_named("broken").exporter()

    sys.modules.pop("broken_exporter", None)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("a\n{% for %}", "{place}:2: Expected an expression"),
        ("a\nb\n{{ nothing.at.all }}", "{place}:3: 'nothing' is undefined"),
        ("{% include 'another' %}", "the exporter for runit finds no template another"),
        ("a\n{{ 1 / 0 }}", "{place}:2: division by zero"),
    ],
)
def test_a_template_that_is_wrong_is_told_with_its_place(
    tmp_path: Path, template: str, told: str
) -> None:
    """Its file and line; no traceback."""
    (tmp_path / "run").write_text(template, encoding="utf-8")
    exporter = format_named("runit").exporter(str(tmp_path))

    def rendered() -> list[object]:
        (tmp_path / "log").mkdir(exist_ok=True)
        (tmp_path / "log" / "run").write_text("", encoding="utf-8")
        from honcho.environ import ProcessParams

        return list(exporter.render([ProcessParams("web.1", "x", False, {})], {"app": "shop"}))

    with pytest.raises(ProcrunError) as caught:
        attempt("the exporter for runit", rendered)

    assert caught.value.message.startswith(told.format(place=tmp_path / "run"))


def test_errors_of_ours_pass_as_they_are() -> None:
    """What a format can't say has a place and a remedy already."""
    error = UsageError("x", "y")

    def refuse() -> None:
        raise error

    with pytest.raises(UsageError) as caught:
        attempt("anything", refuse)

    assert caught.value is error
