"""`export kubernetes`: a Deployment per process type, a Secret, and a Job for the release phase."""

from __future__ import annotations

from procrun.errors import ConfigError, Problem
from procrun.export import containers, kubernetes_syntax
from procrun.export.file import SECRET, File
from procrun.export.filling import blueprint_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service

_LABEL_HINT = (
    "It takes a letter first and 63 characters at most: another --app NAME, or another type."
)


class Export(containers.ContainerExport):
    """Manifests for `kubectl apply`."""

    format = "kubernetes"

    def render(self, processes: object, context: Mapping[str, object]) -> Iterator[File]:
        """The files of an app. ConfigError for what Kubernetes can't carry."""
        blueprint = blueprint_in(context)
        image = containers.image_of(context)
        if problems := [*_problems(blueprint)]:
            raise ConfigError(problems)
        values = {**context, **_values(blueprint, image), "processes": processes}
        app = blueprint.app
        if values["config"]:
            content = self.fill("secret.yaml", **values)
            yield File(f"{app}-secret.yaml", content, mode=SECRET, keeps=blueprint.is_masked)
        if blueprint.release:
            release = _described(blueprint, blueprint.release)
            yield File(f"{app}-release.yaml", self.fill("release.yaml", **values, each=release))
        yield File(f"{app}.yaml", self.fill("app.yaml", **values), tells_how=True)


def _values(blueprint: Blueprint, image: str) -> dict[str, object]:
    return {
        "shells": containers.shells(blueprint),
        "app_label": kubernetes_syntax.label(blueprint.app),
        "image": image or f"{containers.image_name(blueprint.app)}:latest",
        "is_own_image": not image,
        "config": containers.secrets(blueprint),
        "secret": kubernetes_syntax.label(blueprint.app, "config"),
        "services": [_described(blueprint, each) for each in blueprint.services],
    }


def _described(blueprint: Blueprint, service: Service) -> dict[str, object]:
    return {
        **containers.described(blueprint, service),
        "name": kubernetes_syntax.label(blueprint.app, service.type),
        "component": kubernetes_syntax.label(service.type),
    }


def _problems(blueprint: Blueprint) -> Iterator[Problem]:
    hint = "letters, digits, `_`, `-` and `.`, no digit first, 253 characters at most."
    yield from containers.problems(blueprint, kubernetes_syntax.is_variable, "Kubernetes", hint)
    size = sum(len(value.encode()) for value in containers.secrets(blueprint).values())
    if size > kubernetes_syntax.LARGEST_SECRET:
        text = f"have {size} bytes together, and a Secret has {kubernetes_syntax.LARGEST_SECRET}"
        yield Problem("the config vars", text, "Put what is large into a file of the image.")
    taken: dict[str, str] = {}
    for service in blueprint.all_services:
        place = service.where or service.type
        name = kubernetes_syntax.label(blueprint.app, service.type)
        if not kubernetes_syntax.label(service.type):
            text = f"Kubernetes can't have a container with the name {service.type}"
            yield Problem(place, text, "Give the type a name with a letter or a digit.")
        elif not kubernetes_syntax.is_label(name):
            yield Problem(place, f"Kubernetes can't have the name {name}", _LABEL_HINT)
        elif name in taken:
            text = f"in Kubernetes {service.type} would have the name {name}, as {taken[name]} has"
            yield Problem(place, text, "Rename one: case counts for nothing there, and `_` is `-`.")
        taken.setdefault(name, service.type)
