"""What our exporters share: honcho's base, and templates in which a forgotten value is an error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

import jinja2
from honcho.export.base import BaseExport

from procrun.export.blueprint import Blueprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class TemplateExport(BaseExport):
    """An exporter whose files are filled in from the templates of its format."""

    format = ""  # its folder of templates
    filters: ClassVar[Mapping[str, Callable[..., object]]] = {}  # how values are written

    def __init__(
        self,
        template_dir: str | None = None,
        template_env: jinja2.Environment | None = None,
    ) -> None:
        """Of a folder the templates that are there are taken instead of procrun's own."""
        super().__init__(template_dir, template_env)
        given: jinja2.Environment = self._template_env
        loaders = [loader for loader in (given.loader, self.get_template_loader()) if loader]
        self._environment = given.overlay(
            loader=jinja2.ChoiceLoader(loaders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update({"comment": comment, **self.filters})

    def get_template_loader(self) -> jinja2.BaseLoader:
        """Where procrun's own templates are."""
        return jinja2.PackageLoader("procrun.export", f"templates/{self.format}")

    def template_names(self) -> list[str]:
        """The names of procrun's own, each of which a folder may replace."""
        return self.get_template_loader().list_templates()

    def get_template(self, path: str) -> jinja2.Template:
        """A template by its name."""
        return self._environment.get_template(path)

    def fill(self, template: str, **values: object) -> str:
        """The text of a template with these values."""
        return self.get_template(template).render(values)


def blueprint_in(context: Mapping[str, object]) -> Blueprint:
    """The blueprint in honcho's context."""
    blueprint = context["blueprint"]
    if not isinstance(blueprint, Blueprint):
        raise TypeError("context['blueprint'] is none")
    return blueprint


def place_of(blueprint: Blueprint, name: str) -> str:
    """Where a variable was set, and its name: `.env:3: NAME`; the name alone for ours."""
    return ": ".join(filter(None, [blueprint.origins.get(name), comment(name)]))


def is_in(location: str, folder: str) -> bool:
    """Whether files are written straight into a folder; copied there, they would fail."""
    return bool(location) and os.path.realpath(location) == os.path.realpath(folder)


def comment(text: str) -> str:
    """A text in a line of comment, to the eye as it is; it can't end the line."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
