"""`export kubernetes`: a Deployment per process type, a Secret, and a Job for the release phase."""

from __future__ import annotations

from procrun.core.names import WEB
from procrun.errors import ConfigError, Problem
from procrun.export import compose_syntax, containers, kubernetes_syntax
from procrun.export.file import SECRET, File
from procrun.export.filling import blueprint_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service


class Export(containers.ContainerExport):
    """Manifests for `kubectl apply`."""

    format = "kubernetes"

    def render(self, processes: object, context: Mapping[str, object]) -> Iterator[File]:
        """The files of an app. ConfigError for what Kubernetes can't carry."""
        blueprint = blueprint_in(context)
        containers.check(blueprint, kubernetes_syntax.is_variable, "Kubernetes")
        _check_names(blueprint)
        image = str(context.get("image") or "")
        values = self._values(blueprint, image, processes)
        app = blueprint.app
        if values["config"]:
            yield File(f"{app}-secret.yaml", self.fill("secret.yaml", **values), mode=SECRET)
        if blueprint.release:
            release = _described(blueprint, blueprint.release)
            yield File(f"{app}-release.yaml", self.fill("release.yaml", **values, each=release))
        yield File(f"{app}.yaml", self.fill("app.yaml", **values))

    def _values(self, blueprint: Blueprint, image: str, processes: object) -> dict[str, object]:
        return {
            "blueprint": blueprint,
            "processes": processes,
            "shells": containers.shells(blueprint),
            "app": kubernetes_syntax.label(blueprint.app),
            "image": image or f"{compose_syntax.image_name(blueprint.app)}:latest",
            "is_own_image": not image,
            "config": containers.secrets(blueprint),
            "secret": kubernetes_syntax.label(blueprint.app, "config"),
            "services": [_described(blueprint, each) for each in blueprint.services],
            "has_web": any(each.type == WEB and each.instances for each in blueprint.services),
        }


def _described(blueprint: Blueprint, service: Service) -> dict[str, object]:
    return {
        "type": service.type,
        "name": kubernetes_syntax.label(blueprint.app, service.type),
        "component": kubernetes_syntax.label(service.type),
        "argv": service.argv,
        "count": len(service.instances),
        "is_web": service.type == WEB and bool(service.instances),
        "port": containers.port(service),
        "variables": containers.variables(blueprint, service),
        "stop_signal": service.signal_name,
        "grace": service.stop_seconds,
    }


def _check_names(blueprint: Blueprint) -> None:
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for service in blueprint.all_services:
        name = kubernetes_syntax.label(blueprint.app, service.type)
        if not kubernetes_syntax.is_label(name):
            problems.append(
                Problem(
                    service.type,
                    f"Kubernetes can't have the name {name}",
                    "It takes a letter first and 63 characters at most: another --app NAME, or "
                    "another process type.",
                )
            )
        elif name in taken:
            problems.append(
                Problem(
                    service.type,
                    f"in Kubernetes its name would be {name}, as that of {taken[name]}",
                    "Rename one: case counts for nothing there, and `_` is `-`.",
                )
            )
        taken.setdefault(name, service.type)
    if problems:
        raise ConfigError(problems)
